// An envelope that is read is written in a form that reads back with the same headers and payloads.

#include "fuzz.hpp"

#include "picket/envelope.hpp"

using picket::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto envelope = picket::Envelope::parse(picket::fuzz::as_text(data, size));
  if (!envelope) {
    require(envelope.error().code == picket::Errc::invalid_envelope, "the code is stable");
    return 0;
  }
  const auto again = picket::Envelope::parse(envelope->to_bytes());
  require(again.has_value(), "what is written can be read");
  require(again->headers == envelope->headers, "the headers survive");
  require(again->items.size() == envelope->items.size(), "every item survives");
  for (std::size_t i = 0; i < again->items.size(); ++i) {
    picket::Object headers = envelope->items[i].headers;
    headers.set("length", envelope->items[i].payload.size());  // it may have been implicit
    require(again->items[i].headers == headers, "the headers of an item survive");
    require(again->items[i].payload == envelope->items[i].payload, "a payload survives");
  }
  return 0;
}
