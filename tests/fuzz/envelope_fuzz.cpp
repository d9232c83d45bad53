// An envelope that is read is written in a form that reads back with the same headers and payloads,
// with and without its last line feed, and that does not change when it is written again.

#include "fuzz.hpp"

#include "picket/envelope.hpp"

#include <string>

using picket::fuzz::require;

namespace {

/// What has been written once is the normal form.
void check_normal_form(const picket::Envelope& envelope, std::string bytes) {
  require(envelope.to_bytes() == bytes, "the normal form is stable");
  require(bytes.ends_with('\n'), "and ends with a line feed");
  bytes.pop_back();
  const auto unended = picket::Envelope::parse(bytes);
  require(unended.has_value() && *unended == envelope, "which may be left out");
  for (const picket::EnvelopeItem& item : envelope.items) {
    const auto* found = envelope.find(item.type());
    require(found != nullptr && found->type() == item.type(), "an item is found by its type");
    require(found <= &item, "and the first one of them");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto envelope = picket::Envelope::parse(picket::fuzz::as_text(data, size));
  if (!envelope) {
    require(envelope.error().code == picket::Errc::invalid_envelope, "the code is stable");
    return 0;
  }
  const std::string bytes = envelope->to_bytes();
  const auto again = picket::Envelope::parse(bytes);
  require(again.has_value(), "what is written can be read");
  require(again->headers == envelope->headers, "the headers survive");
  require(again->items.size() == envelope->items.size(), "every item survives");
  for (std::size_t i = 0; i < again->items.size(); ++i) {
    picket::Object headers = envelope->items[i].headers;
    headers.set("length", envelope->items[i].payload.size());  // it may have been implicit
    require(again->items[i].headers == headers, "the headers of an item survive");
    require(again->items[i].payload == envelope->items[i].payload, "a payload survives");
  }
  check_normal_form(*again, bytes);
  return 0;
}
