#pragma once

// The `Recorder` counts the key figures of a client. Threads leave notes in lanes, a few of which
// they share; a lane that is full, and whoever wants to see the figures, adds the notes up. So two
// threads that count do not wait for each other, and a note costs one lock that is nearly always
// free. Counting what has a known name allocates nothing.
//
// It belongs to one process: the child of a fork has one of its own, which begins at zero, and
// never touches its parent's. Its locks are therefore plain ones.

#include "figures/name_table.hpp"
#include "figures/outcome.hpp"
#include "figures/tally.hpp"
#include "picket/clock.hpp"
#include "picket/figures.hpp"
#include "picket/span_data.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace picket::figures {

/// The class of an HTTP status; nothing, and what is no status of a response, is `none`.
StatusClass status_class(std::optional<int> status) noexcept;

/// The class that a status of HTTP would have which means the same; where there is none, `none`.
StatusClass status_class(SpanStatus status) noexcept;

/// Threads: any.
class Recorder {
 public:
  using NameId = NameTable::Id;
  using Nanoseconds = std::chrono::nanoseconds;

  explicit Recorder(Clock clock) : clock_(std::move(clock)), start_(clock_.steady()) {}

  /// The numbers that names count under. Names per dimension are bounded, see `NameTable`.
  NameId name_of(Dimension dimension, std::string_view name) noexcept;

  /// The number of an exception's type by the name that the compiler gave it; `shorten` makes a
  /// name for people of it, once.
  NameId type_of(std::string_view mangled,
                 std::string (*shorten)(const std::string& mangled)) noexcept;

  /// `user`: of `hash_of_user`, 0: nobody. Spec: S10.1.
  void error(NameId kind, NameId type, std::uint64_t user = 0) noexcept;

  /// A run whose duration is not known counts, but is not timed. Spec: S10.2, S10.5.
  void command(NameId name, Outcome outcome, std::optional<Nanoseconds> duration) noexcept;
  void database(NameId name, Nanoseconds duration) noexcept;  // S10.3
  void database_error() noexcept;
  void api(NameId name, StatusClass status, Nanoseconds duration) noexcept;  // S10.4
  void suppressed() noexcept;

  /// Everything noted before the call. Sums agree with their parts. Spec: S10.6.
  [[nodiscard]] Figures snapshot();

  [[nodiscard]] SteadyTime now() const noexcept { return clock_.steady(); }

 private:
  static constexpr std::size_t kLanes = 16;
  static constexpr std::size_t kNotes = 127;

  /// A line of the cache begins with each, so that threads do not disturb each other.
  struct alignas(64) Lane {
    std::mutex mutex;
    std::size_t size = 0;
    std::array<Note, kNotes> notes;
  };

  Lane& lane_of_thread() noexcept;
  void leave(const Note& note) noexcept;
  void add_up(Lane& lane);  // with its lock held
  [[nodiscard]] std::uint32_t second() const noexcept;
  [[nodiscard]] static Note timed(Note::Subject subject, NameId name,
                                  Nanoseconds duration) noexcept;

  const Clock clock_;
  const SteadyTime start_;
  NameTables names_;
  NameTable mangled_;  // a cache: numbers of types
  std::array<std::array<std::atomic<bool>, NameTable::kIds>, kDimensions> has_room_{};
  std::array<Lane, kLanes> lanes_;
  std::mutex mutex_;  // of the tally; a lane's comes before it
  Tally tally_;
};

}  // namespace picket::figures
