// The envelope header `trace` and what it has to do with the payload, P4.8.

#include "ingest/rules.hpp"

namespace picket::ingest::tests {
namespace {

const Sound kError = {
    R"({"event_id":"3c2b1a0f9e8d4c7b8a695847362514f0",
        "trace":{"trace_id":"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a","public_key":"4f1e"}})",
    R"({"type":"event"})",
    R"({"event_id":"3c2b1a0f9e8d4c7b8a695847362514f0","timestamp":1,"platform":"native",
        "contexts":{"trace":{"trace_id":"7D1E4C0A9B2F4E6D8C3A5B7F9E1D2C4A",
                             "span_id":"a1b2c3d4e5f60718"}}})"};

const Sound kStream = {
    R"({"trace":{"trace_id":"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a","public_key":"4f1e",
                 "sample_rate":"1e-05","sample_rand":"0.000009","sampled":"true"}})",
    R"({"type":"span","item_count":2,"content_type":
        "application/vnd.sentry.items.span.v2+json"})",
    R"({"version":2,"items":[
        {"trace_id":"7D1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a","span_id":"a1b2c3d4e5f60718","name":"a",
         "status":"ok","is_segment":true,"start_timestamp":1,"end_timestamp":2},
        {"trace_id":"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a","span_id":"b1b2c3d4e5f60718","name":"b",
         "status":"error","is_segment":false,"start_timestamp":1,"end_timestamp":2}]})"};

TEST_SUITE("ingest/trace_header_rules") {
  TEST_CASE("streamed spans are refused when their header is not sound") {
    check_rejections({
        // P2.3, P4.17: streamed spans need a sound header
        {"stream without header", kStream, "header.trace", "",
         "envelope: header.trace: is missing"},
        {"stream with a header in words", kStream, "header.trace", R"("a")",
         "header.trace: is not an object"},
        {"stream without trace id", kStream, "header.trace.trace_id", "",
         "header.trace.trace_id: is missing"},
        {"stream without key", kStream, "header.trace.public_key", "",
         "header.trace.public_key: is missing"},
        {"stream with a rate of words", kStream, "header.trace.sample_rate", R"("all")",
         "header.trace.sample_rate: is not the text of a JSON number"},
        {"stream with a number as rate", kStream, "header.trace.sample_rate", "1",
         "header.trace.sample_rate: is not a string"},
        {"stream of another trace", kStream, "header.trace.trace_id",
         R"("0d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a")", "items.0.trace_id: differs from the envelope's"},
        {"stream of two traces", kStream, "items.1.trace_id",
         R"("0d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a")", "items.1.trace_id: differs from the envelope's"},
        {"streamed span without segment flag", kStream, "items.1.is_segment", "",
         "items.1.is_segment: is not a boolean"},
        {"streamed span with the status of an old one", kStream, "items.1.status", R"("not_found")",
         "items.1.status: is neither ok nor error"},
    });
  }

  TEST_CASE("errors and transactions get along with any header, it is complained of") {
    check_complaints({
        {"a sound error", kError, "", "", ""},
        {"a sound stream", kStream, "", "", ""},
        // P4.8
        {"an error without header", kError, "header.trace", "", ""},
        {"rate of 0", kTransaction, "header.trace",
         R"({"trace_id":"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a",
      "public_key":"a","sample_rate":"0","sample_rand":"0","sampled":"false"})",
         ""},
        {"no header", kTransaction, "header.trace", "",
         "envelope: header.trace: is missing, a transaction needs it"},
        {"header in words", kError, "header.trace", R"("a")", "header.trace: is not an object"},
        {"header without trace id", kError, "header.trace.trace_id", "",
         "header.trace.trace_id: is missing"},
        {"header with a short trace id", kError, "header.trace.trace_id", R"("7d1e")",
         "header.trace.trace_id: is not 32 hex digits"},
        {"header without key", kError, "header.trace.public_key", "",
         "header.trace.public_key: is missing"},
        {"header of another trace", kTransaction, "header.trace.trace_id",
         R"("0d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a")",
         "contexts.trace.trace_id: differs from the envelope's trace header"},
        {"header of another error", kError, "header.trace.trace_id",
         R"("0d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a")",
         "contexts.trace.trace_id: differs from the envelope's trace header"},
        {"rate as a number", kTransaction, "header.trace.sample_rate", "0.25",
         "header.trace.sample_rate: is not a string"},
        {"flag as a boolean", kTransaction, "header.trace.sampled", "true",
         "header.trace.sampled: is not a string"},
        {"rate without a zero", kTransaction, "header.trace.sample_rate", R"(".5")",
         "header.trace.sample_rate: is not the text of a JSON number"},
        {"rate with a plus", kTransaction, "header.trace.sample_rate", R"("+1")",
         "header.trace.sample_rate: is not the text of a JSON number"},
        {"rate with a leading zero", kTransaction, "header.trace.sample_rate", R"("01")",
         "header.trace.sample_rate: is not the text of a JSON number"},
        {"rate with a lone dot", kTransaction, "header.trace.sample_rate", R"("1.")",
         "header.trace.sample_rate: is not the text of a JSON number"},
        {"empty rate", kTransaction, "header.trace.sample_rate", R"("")",
         "header.trace.sample_rate: is not the text of a JSON number"},
        {"rate below 0", kTransaction, "header.trace.sample_rate", R"("-0.5")",
         "header.trace.sample_rate: is negative"},
        {"rate above 1", kTransaction, "header.trace.sample_rate", R"("1.5")",
         "header.trace.sample_rate: is not a number from 0 to 1"},
        {"random number of 1", kTransaction, "header.trace.sample_rand", R"("1")",
         "header.trace.sample_rand: is not a number from 0 to below 1"},
        {"random number in words", kTransaction, "header.trace.sample_rand", R"("dice")",
         "header.trace.sample_rand: is not a number from 0 to below 1"},
        {"flag in words", kTransaction, "header.trace.sampled", R"("1")",
         "header.trace.sampled: is neither `true` nor `false`"},
        {"kept in spite of the rate", kTransaction, "header.trace.sample_rand", R"("0.25")",
         "header.trace.sampled: contradicts sample_rand and sample_rate"},
        {"left out in spite of the rate", kTransaction, "header.trace.sampled", R"("false")",
         "header.trace.sampled: contradicts sample_rand and sample_rate"},
        {"organisation in words", kTransaction, "header.trace.org_id", R"("o4501")",
         "header.trace.org_id: is not a decimal number"},
        {"short replay", kTransaction, "header.trace.replay_id", R"("1d1e")",
         "header.trace.replay_id: is not 32 hex digits"},
        {"user segment", kTransaction, "header.trace.user_segment", R"("vip")",
         "header.trace.user_segment: is no longer to be sent"},
    });
  }

  TEST_CASE("the server does without a trace header that is malformed") {
    const std::string text =
        complaints(changed({"", kTransaction, "header.trace.sample_rate", R"("all")", ""}));
    CHECK(text.find("the server ignores the whole header") != std::string::npos);
  }

  TEST_CASE("a transaction that continues a trace may have no header") {
    Value payload = json(kTransaction.payload);
    change(payload, "contexts.trace.parent_span_id", R"("c1b2c3d4e5f60718")");
    CHECK(complaints(
              changed({"",
                       {kTransaction.header, kTransaction.item_header, to_json(payload).c_str()},
                       "header.trace",
                       "",
                       ""})) == "");
  }
}

}  // namespace
}  // namespace picket::ingest::tests
