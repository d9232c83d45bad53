#include "client/figures.hpp"

namespace picket::client {

// The recorder comes with the next change; until then nothing is counted.
void record_command(Core&, std::string_view, figures::Outcome,
                    std::optional<std::chrono::nanoseconds>) noexcept {}
void record_database(Core&, std::string_view, std::string_view, std::chrono::nanoseconds) noexcept {
}
void record_database_error(Core&) noexcept {}
void record_api(Core&, std::string_view, std::optional<int>, std::chrono::nanoseconds) noexcept {}
void record_suppressed(Core&) noexcept {}

}  // namespace picket::client
