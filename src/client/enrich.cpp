// Stage: everything known about the circumstances is put into the event.

#include "base/deadline.hpp"
#include "base/ids.hpp"
#include "base/text.hpp"
#include "client/fatal.hpp"
#include "client/pipeline.hpp"
#include "json/writer.hpp"
#include "protocol/trim.hpp"
#include "protocol/write.hpp"
#include "scope/merge.hpp"
#include "stacktrace/throw_site.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::client {
namespace {

/// Debug information that is opened for the first time takes its time. A process that ends has to
/// send the report within its own.
std::chrono::milliseconds time_for_lines(const CaptureRecord& record, const Options& options) {
  constexpr std::chrono::milliseconds kMost{2000};
  const bool is_ending = std::any_of(record.threads.begin(), record.threads.end(),
                                     [](const ThreadRecord& thread) { return thread.crashed; });
  return is_ending ? std::min(kMost, options.crash_timeout / 4) : kMost;
}

// Naming that takes this long has been hurried, see `Symbolizer`.
constexpr std::chrono::milliseconds kHurriedNaming{1000};

bool is_function(std::string_view name, std::string_view function) {
  if (!name.ends_with(function)) return false;
  return name.size() == function.size() ||
         name.substr(0, name.size() - function.size()).ends_with("::");
}

/// Debug information told the line of the capture already. Not only the newest frame is looked at:
/// helpers of the host may stand between, who say where they were called.
bool has_site(const SourceLocation& location, const std::vector<Frame>& frames) {
  constexpr std::ptrdiff_t kNewest = 8;
  const auto count = std::min(kNewest, static_cast<std::ptrdiff_t>(frames.size()));
  const std::string_view file = base::file_name(location.file);
  return std::any_of(frames.end() - count, frames.end(), [&](const Frame& frame) {
    return frame.lineno != 0 && frame.filename == file &&
           (frame.lineno == location.line || is_function(frame.function, location.function));
  });
}

/// The compiler knows file and line of the capture; the symbol table only knows the function. A
/// function that was inlined has no frame of its own, so it gets one, without an address as all
/// inlined ones. Spec: S4.1, P3.12.
void add_capture_site(const SourceLocation& location, bool send_path, Stacktrace& stacktrace) {
  if (location.file == nullptr || location.function == nullptr) return;
  auto& frames = stacktrace.frames;
  if (has_site(location, frames)) return;
  if (frames.empty() || !is_function(frames.back().function, location.function)) {
    Frame site;
    if (!frames.empty()) {
      site.package = frames.back().package;
      site.image_addr = frames.back().image_addr;
      site.in_app = frames.back().in_app;
    }
    site.function = location.function;
    frames.push_back(std::move(site));
  }
  Frame& site = frames.back();
  site.filename = base::file_name(location.file);
  if (send_path) site.abs_path = location.file;  // often below somebody's home
  site.lineno = location.line;
}

/// A stack of the throw does not show where it was captured. Spec: S4.1.
void tell_capture_site(const SourceLocation& location, Mechanism& mechanism) {
  if (location.file == nullptr) return;
  std::string site(base::file_name(location.file));
  site += ":" + std::to_string(location.line);
  if (location.function != nullptr) site += std::string(" in ") + location.function;
  mechanism.data.set("captured_at", Value(std::move(site)));
}

/// Whether the event's exceptions are those of the record.
bool is_about_throws(const Draft& draft) {
  return draft.record.origin == Hint::Origin::exception && !draft.event.exceptions.empty();
}

void add_trace(const tracing::TraceLink& link, Event& event) {
  if (event.trace) return;
  TraceContext& trace = event.trace.emplace();
  trace.trace_id = base::to_hex(link.trace.trace_id);
  trace.span_id = base::to_hex(link.span_id);
  if (link.parent_span_id != base::SpanId{}) {
    trace.parent_span_id = base::to_hex(link.parent_span_id);
  }
}

/// What came with the capture goes into the block of the same name: its facts win, the others stay.
/// Spec: S4.9, A17.
void add_contexts(CaptureRecord& record, Event& event) {
  for (auto& [name, facts] : record.contexts) {
    Object& block = event.contexts[name];
    for (Member& fact : facts) block.set(fact.key, std::move(fact.value));
  }
}

}  // namespace

