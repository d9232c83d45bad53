#pragma once

// The number that all services of a trace compare their sample rates with, so that a service which
// keeps a tenth of the traces keeps traces that a service which keeps a fifth has kept too.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace picket::tracing {

/// A number in [0, 1) with exactly six decimals.
/// Spec: P4.7.
class SampleRand {
 public:
  SampleRand() noexcept = default;

  /// Truncates, never rounds; what is outside [0, 1) becomes the nearest number inside.
  static SampleRand from(double number) noexcept;

  /// Reads `0.104233`, with any number of digits; nothing when it is no number in [0, 1).
  static std::optional<SampleRand> parse(std::string_view text) noexcept;

  /// The number for a decision that was made elsewhere: in [0, rate) when it was to keep, in
  /// [rate, 1) when not, anywhere when nothing is known. `draw` is uniform in [0, 1).
  static SampleRand fitting(std::optional<bool> sampled, std::optional<double> rate,
                            double draw) noexcept;

  [[nodiscard]] bool is_below(double rate) const noexcept;
  [[nodiscard]] double value() const noexcept { return static_cast<double>(millionths_) / 1e6; }
  [[nodiscard]] std::string to_string() const;  // `0.104233`

  friend bool operator==(const SampleRand&, const SampleRand&) = default;

 private:
  std::uint32_t millionths_ = 0;  // below 1 000 000
};

}  // namespace picket::tracing
