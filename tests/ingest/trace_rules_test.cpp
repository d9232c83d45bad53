// Transactions, spans and the trace header: sound ones, and what is said when one value in them is
// changed. What Sentry refuses is rejected, what it repairs, drops or shows wrongly is complained
// of.

#include "ingest/client.hpp"
#include "picket/json.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

namespace picket::ingest::tests {
namespace {

// An envelope of one item, as JSON.
struct Sound {
  const char* header;
  const char* item_header;
  const char* payload;
};

const Sound kTransaction = {
    R"({"event_id":"3c2b1a0f9e8d4c7b8a695847362514f0","sent_at":"2026-03-01T12:00:00.5Z",
        "trace":{"trace_id":"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a",
                 "public_key":"4f1e2d3c4b5a69788796a5b4c3d2e1f0","sample_rate":"0.25",
                 "sample_rand":"0.104233","sampled":"true","release":"shop@1.4.0",
                 "transaction":"GET /cart/{id}","org_id":"4501",
                 "replay_id":"1d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a"}})",
    R"({"type":"transaction"})",
    R"({"event_id":"3c2b1a0f9e8d4c7b8a695847362514f0","type":"transaction","platform":"native",
        "transaction":"GET /cart/{id}","transaction_info":{"source":"route"},
        "start_timestamp":1772366400.1,"timestamp":"2026-03-01T12:00:00.35Z",
        "contexts":{"trace":{"trace_id":"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a",
          "span_id":"a1b2c3d4e5f60718","op":"http.server","status":"ok","origin":"manual",
          "data":{"http.response.status_code":200},
          "links":[{"trace_id":"0d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a","span_id":"b1b2c3d4e5f60718",
                    "sampled":true,"attributes":{"sentry.link.type":"previous_trace"}}]}},
        "spans":[
          {"trace_id":"7D1E4C0A9B2F4E6D8C3A5B7F9E1D2C4A","span_id":"0F1E2D3C4B5A6978",
           "parent_span_id":"A1B2C3D4E5F60718","op":"db.query","origin":"auto.db.sqlite",
           "description":"SELECT * FROM cart WHERE id = ?","start_timestamp":1772366400.15,
           "timestamp":1772366400.2,"status":"not_found","data":{"db.system":"sqlite"},
           "tags":{"shard":"7"},"measurements":{"rows":{"value":3}}},
          {"trace_id":"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a","span_id":"1f1e2d3c4b5a6978",
           "parent_span_id":"0f1e2d3c4b5a6978","op":"http.client",
           "description":"GET https://[Filtered]:[Filtered]@stock.local:8080/items",
           "start_timestamp":1772366400.15,"timestamp":1772366400.15}],
        "measurements":{"queue_wait":{"value":12.5,"unit":"millisecond"}}})"};

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

Value json(std::string_view text) {
  auto value = parse_json(text);
  REQUIRE_MESSAGE(value, text);
  return std::move(*value);
}

// Puts `text`, which is JSON, where the path leads; without text the member there goes.
void change(Value& root, std::string_view path, std::string_view text) {
  const std::size_t dot = path.find('.');
  const std::string_view key = path.substr(0, dot);
  Value* inner = nullptr;
  if (List* list = root.as_list()) inner = &list->at(std::stoul(std::string(key)));
  if (Object* object = root.as_object()) {
    if (dot == path.npos && text.empty()) return void(object->erase(key));
    if (!object->contains(key)) object->set(key, nullptr);
    inner = object->find(key);
  }
  REQUIRE_MESSAGE(inner != nullptr, "no such place: ", path);
  if (dot == path.npos) return void(*inner = json(text));
  change(*inner, path.substr(dot + 1), text);
}

struct Row {
  std::string name;
  const Sound& sound;
  const char* path;  // `header.x` is in the envelope header, the rest in the payload
  std::string text;  // JSON; empty: the member goes
  const char* reason;
};

std::string changed(const Row& row) {
  const std::string_view path = row.path;
  Value header = json(row.sound.header), payload = json(row.sound.payload);
  const bool in_header = path.substr(0, 7) == "header.";
  if (in_header) change(header, path.substr(7), row.text);
  if (!in_header && !path.empty()) change(payload, path, row.text);
  return to_json(header) + "\n" + to_json(json(row.sound.item_header)) + "\n" + to_json(payload) +
         "\n";
}

const std::string kLong = '"' + std::string(129, 'a') + '"';

