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
  explicit Impl(InAppRules rules) : rules_(std::move(rules)) {}

  Stacktrace name(std::span<const std::uintptr_t> addresses) {
    refresh();
    Stacktrace stacktrace;
    stacktrace.frames.reserve(addresses.size());
    for (const std::uintptr_t address : addresses) {
      const Frame& frame = cached(address);
      // Only the newest run: further down, frames of ours are how a hook of the host was called.
      if (stacktrace.frames.empty() && is_ours(frame)) continue;
      stacktrace.frames.push_back(frame);
    }
    std::reverse(stacktrace.frames.begin(), stacktrace.frames.end());
    return stacktrace;
  }

  std::vector<DebugImage> images_of(std::span<const Stacktrace* const> stacktraces) {
    std::vector<const ModuleTable::Module*> modules;
    for (const Stacktrace* stacktrace : stacktraces) {
      if (stacktrace == nullptr) continue;
      for (const Frame& frame : stacktrace->frames) {
        const auto* module = modules_.find(frame.instruction_addr - 1);
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

  const Frame& cached(std::uintptr_t address) {
    if (const auto known = frames_.find(address); known != frames_.end()) return known->second;
    if (frames_.size() >= kMaxCachedFrames) frames_.clear();
    return frames_.emplace(address, describe(address)).first->second;
  }

  Frame describe(std::uintptr_t address) {
    Frame frame;
    frame.instruction_addr = address;
    // A return address is the instruction after the call. That may belong to the next line, and to
    // the next function after a call that never returns; one less lies within the call.
    const std::uint64_t call = address - 1;
    Binary binary = Binary::unknown;
    if (const ModuleTable::Module* module = modules_.find(call)) {
      binary = module->is_executable ? Binary::executable : Binary::library;
      frame.image_addr = module->image.image_addr;
      frame.package = module->image.code_file;
      if (auto function = modules_.function_at(*module, call)) {
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

Symbolizer::Symbolizer(InAppRules rules) : impl_(std::make_unique<Impl>(std::move(rules))) {}
Symbolizer::~Symbolizer() = default;

Stacktrace Symbolizer::name(std::span<const std::uintptr_t> addresses) {
  return impl_->name(addresses);
}

std::vector<DebugImage> Symbolizer::images_of(std::span<const Stacktrace* const> stacktraces) {
  return impl_->images_of(stacktraces);
}

}  // namespace picket::stacktrace
