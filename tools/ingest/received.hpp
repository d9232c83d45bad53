#pragma once

// Everything that reached the server, and ways to wait for it. `Received` is filled by the
// server's threads and read by a test or by the program; what it hands out is immutable.

#include "ingest/findings.hpp"
#include "ingest/http_host.hpp"
#include "ingest/metrics.hpp"
#include "ingest/trace.hpp"
#include "picket/envelope.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::ingest {

struct ReceivedItem {
  std::string type{};
  Object headers{};
  std::string bytes{};        // as received
  Value payload{};            // null for items without JSON
  bool is_duplicate = false;  // an event with this id was taken in before

  /// `to_string()` of the findings that belong to this item.
  std::vector<std::string> complaints{};
};

/// What became of a request.
enum class Verdict {
  accepted,
  rejected,  // by the rules of the protocol
  refused,   // by a fault, without being taken in
};

/// How much of the answer the server meant to send. Whether the client took it, nobody knows here:
/// it may have given up before.
enum class Sent {
  all,
  part,  // of an answer that drips until a limit it may be all
  nothing,
};

std::string_view name_of(Verdict verdict) noexcept;
std::string_view name_of(Sent sent) noexcept;

struct ReceivedEnvelope {
  std::uint64_t number = 0;  // of the request, from 1
  std::string endpoint{};    // envelope or store
  std::chrono::system_clock::time_point arrived{};
  Headers request_headers{};
  std::string target{};        // the path of the request
  std::size_t wire_bytes = 0;  // before decompression
  std::string raw{};           // after it

  Object headers{};
  std::vector<ReceivedItem> items{};
  std::vector<Finding> findings{};
  std::string event_id{};  // 32 hex digits; the header's, else the event's own, else empty

  Verdict verdict = Verdict::accepted;
  int status = 0;  // 0: no answer was sent
  Sent sent = Sent::all;
  Headers response_headers{};
  std::string response_body{};
  std::string reason{};  // why it was not accepted

  [[nodiscard]] const ReceivedItem* find(std::string_view type) const noexcept;
};

using EnvelopePointer = std::shared_ptr<const ReceivedEnvelope>;
using Milliseconds = std::chrono::milliseconds;

/// The server's memory. When it holds more than its limit, the oldest envelopes leave; counts stay.
/// Threads: any.
class Received {
 public:
  explicit Received(std::size_t max_kept_bytes = 512u << 20) : max_kept_bytes_(max_kept_bytes) {}

  /// Stores it and marks its duplicates.
  EnvelopePointer add(ReceivedEnvelope envelope);

  /// In order of arrival.
  [[nodiscard]] std::vector<EnvelopePointer> all() const;
  [[nodiscard]] std::vector<EnvelopePointer> accepted() const { return with(Verdict::accepted); }
  [[nodiscard]] std::vector<EnvelopePointer> rejected() const { return with(Verdict::rejected); }
  [[nodiscard]] std::vector<EnvelopePointer> refused() const { return with(Verdict::refused); }

  /// Accepted items of that type, duplicates included.
  [[nodiscard]] std::vector<ReceivedItem> items(std::string_view type) const;

  /// Payloads of the accepted items of type `event`, duplicates left out.
  [[nodiscard]] std::vector<Value> events() const;

  /// Payloads of the accepted items of type `transaction`, duplicates left out.
  [[nodiscard]] std::vector<Value> transactions() const;

  /// The child spans with that operation in those transactions.
  [[nodiscard]] std::vector<Value> spans(std::string_view op) const;

  /// The records of the accepted `trace_metric` containers. A container that came twice, byte by
  /// byte, counts once: its first answer was lost.
  [[nodiscard]] std::vector<MetricRecord> metrics() const;
  [[nodiscard]] std::vector<MetricRecord> metrics(std::string_view name) const;

  /// Everything accepted, sorted into traces, by start; duplicates left out.
  [[nodiscard]] std::vector<Trace> traces() const;

  /// The one with that id; empty if nothing of it arrived.
  [[nodiscard]] Trace trace(std::string_view trace_id) const;

  /// Counts of the accepted client reports, by reason and category.
  using Discarded = std::map<std::pair<std::string, std::string>, std::uint64_t>;
  [[nodiscard]] Discarded discarded() const;

  /// Likewise, but an envelope that was taken in twice counts once: envelopes are the same that
  /// differ in `sent_at` at most. With `counts`: those alone for which it says so.
  [[nodiscard]] Discarded discarded_once(
      const std::function<bool(const ReceivedEnvelope&)>& counts = {}) const;

  /// By event id, whatever became of the requests: every set of items that came under that id, as
  /// bytes. A client that sends again must send the same, so each set should have one element.
  /// Client reports do not count: they may travel with anything.
  [[nodiscard]] std::map<std::string, std::set<std::string>> bodies_by_id() const;

  /// By event id, how often it was taken in. More than once: an answer was lost.
  [[nodiscard]] std::map<std::string, std::size_t> deliveries_by_id() const;

  /// All findings, one per line; empty when every envelope kept to the protocol.
  [[nodiscard]] std::string complaints() const;

  /// Requests to the two endpoints, whatever became of them.
  [[nodiscard]] std::uint64_t request_count() const;
  [[nodiscard]] std::uint64_t duplicate_count() const;

  /// Each waits until the condition holds, at most `timeout`; false when it does not hold then.
  bool wait_for_events(std::size_t count, Milliseconds timeout) const;        // with different ids
  bool wait_for_transactions(std::size_t count, Milliseconds timeout) const;  // likewise
  bool wait_for_items(std::string_view type, std::size_t count, Milliseconds timeout) const;
  bool wait_for_requests(std::size_t count, Milliseconds timeout) const;

  /// `condition` is called without a lock after each arrival; it may use this object.
  bool wait_for(const std::function<bool(const Received&)>& condition, Milliseconds timeout) const;

  /// Forgets envelopes, counts and ids.
  void clear();

 private:
  [[nodiscard]] std::vector<EnvelopePointer> with(Verdict verdict) const;
  [[nodiscard]] std::vector<Value> payloads(std::string_view type) const;
  bool wait_for_ids(std::string_view type, std::size_t count, Milliseconds timeout) const;
  void count(ReceivedEnvelope& envelope);
  void drop_oldest();

  const std::size_t max_kept_bytes_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<EnvelopePointer> envelopes_;
  std::size_t kept_bytes_ = 0;
  std::map<std::string, std::size_t, std::less<>> item_counts_;
  std::map<std::string, std::set<std::string>, std::less<>> ids_;  // by item type
  std::uint64_t requests_ = 0;
  std::uint64_t duplicates_ = 0;
};

}  // namespace picket::ingest