const Row kRejected[] = {
    // P4.1, P4.2
    {"no type", kTransaction, "type", "", "type: is not `transaction`"},
    {"no start", kTransaction, "start_timestamp", "", ": start_timestamp: is missing"},
    {"no end", kTransaction, "timestamp", "", ": timestamp: is missing"},
    {"a start in words", kTransaction, "start_timestamp", R"("noon")",
     "start_timestamp: is neither"},
    {"ends first", kTransaction, "timestamp", "1772366400.05",
     "start_timestamp: lies after the end"},
    {"no contexts", kTransaction, "contexts", "", "contexts.trace: is missing"},
    {"no trace context", kTransaction, "contexts.trace", "", "contexts.trace: is missing"},
    {"no trace id", kTransaction, "contexts.trace.trace_id", "", "trace.trace_id: is missing"},
    {"trace id of zeros", kTransaction, "contexts.trace.trace_id",
     R"("00000000000000000000000000000000")", "contexts.trace.trace_id: is all zeros"},
    {"dashed trace id", kTransaction, "contexts.trace.trace_id",
     R"("7d1e4c0a-9b2f-4e6d-8c3a-5b7f9e1d2c4a")", "contexts.trace.trace_id: is not 32 hex"},
    {"no span id", kTransaction, "contexts.trace.span_id", "", "trace.span_id: is missing"},
    {"span id as a number", kTransaction, "contexts.trace.span_id", "7",
     "contexts.trace.span_id: is not 16 hex digits"},
    // P4.3: one bad span costs the whole transaction
    {"spans are an object", kTransaction, "spans", "{}", "spans: is not a list"},
    {"a span is null", kTransaction, "spans.1", "null", "spans.1: is not an object"},
    {"a span without trace id", kTransaction, "spans.1.trace_id", "",
     "spans.1.trace_id: is missing"},
    {"a span without id", kTransaction, "spans.1.span_id", "", "spans.1.span_id: is missing"},
    {"a span with a short id", kTransaction, "spans.1.span_id", R"("1f1e")",
     "spans.1.span_id: is not 16 hex digits"},
    {"a span without start", kTransaction, "spans.1.start_timestamp", "",
     "spans.1.start_timestamp: is missing"},
    {"a span without end", kTransaction, "spans.1.timestamp", "", "spans.1.timestamp: is missing"},
    {"a span before 1970", kTransaction, "spans.1.start_timestamp", "-1",
     "spans.1.start_timestamp: lies before 1970"},
    {"a span that ends first", kTransaction, "spans.0.timestamp", "1772366400.1",
     "spans.0.start_timestamp: lies after the end"},
    // P2.3, P4.17: streamed spans need a sound header
    {"stream without header", kStream, "header.trace", "", "envelope: header.trace: is missing"},
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
    {"stream of two traces", kStream, "items.1.trace_id", R"("0d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a")",
     "items.1.trace_id: differs from the envelope's"},
    {"streamed span without segment flag", kStream, "items.1.is_segment", "",
     "items.1.is_segment: is not a boolean"},
    {"streamed span with the status of an old one", kStream, "items.1.status", R"("not_found")",
     "items.1.status: is neither ok nor error"},
};

