#include "stacktrace/symbolizer.hpp"

#include "stacktrace/demangle.hpp"
#include "stacktrace/in_app.hpp"
#include "stacktrace/module_table.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

namespace picket::stacktrace {
namespace {

// The sites that a service reports are few; a program that has more starts over when it is full.
constexpr std::size_t kMaxCachedFrames = 4096;

// Compilers name split and specialised copies of a C function like this.
std::string_view without_copy_suffix(std::string_view symbol) {
  constexpr std::array<std::string_view, 5> kSuffixes{".cold", ".part.", ".isra.", ".constprop.",
                                                      ".llvm."};
  for (const std::string_view suffix : kSuffixes) symbol = symbol.substr(0, symbol.find(suffix));
  return symbol;
}

void name_function(Frame& frame, std::string symbol) {
  // Only these are C++; the demangler would read the C function `f` as the type `float`.
  if (symbol.starts_with("_Z")) {
    std::string full = demangle(symbol.c_str());
    frame.function = short_function_name(full);
    frame.module = split_type_name(frame.function).module;
    if (full != frame.function) frame.raw_function = std::move(full);
  } else {
    frame.function = without_copy_suffix(symbol);
    if (symbol != frame.function) frame.raw_function = symbol;
  }
  frame.symbol = std::move(symbol);
}

}  // namespace

class Symbolizer::Impl {
 public:
  explicit Impl(SymbolizerOptions options) : rules_(std::move(options.in_app)) {}

  Stacktrace name(std::span<const std::uintptr_t> addresses, AddressAdjustment adjustment,
                  std::span<const std::size_t> exact) {
    refresh();
    Stacktrace stacktrace;
    stacktrace.adjustment = adjustment;
    stacktrace.frames.reserve(addresses.size());
    const bool keeps_ours = is_exact(0, adjustment, exact);
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      // A return address is the instruction after the call. That may belong to the next line, and
      // to the next function after a call that never returns; one less lies within the call.
      const bool is_call = !is_exact(i, adjustment, exact);
      const Frame& frame = cached(addresses[i] - (is_call ? 1 : 0));
      // Only the newest run: further down, frames of ours are how a hook of the host was called.
      if (!keeps_ours && stacktrace.frames.empty() && is_ours(frame)) continue;
      stacktrace.frames.push_back(frame);
      stacktrace.frames.back().instruction_addr = addresses[i];
    }
    std::reverse(stacktrace.frames.begin(), stacktrace.frames.end());
    return stacktrace;
  }

  std::vector<DebugImage> images_of(std::span<const Stacktrace* const> stacktraces) {
    std::vector<const ModuleTable::Module*> modules;
    for (const Stacktrace* stacktrace : stacktraces) {
      if (stacktrace == nullptr) continue;
      for (const Frame& frame : stacktrace->frames) {
        const auto* module = modules_.find(frame.image_addr);
        if (module != nullptr) modules.push_back(module);
      }
    }
    // The table lies in memory by address, so this sorts by address.
    std::sort(modules.begin(), modules.end());
    modules.erase(std::unique(modules.begin(), modules.end()), modules.end());

    std::vector<DebugImage> images;
    for (const auto* module : modules) {
      if (auto image = modules_.complete_image(*module)) images.push_back(*std::move(image));
    }
    return images;
  }

 private:
  void refresh() {
    if (modules_.refresh()) frames_.clear();
  }

  static bool is_exact(std::size_t position, AddressAdjustment adjustment,
                       std::span<const std::size_t> exact) {
    if (adjustment == AddressAdjustment::none) return true;
    if (adjustment == AddressAdjustment::all_but_first && position == 0) return true;
    return std::find(exact.begin(), exact.end(), position) != exact.end();
  }

  /// The frame of an instruction, but for its `instruction_addr`.
  const Frame& cached(std::uintptr_t address) {
    if (const auto known = frames_.find(address); known != frames_.end()) return known->second;
    if (frames_.size() >= kMaxCachedFrames) frames_.clear();
    return frames_.emplace(address, describe(address)).first->second;
  }

  Frame describe(std::uintptr_t address) {
    Frame frame;
    Binary binary = Binary::unknown;
    if (const ModuleTable::Module* module = modules_.find(address)) {
      binary = module->is_executable ? Binary::executable : Binary::library;
      frame.image_addr = module->image.image_addr;
      frame.package = module->image.code_file;
      if (auto function = modules_.function_at(*module, address)) {
        frame.symbol_addr = function->address;
        name_function(frame, std::move(function->symbol));
      }
    }
    frame.in_app = in_app(rules_, frame, binary);
    return frame;
  }

  InAppRules rules_;
  ModuleTable modules_{};
  std::unordered_map<std::uintptr_t, Frame> frames_{};
};

Symbolizer::Symbolizer(SymbolizerOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
Symbolizer::~Symbolizer() = default;

Stacktrace Symbolizer::name(std::span<const std::uintptr_t> addresses, AddressAdjustment adjustment,
                            std::span<const std::size_t> exact) {
  return impl_->name(addresses, adjustment, exact);
}

std::vector<DebugImage> Symbolizer::images_of(std::span<const Stacktrace* const> stacktraces) {
  return impl_->images_of(stacktraces);
}

}  // namespace picket::stacktrace
