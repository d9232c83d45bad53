// Exceptions, threads, stack traces and debug images of an event, P3.6 to P3.14.

#include "ingest/formats.hpp"
#include "ingest/validate.hpp"

#include <fmt/format.h>

#include <set>

namespace picket::ingest {
namespace {

void check_address(const Node& address, Findings& findings) {
  if (address && !(address.text() && is_address(*address.text()))) {
    findings.warn(address, "is not a hex string with 0x");
  }
}

void check_position(const Node& number, Findings& findings) {
  if (number && number.integer().value_or(0) < 1) {
    findings.warn(number, "is not a number from 1 on, leave it out when unknown");
  }
}

void check_frame(const Node& frame, Findings& findings) {
  if (!frame.object()) return findings.warn(frame, "is not an object");
  if (!frame["filename"] && !frame["function"] && !frame["instruction_addr"] &&
      !frame["abs_path"]) {
    findings.warn(frame, "has none of filename, function, instruction_addr");
  }
  for (const char* key : {"instruction_addr", "symbol_addr", "image_addr"}) {
    check_address(frame[key], findings);
  }
  for (const char* key : {"lineno", "colno"}) check_position(frame[key], findings);
  for (const char* key : {"filename", "abs_path", "function", "module", "package"}) {
    if (frame[key] && !frame[key].text()) findings.warn(frame[key], "is not a string");
  }
  if (frame["in_app"] && !frame["in_app"].is_bool()) {
    findings.warn(frame["in_app"], "is not a boolean");
  }
}

void check_stacktrace(const Node& trace, Findings& findings) {
  if (!trace) return;
  const Node frames = trace["frames"];
  if (!frames.list() || frames.list()->empty()) {
    return findings.warn(frames, "is not a list of frames, leave the stack trace out");
  }
  if (frames.list()->size() > 250) findings.warn(frames, "has more than 250 frames, oldest go");
  for (const Node& frame : frames.elements()) check_frame(frame, findings);
  if (const Object* registers = trace["registers"].object()) {
    for (const Member& member : *registers) {
      check_address(trace["registers"][member.key], findings);
    }
  }
}

void check_mechanism(const Node& mechanism, Findings& findings) {
  if (!mechanism) return;
  if (!mechanism["type"].text()) findings.warn(mechanism["type"], "is missing");
  for (const char* key : {"handled", "synthetic", "is_exception_group"}) {
    if (mechanism[key] && !mechanism[key].is_bool()) {
      findings.warn(mechanism[key], "is not a boolean");
    }
  }
  for (const char* key : {"exception_id", "parent_id"}) {
    if (mechanism[key] && mechanism[key].integer().value_or(-1) < 0) {
      findings.warn(mechanism[key], "is not a number from 0 on");
    }
  }
  const Node signal = mechanism["meta"]["signal"];
  if (signal && !signal["number"].integer()) findings.warn(signal["number"], "is missing");
}

void check_exception(const Node& exception, Findings& findings) {
  if (!exception.object()) return findings.warn(exception, "is not an object");
  if (!exception["type"] && !exception["value"]) {
    findings.warn(exception, "has neither type nor value, the entry will be dropped");
  }
  for (const char* key : {"type", "module"}) {
    if (exception[key] && !exception[key].text()) findings.warn(exception[key], "is not a string");
  }
  if (utf8_length(exception["type"].text_or("")) > 256) {
    findings.warn(exception["type"], "is longer than 256 characters");
  }
  check_mechanism(exception["mechanism"], findings);
  check_stacktrace(exception["stacktrace"], findings);
}

// P3.7: ids name each other, so they must be unique and every parent must exist.
void check_exception_ids(const std::vector<Node>& exceptions, Findings& findings) {
  std::set<double> ids;
  for (const Node& exception : exceptions) {
    const Node id = exception["mechanism"]["exception_id"];
    if (id.number() && !ids.insert(*id.number()).second) findings.warn(id, "occurs twice");
  }
  for (const Node& exception : exceptions) {
    const Node parent = exception["mechanism"]["parent_id"];
    if (parent.number() && ids.count(*parent.number()) == 0) {
      findings.warn(parent, "names no exception_id");
    }
  }
}

void check_image(const Node& image, Findings& findings) {
  if (!image["type"].text()) findings.warn(image["type"], "is missing");
  if (image["type"].text_or("") == "proguard" || image["type"].text_or("") == "sourcemap") return;
  if (!image["image_addr"]) findings.warn(image["image_addr"], "is missing");
  check_address(image["image_addr"], findings);
  check_address(image["image_vmaddr"], findings);
  const Node id = image["debug_id"];
  if (!id.text() || !is_debug_id(*id.text())) findings.warn(id, "is not a debug id");
  const Node size = image["image_size"];
  if (size && size.integer().value_or(-1) < 0) findings.warn(size, "is not a size");
  const Node code = image["code_id"];
  const bool hex =
      code.text() && code.text()->find_first_not_of("0123456789abcdef") == std::string::npos;
  if (code && image["type"].text_or("") == "elf" && !hex) {
    findings.warn(code, "is not a build id in lower-case hex");
  }
}

}  // namespace

void check_exceptions(const Node& event, Findings& findings) {
  const Node all = event["exception"];
  if (!all) return;
  const Node values = all.object() && all["values"] ? all["values"] : all;
  const auto exceptions = all.elements();
  if (!values.list()) return findings.warn(all, "is neither a list nor an object with values");
  if (exceptions.empty()) findings.warn(all, "is empty, leave it out");
  for (const Node& exception : exceptions) check_exception(exception, findings);
  check_exception_ids(exceptions, findings);
}

void check_threads(const Node& event, Findings& findings) {
  for (const Node& thread : event["threads"].elements()) {
    if (!thread["id"].text() && !thread["id"].integer()) findings.warn(thread["id"], "is missing");
    check_stacktrace(thread["stacktrace"], findings);
  }
}

void check_debug_meta(const Node& event, Findings& findings) {
  const Node images = event["debug_meta"]["images"];
  if (images && !images.list()) return findings.warn(images, "is not a list");
  for (const Node& image : images.elements()) check_image(image, findings);
}

}  // namespace picket::ingest
