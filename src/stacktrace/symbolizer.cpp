#include "stacktrace/symbolizer.hpp"

#include "base/deadline.hpp"
#include "base/text.hpp"
#include "stacktrace/demangle.hpp"
#include "stacktrace/in_app.hpp"
#include "stacktrace/module_table.hpp"
#include "stacktrace/source_lines.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace picket::stacktrace {
namespace {

// The sites that a service reports are few; a program that has more starts over when it is full.
constexpr std::size_t kMaxCachedAddresses = 4096;
constexpr std::size_t kMaxCachedBytes = 8U << 20U;

std::size_t bytes_of(const std::vector<std::string>& texts) {
  return std::accumulate(texts.begin(), texts.end(), std::size_t{0},
                         [](std::size_t sum, const std::string& text) {
                           return sum + sizeof(text) + text.capacity();
                         });
}

std::size_t bytes_of(const std::vector<Frame>& frames) {
  std::size_t sum = frames.capacity() * sizeof(Frame);
  for (const Frame& frame : frames) {
    for (const std::string* text :
         {&frame.function, &frame.raw_function, &frame.symbol, &frame.module, &frame.package,
          &frame.filename, &frame.abs_path, &frame.context_line}) {
      sum += text->capacity();
    }
    sum += bytes_of(frame.pre_context) + bytes_of(frame.post_context);
  }
  return sum;
}

// Compilers name split and specialised copies of a C function like this.
std::string_view without_copy_suffix(std::string_view symbol) {
  constexpr std::array<std::string_view, 5> kSuffixes{".cold", ".part.", ".isra.", ".constprop.",
                                                      ".llvm."};
  for (const std::string_view suffix : kSuffixes) symbol = symbol.substr(0, symbol.find(suffix));
  return symbol;
}

void name_function(Frame& frame, std::string symbol) {
  constexpr std::string_view kStub = "@plt";  // it calls a function of another module
  if (symbol.ends_with(kStub)) {
    name_function(frame, symbol.substr(0, symbol.size() - kStub.size()));
    frame.function += kStub;
    frame.symbol += kStub;
    return;
  }
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

/// A name that is qualified but not mangled.
void name_by_source(Frame& frame, std::string name) {
  if (name.empty()) return;
  frame.function = short_function_name(name);
  frame.module = split_type_name(frame.function).module;
  if (name != frame.function) frame.raw_function = std::move(name);
}

}  // namespace

class Symbolizer::Impl {
 public:
  explicit Impl(SymbolizerOptions options)
      : options_(std::move(options)),
        modules_(options_.images ? ModuleTable(options_.debug_directories, *options_.images)
                                 : ModuleTable(options_.debug_directories)) {}

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
      const Frames& frames = frames_at(addresses[i] - (is_call ? 1 : 0));
      for (const Frame& frame : frames) {
        // Only the newest run: further down, frames of ours are how a hook of the host was called.
        if (!keeps_ours && stacktrace.frames.empty() && is_ours_in(frames.back(), frame)) continue;
        stacktrace.frames.push_back(frame);
      }
      // The last one is the function that is there; what was inlined has no address of its own.
      if (!stacktrace.frames.empty()) stacktrace.frames.back().instruction_addr = addresses[i];
    }
    std::reverse(stacktrace.frames.begin(), stacktrace.frames.end());
    return stacktrace;
  }

  void set_deadline_for_lines(base::Deadline deadline) noexcept { deadline_ = deadline; }

  [[nodiscard]] std::uint64_t generation() {
    refresh();
    return generation_;
  }

  [[nodiscard]] std::size_t resting_bytes() const noexcept { return resting_bytes_; }

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
    resting_bytes_ = modules_.rest();  // the stacks of one event ask for the same modules
    return images;
  }

 private:
  /// At one instruction, newest first.
  using Frames = std::vector<Frame>;

  void refresh() {
    if (!modules_.refresh()) return;
    ++generation_;
    forget();
  }

  void forget() {
    cache_.clear();
    cached_bytes_ = 0;
  }

  /// Where a compiler was asked for few debug information, what was inlined has its bare name: in a
  /// function of ours that is taken for ours.
  static bool is_ours_in(const Frame& function, const Frame& frame) {
    if (is_ours(frame)) return true;
    return &frame != &function && is_ours(function) &&
           frame.function.find("::") == std::string::npos;
  }

  static bool is_exact(std::size_t position, AddressAdjustment adjustment,
                       std::span<const std::size_t> exact) {
    if (adjustment == AddressAdjustment::none) return true;
    if (adjustment == AddressAdjustment::all_but_first && position == 0) return true;
    return std::find(exact.begin(), exact.end(), position) != exact.end();
  }

  /// Lifetime: the next call.
  const Frames& frames_at(std::uintptr_t address) {
    if (const auto known = cache_.find(address); known != cache_.end()) return known->second;
    const bool is_late = base::time_until(deadline_).count() == 0;
    Frames frames = describe(address, !is_late);
    if (is_late) return hurried_ = std::move(frames);  // the next stack may have its lines
    const std::size_t bytes = bytes_of(frames);
    if (cache_.size() >= kMaxCachedAddresses || cached_bytes_ + bytes > kMaxCachedBytes) forget();
    cached_bytes_ += bytes;
    return cache_.emplace(address, std::move(frames)).first->second;
  }

  Frames describe(std::uintptr_t address, bool with_lines) {
    const ModuleTable::Module* module = modules_.find(address);
    if (module == nullptr) return {of_no_module(address)};

    Frame frame;
    frame.image_addr = module->image.image_addr;
    frame.package = module->image.code_file;
    std::vector<SourcePoint> points;
    if (with_lines) points = modules_.points_at(*module, address);
    if (points.empty()) points.emplace_back();

    Frames frames;
    for (SourcePoint& point : points) {
      Frame& each = frames.emplace_back(frame);
      const bool is_there = &point == &points.back();
      auto function = is_there ? modules_.function_at(*module, address) : std::nullopt;
      if (function) {
        each.symbol_addr = function->address;
        name_function(each, std::move(function->symbol));
      } else if (!point.symbol.empty()) {
        name_function(each, std::move(point.symbol));
      } else {
        name_by_source(each, std::move(point.function));
      }
      const Binary binary = module->is_executable ? Binary::executable : Binary::library;
      each.in_app = in_app(options_.in_app, each, binary);
      add_line(each, std::move(point));
    }
    return frames;
  }

  Frame of_no_module(std::uintptr_t address) {
    Frame frame;
    if (auto function = modules_.vdso_function_at(address)) {
      frame.symbol_addr = function->address;
      frame.package = "[vdso]";
      name_function(frame, std::move(function->symbol));
      frame.in_app = in_app(options_.in_app, frame, Binary::system);
    } else {
      frame.in_app = in_app(options_.in_app, frame, Binary::unknown);
    }
    return frame;
  }

  void add_line(Frame& frame, SourcePoint point) const {
    if (point.line == 0) return;
    frame.filename = base::file_name(point.path);
    frame.lineno = point.line;
    if (frame.in_app == true && options_.source_context_lines > 0) {
      add_source_lines(point.path, options_.source_context_lines, frame);
    }
    if (options_.with_source_paths) frame.abs_path = std::move(point.path);
  }

  SymbolizerOptions options_;
  ModuleTable modules_;
  std::unordered_map<std::uintptr_t, Frames> cache_{};
  std::size_t cached_bytes_ = 0;
  std::uint64_t generation_ = 0;
  std::size_t resting_bytes_ = 0;
  Frames hurried_{};
  base::Deadline deadline_ = base::Deadline::max();
};

Symbolizer::Symbolizer(SymbolizerOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
Symbolizer::~Symbolizer() = default;

Stacktrace Symbolizer::name(std::span<const std::uintptr_t> addresses, AddressAdjustment adjustment,
                            std::span<const std::size_t> exact) {
  return impl_->name(addresses, adjustment, exact);
}

void Symbolizer::set_deadline_for_lines(base::Deadline deadline) noexcept {
  impl_->set_deadline_for_lines(deadline);
}

std::uint64_t Symbolizer::generation() { return impl_->generation(); }

std::size_t Symbolizer::resting_bytes() const noexcept { return impl_->resting_bytes(); }

std::vector<DebugImage> Symbolizer::images_of(std::span<const Stacktrace* const> stacktraces) {
  return impl_->images_of(stacktraces);
}

}  // namespace picket::stacktrace
