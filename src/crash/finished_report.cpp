#include "crash/finished_report.hpp"

#include "base/contain.hpp"
#include "client/fatal.hpp"
#include "crash/once.hpp"
#include "json/writer.hpp"
#include "picket/json.hpp"
#include "privacy/scrubber.hpp"
#include "protocol/write.hpp"
#include "stacktrace/symbolizer.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::crash {
namespace {

using stacktrace::Symbolizer;

constexpr std::size_t kMostImages = 4096;

std::string_view text_at(const Object& object, std::string_view name) {
  const Value* const value = object.find(name);
  const std::string* const text = value != nullptr ? value->as_text() : nullptr;
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

/// "0x7f00", or a number; 0 for all else.
std::uint64_t number_at(const Object& object, std::string_view name) {
  const Value* const value = object.find(name);
  if (value == nullptr) return 0;
  if (const std::int64_t* const number = value->as_int())
    return static_cast<std::uint64_t>(*number);
  std::string_view text = text_at(object, name);
  if (text.starts_with("0x")) text.remove_prefix(2);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return error == std::errc{} && end == text.data() + text.size() ? number : 0;
}

Object* object_at(Object& object, std::string_view name) {
  Value* const value = object.find(name);
  return value != nullptr ? value->as_object() : nullptr;
}

/// `{"values": […]}`, as the protocol has its lists.
template <class Visit>
void for_each(Object& event, std::string_view name, std::string_view list, Visit&& visit) {
  Object* const holder = object_at(event, name);
  Value* const values = holder != nullptr ? holder->find(list) : nullptr;
  if (values == nullptr || values->as_list() == nullptr) return;
  for (Value& value : *values->as_list()) {
    if (Object* const object = value.as_object()) visit(*object);
  }
}

std::vector<DebugImage> images_of(Object& event) {
  std::vector<DebugImage> images;
  for_each(event, "debug_meta", "images", [&](const Object& image) {
    if (images.size() >= kMostImages) return;
    images.push_back({.image_addr = number_at(image, "image_addr"),
                      .image_size = number_at(image, "image_size"),
                      .image_vmaddr = number_at(image, "image_vmaddr"),
                      .code_id = std::string(text_at(image, "code_id")),
                      .code_file = std::string(text_at(image, "code_file"))});
  });
  return images;
}

AddressAdjustment adjustment_of(const Object& stack) {
  const std::string_view text = text_at(stack, "instruction_addr_adjustment");
  if (text == "all") return AddressAdjustment::all;
  if (text == "all_but_first") return AddressAdjustment::all_but_first;
  return text == "none" ? AddressAdjustment::none : AddressAdjustment::automatic;
}

/// Nothing when there are names already.
std::vector<std::uintptr_t> bare_addresses(const List& oldest_first) {
  std::vector<std::uintptr_t> addresses;
  for (auto value = oldest_first.rbegin(); value != oldest_first.rend(); ++value) {
    const Object* const frame = value->as_object();
    if (frame == nullptr || frame->contains("function")) return {};
    addresses.push_back(static_cast<std::uintptr_t>(number_at(*frame, "instruction_addr")));
  }
  return addresses;
}

void name_stack(Symbolizer& symbolizer, Object& holder) {
  Object* const stack = object_at(holder, "stacktrace");
  Value* const frames = stack != nullptr ? stack->find("frames") : nullptr;
  const List* const list = frames != nullptr ? frames->as_list() : nullptr;
  if (list == nullptr) return;
  const auto addresses = bare_addresses(*list);
  if (addresses.empty()) return;
  const Stacktrace named = symbolizer.name(addresses, adjustment_of(*stack));
  std::string text;
  json::Writer writer(text);
  protocol::write(writer, named);
  auto written = parse_json(text);
  Object* const object = written ? written->as_object() : nullptr;
  Value* const with_names = object != nullptr ? object->find("frames") : nullptr;
  if (with_names == nullptr || named.frames.empty()) return;
  *frames = std::move(*with_names);
  const std::string_view why = client::why_terminated(text_at(holder, "type"), named.frames);
  if (!why.empty()) holder.set("value", Value(why));
}

void name_stacks(const Options& options, Object& event, base::Deadline deadline) {
  auto images = images_of(event);
  if (images.empty() || base::time_until(deadline).count() == 0) return;
  Symbolizer symbolizer(
      {.in_app = {.include = options.in_app_include, .exclude = options.in_app_exclude},
       .debug_directories = options.debug_directories,
       .source_context_lines = options.source_context_lines,
       .with_source_paths = options.send_default_pii,
       .images = std::move(images)});
  symbolizer.set_deadline_for_lines(deadline);
  const auto name = [&](Object& holder) { name_stack(symbolizer, holder); };
  for_each(event, "exception", "values", name);  // first: what failed
  for_each(event, "threads", "values", name);
}

void demangle_type(Object& exception) {
  auto [type, module] = type_as_told(text_at(exception, "type"));
  exception.set("type", Value(std::move(type)));
  if (!module.empty()) exception.set("module", Value(std::move(module)));
}

void scrub_texts(const privacy::Scrubber& scrubber, Value* value) {
  if (value != nullptr) scrubber.scrub(*value);
}

void scrub_contexts(const privacy::Scrubber& scrubber, Object& contexts) {
  for (Member& context : contexts) {
    Object* const facts = context.value.as_object();
    if (facts == nullptr || context.key == "trace") continue;
    if (scrubber.is_sensitive(context.key)) {
      scrubber.filter_members(*facts);
    } else {
      scrubber.scrub(*facts);
    }
  }
}

void mask(const privacy::Scrubber& scrubber, Object& event) {
  if (!scrubber.is_enabled()) return;
  for (const char* const name : {"transaction", "tags", "extra", "user", "request", "fingerprint",
                                 "breadcrumbs", "exception"}) {
    scrub_texts(scrubber, event.find(name));
  }
  if (Object* const blocks = object_at(event, "contexts")) scrub_contexts(scrubber, *blocks);
}

}  // namespace

stacktrace::TypeName type_as_told(std::string_view told) {
  if (!told.starts_with(kTypeSymbol)) return {.type = std::string(told), .module = {}};
  const std::string mangled(told.substr(kTypeSymbol.size()));
  const std::string name = stacktrace::demangle(mangled.c_str());
  return stacktrace::split_type_name(stacktrace::unwrap_nested(name));
}

std::optional<std::string> finished_report(const client::Config& config, const std::string& event,
                                           base::Deadline deadline) {
  auto parsed = parse_json(event);
  Object* const object = parsed ? parsed->as_object() : nullptr;
  if (object == nullptr) return std::nullopt;
  for_each(*object, "exception", "values", demangle_type);
  base::contain(
      [&] { name_stacks(config.options, *object, deadline); });  // else the server names them
  mask(privacy::Scrubber(config.options.scrub), *object);
  std::string text;
  json::append_value(text, *parsed, json::kNoLimits);
  return text;
}

}  // namespace picket::crash
