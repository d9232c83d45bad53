#pragma once

// Stack traces as the protocol describes them, and the loaded modules ("debug images") that a
// server needs to turn addresses into functions and lines.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace picket {

/// One call on the stack. Empty members are left out.
/// Spec: P3.12.
struct Frame {
  std::uint64_t instruction_addr = 0;  // the return address as found on the stack
  std::uint64_t symbol_addr = 0;
  std::uint64_t image_addr = 0;
  std::string function{};      // demangled and shortened for display
  std::string raw_function{};  // the full demangled name, when `function` was shortened
  std::string symbol{};        // mangled
  std::string module{};        // the function's namespace or class
  std::string package{};       // path of the binary
  std::string filename{};
  std::string abs_path{};
  std::uint32_t lineno = 0;
  std::vector<std::string> pre_context{};  // source lines before `lineno`
  std::string context_line{};              // that line
  std::vector<std::string> post_context{};
  std::optional<bool> in_app{};

  friend bool operator==(const Frame&, const Frame&) = default;
};

/// Which of the addresses are return addresses, so that the call is the instruction before.
/// Spec: P3.11.
enum class AddressAdjustment : unsigned char {
  automatic,      // left out: all but the newest where the server knows of a signal
  all_but_first,  // the newest is the instruction that failed
  all,
  none,
};

/// Oldest call first.
/// Spec: P3.11, P3.13.
struct Stacktrace {
  std::vector<Frame> frames{};
  std::vector<std::pair<std::string, std::uint64_t>> registers{};  // of the newest frame
  AddressAdjustment adjustment = AddressAdjustment::automatic;
  bool snapshot = false;  // of a thread that has nothing to do with the failure

  friend bool operator==(const Stacktrace&, const Stacktrace&) = default;
};

/// One loaded ELF module.
/// Spec: P3.14, P3.15.
struct DebugImage {
  std::uint64_t image_addr = 0;
  std::uint64_t image_size = 0;
  std::uint64_t image_vmaddr = 0;
  std::string debug_id{};  // dashed, lower case
  std::string code_id{};   // the whole build id in hex; empty when the module has none
  std::string code_file{};
  std::string arch{};

  friend bool operator==(const DebugImage&, const DebugImage&) = default;
};

}  // namespace picket
