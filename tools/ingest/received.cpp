#include "ingest/received.hpp"

#include "ingest/formats.hpp"
#include "picket/json.hpp"

#include <algorithm>

namespace picket::ingest {
namespace {

bool has_id(std::string_view type) {
  return type == "event" || type == "transaction" || type == "feedback";
}

void append_item(std::string& out, const ReceivedItem& item) {
  out += to_json(item.headers);
  out.append(1, '\n').append(item.bytes).append(1, '\n');
}

// The same for each time that a client sends the same.
std::string bytes_without_sent_at(const ReceivedEnvelope& envelope) {
  Object headers = envelope.headers;
  headers.erase("sent_at");
  std::string bytes = to_json(headers) + "\n";
  for (const ReceivedItem& item : envelope.items) append_item(bytes, item);
  return bytes;
}

void add_report(const ReceivedItem& report, Received::Discarded& sums) {
  if (report.type != "client_report") return;
  for (const Node& entry : Node(report.payload)["discarded_events"].elements()) {
    sums[{std::string(entry["reason"].text_or("")), std::string(entry["category"].text_or(""))}] +=
        static_cast<std::uint64_t>(entry["quantity"].number().value_or(0));
  }
}

}  // namespace

std::string_view name_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::accepted:
      return "accepted";
    case Verdict::rejected:
      return "rejected";
    case Verdict::refused:
      return "refused";
  }
  return "";
}

std::string_view name_of(Sent sent) noexcept {
  switch (sent) {
    case Sent::all:
      return "all";
    case Sent::part:
      return "part";
    case Sent::nothing:
      return "nothing";
  }
  return "";
}

const ReceivedItem* ReceivedEnvelope::find(std::string_view type) const noexcept {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const ReceivedItem& item) { return item.type == type; });
  return found == items.end() ? nullptr : &*found;
}

// Only what was taken in can be a duplicate: a client may well repeat what was refused.
void Received::count(ReceivedEnvelope& envelope) {
  ++requests_;
  if (envelope.verdict != Verdict::accepted) return;
  for (ReceivedItem& item : envelope.items) {
    ++item_counts_[item.type];
    if (!has_id(item.type) || envelope.event_id.empty()) continue;
    item.is_duplicate = !ids_[item.type].insert(envelope.event_id).second;
    if (item.is_duplicate) ++duplicates_;
  }
}

void Received::drop_oldest() {
  while (kept_bytes_ > max_kept_bytes_ && envelopes_.size() > 1) {
    kept_bytes_ -= envelopes_.front()->raw.size();
    envelopes_.pop_front();
  }
}

EnvelopePointer Received::add(ReceivedEnvelope envelope) {
  std::lock_guard lock(mutex_);
  count(envelope);
  auto stored = std::make_shared<const ReceivedEnvelope>(std::move(envelope));
  envelopes_.push_back(stored);
  kept_bytes_ += stored->raw.size();
  drop_oldest();
  changed_.notify_all();
  return stored;
}

std::vector<EnvelopePointer> Received::all() const {
  std::lock_guard lock(mutex_);
  return {envelopes_.begin(), envelopes_.end()};
}

std::vector<EnvelopePointer> Received::with(Verdict verdict) const {
  auto found = all();
  std::erase_if(found, [&](const EnvelopePointer& one) { return one->verdict != verdict; });
  return found;
}

std::vector<ReceivedItem> Received::items(std::string_view type) const {
  std::vector<ReceivedItem> found;
  for (const EnvelopePointer& envelope : accepted()) {
    std::copy_if(envelope->items.begin(), envelope->items.end(), std::back_inserter(found),
                 [&](const ReceivedItem& item) { return item.type == type; });
  }
  return found;
}

std::vector<Value> Received::payloads(std::string_view type) const {
  std::vector<Value> found;
  for (ReceivedItem& item : items(type)) {
    if (!item.is_duplicate) found.push_back(std::move(item.payload));
  }
  return found;
}

std::vector<Value> Received::events() const { return payloads("event"); }
std::vector<Value> Received::transactions() const { return payloads("transaction"); }

std::vector<Value> Received::spans(std::string_view op) const {
  std::vector<Value> found;
  for (const Value& transaction : transactions()) {
    for (const Node& span : Node(transaction)["spans"].elements()) {
      if (span["op"].text_or("") == op) found.push_back(span.value());
    }
  }
  return found;
}

std::vector<MetricRecord> Received::metrics() const {
  std::vector<MetricRecord> found;
  std::set<std::string> seen;
  for (const ReceivedItem& item : items("trace_metric")) {
    if (!seen.insert(item.bytes).second) continue;
    for (MetricRecord& record : read_metrics(item.payload)) found.push_back(std::move(record));
  }
  return found;
}

