// The technical half of an event: exceptions, threads, frames and the modules they lie in.

#include "protocol/write.hpp"
#include "protocol/write_members.hpp"

namespace picket::protocol {
namespace {

// The server takes a stack trace without frames for an error. P3.11
void stacktrace_member(json::Writer& writer, const std::optional<Stacktrace>& stacktrace) {
  if (!stacktrace || stacktrace->frames.empty()) return;
  writer.key("stacktrace");
  write(writer, *stacktrace);
}

void texts_member(json::Writer& writer, std::string_view name,
                  const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  writer.key(name);
  writer.begin_array();
  for (const std::string& text : texts) writer.text(text);
  writer.end_array();
}

std::string_view name_of(AddressAdjustment adjustment) {
  switch (adjustment) {
    case AddressAdjustment::automatic:
      return {};
    case AddressAdjustment::all_but_first:
      return "all_but_first";
    case AddressAdjustment::all:
      return "all";
    case AddressAdjustment::none:
      return "none";
  }
  return {};
}

}  // namespace

void write(json::Writer& writer, const Frame& frame) {
  writer.begin_object();
  writer.member("function", frame.function);
  if (frame.raw_function != frame.function) writer.member("raw_function", frame.raw_function);
  writer.member("symbol", frame.symbol);
  writer.member("module", frame.module);
  writer.member("package", frame.package);
  writer.member("filename", frame.filename);
  writer.member("abs_path", frame.abs_path);
  if (frame.lineno != 0) {
    writer.key("lineno");
    writer.number(std::uint64_t{frame.lineno});
  }
  if (!frame.context_line.empty()) {
    texts_member(writer, "pre_context", frame.pre_context);
    writer.member("context_line", frame.context_line);
    texts_member(writer, "post_context", frame.post_context);
  }
  member(writer, "in_app", frame.in_app);
  address_member(writer, "instruction_addr", frame.instruction_addr);
  address_member(writer, "symbol_addr", frame.symbol_addr);
  address_member(writer, "image_addr", frame.image_addr);
  writer.end_object();
}

void write(json::Writer& writer, const Stacktrace& stacktrace) {
  writer.begin_object();
  writer.key("frames");
  writer.begin_array();
  for (const Frame& frame : stacktrace.frames) write(writer, frame);
  writer.end_array();
  if (!stacktrace.registers.empty()) {  // P3.13
    writer.key("registers");
    writer.begin_object();
    for (const auto& [name, value] : stacktrace.registers) {
      writer.key(name);
      writer.hex_address(value);
    }
    writer.end_object();
  }
  writer.member("instruction_addr_adjustment", name_of(stacktrace.adjustment));
  if (stacktrace.snapshot) member(writer, "snapshot", std::optional(true));
  writer.end_object();
}

void write(json::Writer& writer, const Mechanism& mechanism) {
  writer.begin_object();
  writer.member("type", mechanism.type.empty() ? "generic" : std::string_view(mechanism.type));
  member(writer, "handled", mechanism.handled);
  member(writer, "synthetic", mechanism.synthetic);
  writer.member("description", mechanism.description);
  writer.member("help_link", mechanism.help_link);
  member(writer, "exception_id", mechanism.exception_id);
  member(writer, "parent_id", mechanism.parent_id);
  member(writer, "is_exception_group", mechanism.is_exception_group);
  writer.member("source", mechanism.source);
  member(writer, "data", mechanism.data);
  member(writer, "meta", mechanism.meta);
  writer.end_object();
}

void write(json::Writer& writer, const Exception& exception) { write(writer, exception, {}); }

void write(json::Writer& writer, const Exception& exception, std::string_view stacktrace) {
  writer.begin_object();
  writer.member("type", exception.type);
  writer.member("value", exception.value);
  writer.member("module", exception.module);
  writer.member("thread_id", exception.thread_id);
  if (stacktrace.empty()) {
    stacktrace_member(writer, exception.stacktrace);
  } else {
    writer.key("stacktrace");
    writer.raw(stacktrace);
  }
  if (exception.mechanism) {
    writer.key("mechanism");
    write(writer, *exception.mechanism);
  }
  writer.end_object();
}

void write(json::Writer& writer, const Thread& thread) {
  writer.begin_object();
  writer.member("id", thread.id);
  writer.member("name", thread.name);
  if (thread.crashed) member(writer, "crashed", std::optional(true));
  if (thread.current) member(writer, "current", std::optional(true));
  if (thread.main) member(writer, "main", std::optional(true));
  writer.member("state", thread.state);
  stacktrace_member(writer, thread.stacktrace);
  writer.end_object();
}

void write(json::Writer& writer, const DebugImage& image) {
  writer.begin_object();
  writer.member("type", "elf");
  writer.key("code_file");  // required, also when the module has no name (the vdso)
  writer.text(image.code_file);
  writer.member("code_id", image.code_id);
  writer.member("debug_id", image.debug_id);
  writer.key("image_addr");  // required
  writer.hex_address(image.image_addr);
  if (image.image_size != 0) {
    writer.key("image_size");
    writer.number(image.image_size);
  }
  address_member(writer, "image_vmaddr", image.image_vmaddr);
  writer.member("arch", image.arch);
  writer.end_object();
}

}  // namespace picket::protocol
