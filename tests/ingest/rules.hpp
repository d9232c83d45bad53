#pragma once

// Tables of rules: a sound envelope, and what the server says when one value in it is changed.
// What Sentry refuses is rejected; what it repairs, drops or shows wrongly is complained of.

#include "ingest/client.hpp"
#include "picket/json.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace picket::ingest::tests {

/// An envelope of one item, as JSON.
struct Sound {
  const char* header;
  const char* item_header;
  const char* payload;
};

inline const Sound kTransaction = {
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

inline Value json(std::string_view text) {
  auto value = parse_json(text);
  REQUIRE_MESSAGE(value, text);
  return std::move(*value);
}

/// Puts `text`, which is JSON, where the path leads; without text the member there goes.
inline void change(Value& root, std::string_view path, std::string_view text) {
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

inline std::string changed(const Row& row) {
  const std::string_view path = row.path;
  Value header = json(row.sound.header), payload = json(row.sound.payload);
  const bool in_header = path.substr(0, 7) == "header.";
  if (in_header) change(header, path.substr(7), row.text);
  if (!in_header && !path.empty()) change(payload, path, row.text);
  return to_json(header) + "\n" + to_json(json(row.sound.item_header)) + "\n" + to_json(payload) +
         "\n";
}

/// Each must be answered with 400, and name its reason.
inline void check_rejections(const std::vector<Row>& rows) {
  const auto server = IngestServer::start({});
  REQUIRE(server);
  Client client(**server);
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(client.post(changed(row)).status == 400);
    const std::string reason = (*server)->received().all().back()->reason;
    CAPTURE(reason);
    CHECK(reason.find(row.reason) != std::string::npos);
  }
  CHECK((*server)->received().accepted().empty());
}

/// The complaints about an envelope that must be accepted.
inline std::string complaints(const std::string& envelope) {
  const auto server = IngestServer::start({});
  REQUIRE(server);
  const Answer answer = Client(**server).post(envelope);
  CHECK_MESSAGE(answer.status == 200, answer.body);
  return (*server)->received().complaints();
}

/// Each must be accepted with exactly the one complaint, or with none if it names none.
inline void check_complaints(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string text = complaints(changed(row));
    CAPTURE(text);
    CHECK(text.find(row.reason) != std::string::npos);
    CHECK(std::count(text.begin(), text.end(), '\n') == (*row.reason == '\0' ? 0 : 1));
  }
}

}  // namespace picket::ingest::tests