std::vector<MetricRecord> Received::metrics(std::string_view name) const {
  std::vector<MetricRecord> found = metrics();
  std::erase_if(found, [&](const MetricRecord& record) { return record.name != name; });
  return found;
}

// The items keep their envelopes alive, nothing is copied.
std::vector<Trace> Received::traces() const {
  std::vector<TraceItem> found;
  for (const EnvelopePointer& envelope : accepted()) {
    for (const ReceivedItem& item : envelope->items) {
      if (!item.is_duplicate) found.push_back({item.type, {envelope, &item.payload}});
    }
  }
  return build_traces(found);
}

Trace Received::trace(std::string_view trace_id) const {
  for (Trace& trace : traces()) {
    if (equal_ids(trace.id(), trace_id)) return std::move(trace);
  }
  return {};
}

Received::Discarded Received::discarded() const {
  Discarded sums;
  for (const ReceivedItem& report : items("client_report")) add_report(report, sums);
  return sums;
}

Received::Discarded Received::discarded_once(
    const std::function<bool(const ReceivedEnvelope&)>& counts) const {
  Discarded sums;
  std::set<std::string> seen;
  for (const EnvelopePointer& envelope : accepted()) {
    if (envelope->find("client_report") == nullptr) continue;
    if (counts && !counts(*envelope)) continue;
    if (!seen.insert(bytes_without_sent_at(*envelope)).second) continue;
    for (const ReceivedItem& item : envelope->items) add_report(item, sums);
  }
  return sums;
}

std::map<std::string, std::set<std::string>> Received::bodies_by_id() const {
  std::map<std::string, std::set<std::string>> bodies;
  for (const EnvelopePointer& envelope : all()) {
    if (envelope->event_id.empty()) continue;
    std::string body;
    for (const ReceivedItem& item : envelope->items) {
      if (item.type != "client_report") append_item(body, item);
    }
    bodies[envelope->event_id].insert(std::move(body));
  }
  return bodies;
}

std::map<std::string, std::size_t> Received::deliveries_by_id() const {
  std::map<std::string, std::size_t> deliveries;
  for (const EnvelopePointer& envelope : accepted()) {
    const bool has_event = std::any_of(envelope->items.begin(), envelope->items.end(),
                                       [](const ReceivedItem& item) { return has_id(item.type); });
    if (has_event && !envelope->event_id.empty()) ++deliveries[envelope->event_id];
  }
  return deliveries;
}

std::string Received::complaints() const {
  std::string lines;
  for (const EnvelopePointer& envelope : all()) {
    for (const Finding& finding : envelope->findings) lines += finding.to_string() + "\n";
    if (envelope->findings.empty() && envelope->verdict == Verdict::rejected) {
      lines += envelope->reason + "\n";
    }
  }
  return lines;
}

std::uint64_t Received::request_count() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

std::uint64_t Received::duplicate_count() const {
  std::lock_guard lock(mutex_);
  return duplicates_;
}

bool Received::wait_for_ids(std::string_view type, std::size_t count, Milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  const auto enough = [&] {
    const auto found = ids_.find(type);
    return (found == ids_.end() ? 0 : found->second.size()) >= count;
  };
  changed_.wait_for(lock, timeout, enough);
  return enough();
}

bool Received::wait_for_events(std::size_t count, Milliseconds timeout) const {
  return wait_for_ids("event", count, timeout);
}

bool Received::wait_for_transactions(std::size_t count, Milliseconds timeout) const {
  return wait_for_ids("transaction", count, timeout);
}

bool Received::wait_for_items(std::string_view type, std::size_t count,
                              Milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  const auto enough = [&] {
    const auto found = item_counts_.find(type);
    return (found == item_counts_.end() ? 0 : found->second) >= count;
  };
  changed_.wait_for(lock, timeout, enough);
  return enough();
}

bool Received::wait_for_requests(std::size_t count, Milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [&] { return requests_ >= count; });
  return requests_ >= count;
}

bool Received::wait_for(const std::function<bool(const Received&)>& condition,
                        Milliseconds timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::uint64_t seen = request_count();  // read before the condition: no arrival is missed
  while (!condition(*this)) {
    std::unique_lock lock(mutex_);
    const bool more = changed_.wait_until(lock, deadline, [&] { return requests_ != seen; });
    if (!more) break;
    seen = requests_;
  }
  return condition(*this);
}

void Received::clear() {
  std::lock_guard lock(mutex_);
  envelopes_.clear();
  kept_bytes_ = 0;
  item_counts_.clear();
  ids_.clear();
  requests_ = duplicates_ = 0;
}

}  // namespace picket::ingest
