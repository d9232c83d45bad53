// Transactions, their spans and the trace context, P4.1 to P4.5 and P4.13 to P4.16.

#include "ingest/rules.hpp"

#include <fmt/format.h>

namespace picket::ingest::tests {
namespace {

const std::string kLong = '"' + std::string(129, 'a') + '"';

const std::vector<Row> kRejected = {
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
};

const std::vector<Row> kComplaints = {
    {"a sound transaction", kTransaction, "", "", ""},
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
    {"the server's flag", kTransaction, "contexts.trace.sampled", "true",
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
};

TEST_SUITE("ingest/trace_rules") {
  TEST_CASE("a transaction that Sentry refuses is answered with 400 and the place of the mistake") {
    check_rejections(kRejected);
  }

  TEST_CASE("what Sentry repairs, drops or shows wrongly is accepted with one complaint") {
    check_complaints(kComplaints);
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