const Row kComplaints[] = {
    {"a sound transaction", kTransaction, "", "", ""},
    {"a sound error", kError, "", "", ""},
    {"a sound stream", kStream, "", "", ""},
    // P4.1, P4.4
    {"no name", kTransaction, "transaction", R"("")",
     "transaction: is missing, the transaction will be called `<unlabeled transaction>`"},
    {"no source", kTransaction, "transaction_info", "", "transaction_info.source: is missing"},
    {"the server's source", kTransaction, "transaction_info.source", R"("unknown")",
     "transaction_info.source: is not custom, url, route, view, component or task"},
    {"a name of an url", kTransaction, "transaction_info.source", R"("url")",
     "header.trace.transaction: has a name of source `url`"},
    {"a stack", kTransaction, "exception", R"({"values":[{"type":"E"}]})",
     "exception: does not belong on a transaction"},
    // P4.2, P4.3
    {"another trace", kTransaction, "spans.0.trace_id", R"("0d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a")",
     "spans.0.trace_id: differs from the transaction's"},
    {"no parent", kTransaction, "spans.0.parent_span_id", "", "spans.0.parent_span_id: is missing"},
    {"unknown parent", kTransaction, "spans.0.parent_span_id", R"("ffffffffffffffff")",
     "spans.0.parent_span_id: names no span of the transaction"},
    {"own parent", kTransaction, "spans.0.parent_span_id", R"("0f1e2d3c4b5a6978")",
     "spans.0.parent_span_id: names the span itself"},
    {"the root's id again", kTransaction, "spans.1.span_id", R"("a1b2c3d4e5f60718")",
     "spans.1.span_id: occurs twice"},
    {"long op", kTransaction, "spans.0.op", kLong, "spans.0.op: is longer than 128 characters"},
    {"op as a number", kTransaction, "contexts.trace.op", "1",
     "contexts.trace.op: is not a string, it will be dropped"},
    {"description as a list", kTransaction, "spans.0.description", "[]",
     "spans.0.description: is not a string"},
    {"data as a text", kTransaction, "spans.0.data", R"("a")", "spans.0.data: is not an object"},
    {"tags as a list", kTransaction, "spans.0.tags", "[]", "spans.0.tags: is not an object"},
    {"tag as a number", kTransaction, "spans.0.tags.shard", "7",
     "spans.0.tags.shard: is not a string"},
    {"the relic", kTransaction, "spans.0.same_process_as_parent", "true",
     "spans.0.same_process_as_parent: is a relic, leave it out"},
    {"the server's rate", kTransaction, "contexts.trace.client_sample_rate", "1",
     "contexts.trace.client_sample_rate: is not for clients to send"},
    {"the server's flag", kError, "contexts.trace.sampled", "true",
     "contexts.trace.sampled: is not for clients to send"},
    {"the server's time", kTransaction, "spans.0.exclusive_time", "1",
     "spans.0.exclusive_time: is not for clients to send"},
    // P4.5
    {"measurements as a list", kTransaction, "measurements", "[]",
     "measurements: is not an object"},
    {"measurement in words", kTransaction, "measurements.queue_wait.value", R"("12")",
     "measurements.queue_wait.value: is not a number, the measurement will be dropped"},
    {"bare measurement", kTransaction, "spans.0.measurements.rows", "3",
     "spans.0.measurements.rows.value: is not a number, the measurement will be dropped"},
    {"unit as a number", kTransaction, "measurements.queue_wait.unit", "1",
     "measurements.queue_wait.unit: is not a string"},
    // P4.13
    {"unknown status", kTransaction, "spans.0.status", R"("fine")",
     "spans.0.status: is not a span status"},
    {"the status of streamed spans", kTransaction, "contexts.trace.status", R"("error")",
     "contexts.trace.status: is not a span status"},
    // P4.14
    {"foreign origin", kTransaction, "spans.0.origin", R"("local.db")", "spans.0.origin: is not"},
    {"origin with a gap", kTransaction, "spans.0.origin", R"("auto..db")",
     "spans.0.origin: is not"},
    {"origin with a dot at the end", kTransaction, "spans.0.origin", R"("auto.db.")",
     "spans.0.origin: is not"},
    {"origin with a dash", kTransaction, "spans.0.origin", R"("auto.db-lite")",
     "spans.0.origin: is not"},
    {"origin of five parts", kTransaction, "spans.0.origin", R"("auto.a.b.c.d")",
     "spans.0.origin: is not"},
    {"long origin", kTransaction, "contexts.trace.origin", R"("auto.)" + kLong.substr(1),
     "contexts.trace.origin: is not"},
    // P4.15
    {"query", kTransaction, "spans.1.description", R"("GET https://a/b?c=d")",
     "spans.1.description: of an http.client span holds a query or a fragment"},
    {"fragment", kTransaction, "spans.1.description", R"("GET https://a/b#c")",
     "spans.1.description: of an http.client span holds a query or a fragment"},
    {"credentials", kTransaction, "spans.1.description", R"("GET https://me:pw@a/b")",
     "spans.1.description: of an http.client span holds credentials"},
    // P4.16
    {"links as an object", kTransaction, "contexts.trace.links", "{}", "links: is not a list"},
    {"empty links", kTransaction, "contexts.trace.links", "[]",
     "contexts.trace.links: is empty, leave it out"},
    {"link to nothing", kTransaction, "contexts.trace.links.0", "7",
     "contexts.trace.links.0: is not an object"},
    {"link without span", kTransaction, "contexts.trace.links.0.span_id", "",
     "contexts.trace.links.0.span_id: is missing"},
    {"link without trace", kTransaction, "contexts.trace.links.0.trace_id", "",
     "contexts.trace.links.0.trace_id: is missing"},
    {"link with a flag of words", kTransaction, "contexts.trace.links.0.sampled", R"("true")",
     "contexts.trace.links.0.sampled: is not a boolean"},
    {"link with attributes in a list", kTransaction, "contexts.trace.links.0.attributes", "[]",
     "contexts.trace.links.0.attributes: is not an object"},
    {"link with a typed attribute", kTransaction, "contexts.trace.links.0.attributes",
     R"({"a":{"type":"string","value":"b"}})",
     "contexts.trace.links.0.attributes.a: is not a plain value"},
    // P4.8
    {"an error without header", kError, "header.trace", "", ""},
    {"rate of 0", kTransaction, "header.trace", R"({"trace_id":"7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a",
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
};