void Pipeline::enrich(Draft& draft) {
  scope::apply(draft.record.scopes, draft.event, draft.record.level_is_explicit);
  add_contexts(draft.record, draft.event);
  draft.breadcrumbs =
      scope::merge_breadcrumbs(draft.record.scopes, config_->options.max_breadcrumbs);
  draft.breadcrumbs_are_views = draft.event.breadcrumbs.empty();
  if (!draft.event.is_transaction()) {  // attachments are about errors
    for (const auto& attachment : scope::attachments(draft.record.scopes)) {
      draft.attachments.push_back(*attachment);
    }
  }
  add_trace(draft.record.trace, draft.event);
  add_options(draft.event);
  if (has_hooks(draft)) {
    add_system_contexts(draft.event);
    name_frames(draft);
  } else {
    add_system_contexts(draft);
    name_known_stack(draft);
  }
  if (draft.record.level == Level::fatal && draft.record.thrown.empty()) {
    explain_terminate(draft.event);
  }
}

/// As `name_frames`, but for a stack that was written before, or will be when it comes again.
void Pipeline::name_known_stack(Draft& draft) {
  const CaptureRecord& record = draft.record;
  const bool is_plain = is_about_throws(draft) && !record.addresses.empty() &&
                        record.threads.empty() && draft.event.debug_images.empty() &&
                        !stacktrace::knows_throw_sites();
  if (!is_plain) return name_frames(draft);
  known_stacks_.keep_to(symbolizer_.generation());
  draft.stack_text = known_stacks_.find(record.addresses, record.location);
  if (draft.stack_text) return;
  const base::Deadline hurried = base::deadline_in(kHurriedNaming);
  name_frames(draft);
  // What took long may lack lines that it has the next time.
  if (base::time_until(hurried).count() == 0) return;
  std::optional<Stacktrace> stacktrace = draft.event.exceptions.back().stacktrace;
  protocol::trim(stacktrace);
  if (!stacktrace || stacktrace->frames.empty()) return;
  StackText text;
  json::Writer writer(text.stacktrace);
  protocol::write(writer, *stacktrace);
  for (const DebugImage& image : draft.event.debug_images) {
    if (!text.images.empty()) text.images += ',';
    json::Writer of_image(text.images);
    protocol::write(of_image, image);
  }
  known_stacks_.remember(record.addresses, record.location, std::move(text));
}

/// For who has to change the event itself: puts in what was only going to be written.
void Pipeline::make_whole(Draft& draft) {
  if (std::exchange(draft.context_texts, nullptr) != nullptr) {
    draft.event.contexts.insert(clean_system_.begin(), clean_system_.end());
  }
  if (std::exchange(draft.stack_text, nullptr)) {
    name_frames(draft);
    for (Exception& exception : draft.event.exceptions) protocol::trim(exception.stacktrace);
  }
}

void Pipeline::name_frames(Draft& draft) {
  symbolizer_.set_deadline_for_lines(
      base::deadline_in(time_for_lines(draft.record, config_->options)));
  name_throw_sites(draft);
  std::vector<Stacktrace> named;  // moved from once the images are known
  named.reserve(draft.record.threads.size() + 1);
  const SourceLocation& site = draft.record.location;
  const bool send_path = config_->options.send_default_pii;
  if (!draft.record.addresses.empty()) {
    // All of them: the frames of picket, which are the newest, are left out. Spec: P3.11.
    named.push_back(symbolizer_.name(draft.record.addresses, AddressAdjustment::all));
    add_capture_site(site, send_path, named.back());
  }
  for (const ThreadRecord& thread : draft.record.threads) {
    named.push_back(name_stack(thread));
    if (thread.current && !thread.newest_is_exact) add_capture_site(site, send_path, named.back());
  }
  std::vector<const Stacktrace*> all;
  for (const Stacktrace& stacktrace : named) all.push_back(&stacktrace);
  if (is_about_throws(draft)) {
    for (const Exception& exception : draft.event.exceptions) {
      if (exception.stacktrace) all.push_back(&*exception.stacktrace);
    }
  }
  if (all.empty()) return;
  for (DebugImage& image : symbolizer_.images_of(all)) {
    draft.event.debug_images.push_back(std::move(image));
  }
  place_stacks(draft, std::move(named));
}

