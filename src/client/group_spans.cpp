// `filters::group_spans`: what is taken out is marked first, then everything that stays is hung on
// something that stays.

#include "base/text.hpp"
#include "picket/filters.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace picket::filters {
namespace {

constexpr std::size_t kComparedCharacters = 50;  // T15

/// `api.chat.example` of `https://user@api.chat.example:443/v1`; empty without a `://`.
std::string_view host_in(std::string_view text) noexcept {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return {};
  text.remove_prefix(scheme + 3);
  text = text.substr(0, text.find_first_of("/?# \t\r\n\"'"));
  const std::size_t user = text.rfind('@');
  if (user != std::string_view::npos) text.remove_prefix(user + 1);
  if (text.starts_with('[')) return text.substr(0, text.find(']') + 1);
  return text.substr(0, text.find(':'));
}

std::string_view text_of(const SpanData& span, std::string_view key) noexcept {
  const Value* const value = span.data.find(key);
  return value == nullptr ? std::string_view() : value->text_or("");
}

std::string_view host_of(const SpanData& span) noexcept {
  const std::string_view address = text_of(span, "server.address");
  if (!address.empty()) return address;
  for (const std::string_view key : {"url.full", "url", "http.url"}) {
    const std::string_view host = host_in(text_of(span, key));
    if (!host.empty()) return host;
  }
  return host_in(span.description);
}

bool is_at(std::string_view host, std::string_view noisy) noexcept {
  if (noisy.empty() || host.size() < noisy.size()) return false;
  const std::string_view end = host.substr(host.size() - noisy.size());
  if (!base::equals_ignoring_case(end, noisy)) return false;
  return end.size() == host.size() || host[host.size() - end.size() - 1] == '.';
}

bool is_noisy(const SpanData& span, const std::vector<std::string>& hosts) noexcept {
  if (hosts.empty()) return false;
  const std::string_view host = host_of(span);
  return std::any_of(hosts.begin(), hosts.end(),
                     [&](const std::string& noisy) { return is_at(host, noisy); });
}

/// Spans that are one, as far as people care.
struct Group {
  std::size_t first = 0;
  std::int64_t count = 0;
  double sum_ms = 0;
  double max_ms = 0;
};

class Grouping {
 public:
  explicit Grouping(std::vector<SpanData>& spans) : spans_(spans), is_out_(spans.size(), false) {}

  void take_out(const std::vector<std::string>& noisy_hosts) {
    for (std::size_t i = 0; i < spans_.size(); ++i) is_out_[i] = is_noisy(spans_[i], noisy_hosts);
  }

  void merge() {
    std::unordered_map<std::string, Group> groups;
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      if (is_out_[i]) continue;
      Group& group = groups[key_of(spans_[i])];
      if (group.count == 0) group.first = i;
      is_out_[i] = group.count > 0;
      add(spans_[i], group);
    }
    for (const auto& [key, group] : groups) tell(group);
  }

  /// Before this, parents may be spans that are taken out.
  void leave() {
    for (std::size_t i = 0; i < spans_.size(); ++i) index_.emplace(spans_[i].span_id, i);
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      if (!is_out_[i]) spans_[i].parent_span_id = kept_parent(i);
    }
    std::size_t i = 0;
    std::erase_if(spans_, [&](const SpanData&) { return is_out_[i++]; });
  }

 private:
  static std::string key_of(const SpanData& span) {
    std::string key = span.op;
    key += '\0';
    key += base::utf8_prefix_characters(span.description, kComparedCharacters);
    return key;
  }

  static void add(const SpanData& span, Group& group) {
    const std::chrono::duration<double, std::milli> taken = span.timestamp - span.start_timestamp;
    ++group.count;
    group.sum_ms += taken.count();
    group.max_ms = std::max(group.max_ms, taken.count());
  }

  void tell(const Group& group) {
    if (group.count < 2) return;
    SpanData& span = spans_[group.first];
    span.description += " (x" + std::to_string(group.count) + ")";
    span.data.set("grouped_count", Value(group.count));
    span.data.set("grouped_duration_sum_ms", Value(group.sum_ms));
    span.data.set("grouped_duration_max_ms", Value(group.max_ms));
  }

  /// Each span on the way up that is taken out is passed once: it then points where it led. A ring
  /// of spans, which only a hook can have made, ends at its own length.
  std::string kept_parent(std::size_t child) {
    std::string parent = spans_[child].parent_span_id;
    std::vector<std::size_t> passed;
    while (passed.size() <= spans_.size()) {
      const auto found = index_.find(parent);
      if (found == index_.end() || !is_out_[found->second]) break;
      passed.push_back(found->second);
      parent = spans_[found->second].parent_span_id;
    }
    for (const std::size_t i : passed) spans_[i].parent_span_id = parent;
    return parent;
  }

  std::vector<SpanData>& spans_;
  std::vector<bool> is_out_;
  std::unordered_map<std::string, std::size_t> index_{};  // by id
};

}  // namespace

BeforeSend group_spans(std::vector<std::string> noisy_hosts) {
  return [noisy_hosts = std::move(noisy_hosts)](Event& event, const Hint&) {
    Grouping grouping(event.spans);
    grouping.take_out(noisy_hosts);
    grouping.merge();
    grouping.leave();
    return Verdict::keep;
  };
}

}  // namespace picket::filters
