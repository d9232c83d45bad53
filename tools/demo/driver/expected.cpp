#include "driver/expected.hpp"

#include "driver/event_text.hpp"
#include "driver/json_path.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace demo {

namespace {

constexpr std::array<std::string_view, 6> kWork{"command.", "task.", "database.",
                                                "api.",     "cog.",  "cache."};

/// The last steps of a path, which is what a person recognises: `tags/error.type`.
std::string short_path(const std::string& path) {
  constexpr std::string_view kException = "exception/values/-1/";
  return path.starts_with(kException) ? path.substr(kException.size()) : path;
}

std::vector<Fact> seen_of(const picket::Value& document, std::vector<Fact> facts) {
  for (Fact& fact : facts) fact.text = text_at(document, fact.path);
  return facts;
}

std::string joined(const std::vector<Fact>& facts) {
  std::vector<std::string> texts;
  for (const Fact& fact : facts) {
    texts.push_back(fmt::format("{}={}", short_path(fact.path), fact.text));
  }
  return fmt::format("{}", fmt::join(texts, "\n"));
}

std::string name_of(const picket::Value& transaction) {
  return fmt::format("transaction {} {}", text_at(transaction, "contexts/trace/op"),
                     text_at(transaction, "transaction"));
}

/// Those that the library makes of commands, tasks, queries, calls, modules and caches. (T13)
bool is_known_metric(std::string_view name) {
  constexpr std::string_view kService = "bot.";
  if (!name.starts_with(kService)) return false;
  name.remove_prefix(kService.size());
  return std::ranges::any_of(kWork, [&](std::string_view work) { return name.starts_with(work); });
}

std::vector<std::string> left_over(const Arrivals& arrivals,
                                   const std::vector<bool>& is_taken_event,
                                   const std::vector<bool>& is_taken) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < is_taken_event.size() && found.size() < 5; ++i) {
    if (!is_taken_event[i]) found.push_back("event " + title_of(arrivals.events[i]));
  }
  for (std::size_t i = 0; i < is_taken.size() && found.size() < 10; ++i) {
    if (!is_taken[i]) found.push_back(name_of(arrivals.transactions[i]));
  }
  for (const auto& [name, count] : arrivals.metrics) {
    if (!is_known_metric(name)) found.push_back("metric " + name);
  }
  for (const std::string& type : arrivals.strange) found.push_back("item " + type);
  if (arrivals.duplicates > 0) found.push_back(fmt::format("{} doubles", arrivals.duplicates));
  return found;
}

std::vector<std::string> unexpected_losses(const std::map<std::string, std::uint64_t>& seen,
                                           const std::map<std::string, std::uint64_t>& taken) {
  std::vector<std::string> found;
  for (const auto& [kind, count] : seen) {
    if (!taken.contains(kind)) found.push_back(fmt::format("{} lost: {}", count, kind));
  }
  return found;
}

/// Each remark stands for one complaint that holds it; of the rest the first three.
std::vector<std::string> unexpected_complaints(std::vector<std::string> complaints,
                                               const std::vector<std::string>& remarks) {
  for (const std::string& remark : remarks) {
    const auto found = std::ranges::find_if(complaints, [&](const std::string& complaint) {
      return complaint.find(remark) != std::string::npos;
    });
    if (found != complaints.end()) complaints.erase(found);
  }
  complaints.resize(std::min<std::size_t>(complaints.size(), 3));
  return complaints;
}

const picket::Value kNull;

/// Takes the first payload that has all of `marks`; null when there is none.
const picket::Value& take(const std::vector<picket::Value>& payloads, std::vector<bool>& is_taken,
                          const std::vector<Fact>& marks) {
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    if (is_taken[i] || joined(marks) != joined(seen_of(payloads[i], marks))) continue;
    is_taken[i] = true;
    return payloads[i];
  }
  return kNull;
}

}  // namespace

const picket::Value& Expected::event(std::string what, const std::vector<Fact>& facts) {
  const auto next = std::ranges::find(is_taken_event_, false);
  if (next == is_taken_event_.end()) {
    checks_.holds(std::move(what), joined(facts), "no further event", false);
    return kNull;
  }
  *next = true;
  const auto& event = arrivals_.events[static_cast<std::size_t>(next - is_taken_event_.begin())];
  this->facts(std::move(what), event, facts);
  return event;
}

const picket::Value& Expected::event_with(std::string what, const std::vector<Fact>& marks,
                                          const std::vector<Fact>& facts) {
  const picket::Value& event = take(arrivals_.events, is_taken_event_, marks);
  compare(std::move(what), "no such event", event, marks, facts);
  return event;
}

const picket::Value& Expected::transaction(std::string what, const std::vector<Fact>& marks,
                                           const std::vector<Fact>& facts) {
  const picket::Value& transaction = take(arrivals_.transactions, is_taken_, marks);
  compare(std::move(what), "no such transaction", transaction, marks, facts);
  return transaction;
}

void Expected::compare(std::string what, const char* failure, const picket::Value& found,
                       const std::vector<Fact>& marks, const std::vector<Fact>& facts) {
  if (found.is_null()) return checks_.holds(std::move(what), joined(marks), failure, false);
  this->facts(std::move(what), found, facts);
}

void Expected::facts(std::string what, const picket::Value& document,
                     const std::vector<Fact>& facts) {
  checks_.equal(std::move(what), joined(facts), joined(seen_of(document, facts)));
}

void Expected::dropped(const std::string& kind, std::uint64_t count) {
  const auto found = arrivals_.discarded.find(kind);
  losses_[kind] = count;
  checks_.equal("client report: " + kind, count,
                found == arrivals_.discarded.end() ? 0 : found->second);
}

void Expected::take_losses(const std::string& kind) {
  const auto found = arrivals_.discarded.find(kind);
  if (found != arrivals_.discarded.end()) losses_.insert(*found);
}

void Expected::remark(std::string_view text) {
  const auto count = std::ranges::count_if(arrivals_.complaints, [&](const std::string& complaint) {
    return complaint.find(text) != std::string::npos;
  });
  remarks_.emplace_back(text);
  checks_.equal("the server's remark", 1, count);
}

void Expected::nothing_else() {
  std::vector<std::string> found = left_over(arrivals_, is_taken_event_, is_taken_);
  for (auto& loss : unexpected_losses(arrivals_.discarded, losses_)) found.push_back(loss);
  for (const std::string& complaint : unexpected_complaints(arrivals_.complaints, remarks_)) {
    found.push_back("protocol: " + complaint);
  }
  checks_.equal("anything else", std::string("nothing"),
                found.empty() ? "nothing" : fmt::format("{}", fmt::join(found, "\n")));
}

}  // namespace demo