/// Each link of the chain has the stack of its own throw, where that was seen. Spec: P7.9.
void Pipeline::name_throw_sites(Draft& draft) {
  if (!is_about_throws(draft) || !stacktrace::knows_throw_sites()) return;
  auto& exceptions = draft.event.exceptions;  // innermost first, unlike the record
  for (std::size_t i = 0; i < draft.record.thrown.size(); ++i) {
    const auto& addresses = draft.record.thrown[i].throw_site;
    Exception& exception = exceptions[exceptions.size() - 1 - i];
    if (!addresses.empty()) {
      exception.stacktrace = symbolizer_.name(addresses, AddressAdjustment::all);
    }
    if (i > 0 && addresses.empty()) continue;
    Mechanism& mechanism =
        exception.mechanism ? *exception.mechanism : exception.mechanism.emplace();
    mechanism.data.set("stack_of", Value(addresses.empty() ? "capture" : "throw"));
    if (i == 0 && !addresses.empty()) tell_capture_site(draft.record.location, mechanism);
  }
}

Stacktrace Pipeline::name_stack(const ThreadRecord& thread) {
  Stacktrace stacktrace =
      symbolizer_.name(thread.addresses, thread.newest_is_exact ? AddressAdjustment::all_but_first
                                                                : AddressAdjustment::all);
  stacktrace.registers = thread.registers;
  return stacktrace;
}

void Pipeline::place_stacks(Draft& draft, std::vector<Stacktrace> named) {
  Event& event = draft.event;
  auto next = named.begin();
  if (!draft.record.addresses.empty()) {
    if (is_about_throws(draft)) {
      event.exceptions.back().stacktrace = std::move(*next++);
    } else {  // A message has no exception to hang the stack on. Spec: P3.10.
      Thread thread;
      thread.id = std::to_string(draft.record.thread_id);
      thread.current = true;
      thread.stacktrace = std::move(*next++);
      event.threads.push_back(std::move(thread));
    }
  }
  for (ThreadRecord& record : draft.record.threads) {
    Thread thread{.id = std::to_string(record.id),
                  .name = std::move(record.name),
                  .crashed = record.crashed,
                  .current = record.current,
                  .main = record.main,
                  .state = std::move(record.state)};
    const bool owns = record.owns_exception && !event.exceptions.empty();
    if (owns) event.exceptions.back().thread_id = thread.id;
    if (!next->frames.empty()) {
      next->snapshot = !owns && !record.current;
      const bool was_thrown = is_about_throws(draft) && event.exceptions.back().stacktrace;
      (owns && !was_thrown ? event.exceptions.back().stacktrace : thread.stacktrace) =
          std::move(*next);
    }
    ++next;
    event.threads.push_back(std::move(thread));
  }
}

void Pipeline::add_options(Event& event) const {
  const Options& options = config_->options;
  const auto fill = [](std::string& member, const std::string& value) {
    if (member.empty()) member = value;
  };
  fill(event.release, options.release);
  fill(event.environment, options.environment);
  fill(event.dist, options.dist);
  fill(event.server_name, options.server_name);
}

std::string_view Pipeline::host_name() {
  if (!config_->options.server_name.empty()) return config_->options.server_name;
  if (!system_) system_ = read_system_contexts();
  return system_->host_name;
}

/// The event's own contexts go over those of the machine fact by fact; where none of them has such
/// a name, these are the same for every event.
void Pipeline::add_system_contexts(Draft& draft) {
  if (!system_) system_ = read_system_contexts();
  const bool is_mixed = std::any_of(
      system_->contexts.begin(), system_->contexts.end(),
      [&](const auto& context) { return draft.event.contexts.contains(context.first); });
  if (is_mixed) return add_system_contexts(draft.event);
  if (draft.event.server_name.empty() && config_->options.send_default_pii) {
    draft.event.server_name = system_->host_name;
  }
  if (system_texts_.empty()) write_system_contexts();
  draft.context_texts = &system_texts_;
}

void Pipeline::write_system_contexts() {
  clean_system_ = system_->contexts;
  scrub(clean_system_);
  protocol::trim(clean_system_);
  std::erase_if(clean_system_, [](const auto& context) { return context.second.empty(); });
  system_json_.resize(clean_system_.size());  // from here on the texts stay where they are
  auto json = system_json_.begin();
  for (const auto& [name, facts] : clean_system_) {
    json::append_object(*json, facts);
    system_texts_.push_back({name, *json++});
  }
}

void Pipeline::add_system_contexts(Event& event) {
  if (!system_) system_ = read_system_contexts();
  for (const auto& [name, facts] : system_->contexts) {
    Object& block = event.contexts[name];
    for (const Member& fact : facts) {
      if (!block.contains(fact.key)) block.set(fact.key, fact.value);
    }
  }
  if (event.server_name.empty() && config_->options.send_default_pii) {
    event.server_name = system_->host_name;
  }
}

}  // namespace picket::client