// The complaints about one envelope, which must be accepted.
std::string complaints(const std::string& envelope) {
  const auto server = IngestServer::start({});
  REQUIRE(server);
  const Answer answer = Client(**server).post(envelope);
  CHECK_MESSAGE(answer.status == 200, answer.body);
  return (*server)->received().complaints();
}

std::unique_ptr<IngestServer> start() {
  auto server = IngestServer::start({});
  REQUIRE(server);
  return std::move(*server);
}

TEST_SUITE("ingest/trace_rules") {
  TEST_CASE("a trace that Sentry refuses is answered with 400 and the place of the mistake") {
    const auto server = start();
    Client client(*server);
    for (const Row& row : kRejected) {
      CAPTURE(row.name);
      CHECK(client.post(changed(row)).status == 400);
      const std::string reason = server->received().all().back()->reason;
      CAPTURE(reason);
      CHECK(reason.find(row.reason) != std::string::npos);
    }
    CHECK(server->received().accepted().empty());
  }

  TEST_CASE("what Sentry repairs, drops or shows wrongly is accepted with one complaint") {
    const auto server = start();
    Client client(*server);
    for (const Row& row : kComplaints) {
      CAPTURE(row.name);
      server->received().clear();
      const Answer answer = client.post(changed(row));
      CHECK_MESSAGE(answer.status == 200, answer.body);
      const std::string text = server->received().complaints();
      CAPTURE(text);
      CHECK(text.find(row.reason) != std::string::npos);
      CHECK(std::count(text.begin(), text.end(), '\n') == (*row.reason == '\0' ? 0 : 1));
    }
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

  TEST_CASE("a transaction has at most 1000 spans") {  // P4.3
    Value payload = json(kTransaction.payload);
    List* spans = payload.as_object()->find("spans")->as_list();
    for (int i = 0; i < 999; ++i) {
      spans->push_back(spans->at(0));
      change(spans->back(), "span_id", fmt::format("\"{:016x}\"", i + 1));
    }
    const auto about = [&] {
      const std::string text = to_json(payload);
      return complaints(
          changed({"", {kTransaction.header, kTransaction.item_header, text.c_str()}, "", "", ""}));
    };
    CHECK(about().find("spans: holds more than 1000 spans") != std::string::npos);
    spans->pop_back();
    CHECK(about() == "");
  }

  TEST_CASE("the genuine transactions break only the rules that their makers do not keep") {
    struct Genuine {
      std::string name;
      std::string complaints;
    };
    for (const Genuine& row : {
             Genuine{"node11-transaction.00.transaction", ""},
             Genuine{"node11-stream.00.span", ""},
             Genuine{"python-transaction.01.transaction",
                     "item 0 (transaction): spans.0.same_process_as_parent: is a relic, leave it "
                     "out\nitem 0 (transaction): spans.1.same_process_as_parent: is a relic, leave "
                     "it out\nitem 0 (transaction): spans.2.same_process_as_parent: is a relic, "
                     "leave it out\n"},
             Genuine{
                 "native-transaction.00.transaction",
                 "envelope: header.trace.sample_rate: is not a string, the server ignores the "
                 "whole header\nenvelope: header.trace.sample_rand: is not a string, the server "
                 "ignores the whole header\nitem 0 (transaction): transaction_info.source: is "
                 "missing\n"},
         }) {
      CAPTURE(row.name);
      for (const Sample& sample : reference_envelopes()) {
        if (sample.name == row.name) CHECK(complaints(sample.bytes) == row.complaints);
      }
    }
  }
}

}  // namespace
}  // namespace picket::ingest::tests
