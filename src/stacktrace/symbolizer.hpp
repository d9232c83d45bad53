#pragma once

// Names the frames of a raw stack: module, function, file and line, debug image. The worker calls
// it; results are cached in bounded tables because the same sites come again.
//
// Lines and inlined functions come from DWARF where the machine has it (`dwarf_file.hpp`), names
// from the symbol tables else. A server that has the debug information does it all again, from the
// addresses and images that are always sent, and replaces each frame that has an address by all
// that it finds there. So only the frame of the function that is really there has the address;
// those that were inlined into it have none, or each of them would be replaced by all of them.

#include "base/deadline.hpp"
#include "picket/stacktrace.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace picket::stacktrace {

/// Which frames are the host's own. Spec: P7.9.
struct InAppRules {
  std::vector<std::string> include{};
  std::vector<std::string> exclude{};
};

struct SymbolizerOptions {
  InAppRules in_app{};
  std::vector<std::string> debug_directories{};  // see `Options::debug_directories`
  std::size_t source_context_lines = 0;          // see `Options::source_context_lines`
  bool with_source_paths = false;                // fills `Frame::abs_path`

  /// Names addresses of another process, from the images that it noted down: its executable comes
  /// first. Nothing: of this one.
  std::optional<std::vector<DebugImage>> images{};
};

/// Threads: one at a time (the worker).
class Symbolizer {
 public:
  explicit Symbolizer(SymbolizerOptions options = {});
  ~Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  /// The stack as the protocol wants it: oldest frame first. `addresses` come newest first;
  /// `adjustment` says which of them are return addresses, and goes along. The addresses at the
  /// positions `exact` are instructions themselves whatever it says: those that a signal
  /// interrupted. Frames of picket at the newest end are left out, unless the newest address is
  /// exact: then picket itself failed there.
  /// Spec: P3.11.
  [[nodiscard]] Stacktrace name(std::span<const std::uintptr_t> addresses,
                                AddressAdjustment adjustment = AddressAdjustment::automatic,
                                std::span<const std::size_t> exact = {});

  /// Frames that are asked for after `deadline` have names alone, and their lines when they come
  /// again. Holds for all stacks until it is set anew; at first there is none.
  void set_deadline_for_lines(base::Deadline deadline) noexcept;

  /// Looks whether modules have come or gone. It grows when some have: what was named before may be
  /// something else now.
  [[nodiscard]] std::uint64_t generation();

  /// Memory of the debug information that `images_of` has left open, at most
  /// `ModuleTable::kMaxRestingBytes`. Units: bytes.
  [[nodiscard]] std::size_t resting_bytes() const noexcept;

  /// The images that contain the frames of `stacktraces`, each once, by address. Comes after all
  /// stacks of an event: closes debug information that is large.
  [[nodiscard]] std::vector<DebugImage> images_of(std::span<const Stacktrace* const> stacktraces);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket::stacktrace
