#include "driver/expected.hpp"

#include "driver/event_text.hpp"
#include "driver/json_path.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace demo {

namespace {

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

std::vector<std::string> left_over(const Arrivals& arrivals, std::size_t taken,
                                   const std::vector<bool>& is_taken) {
  std::vector<std::string> found;
  for (std::size_t i = taken; i < arrivals.events.size() && found.size() < 5; ++i) {
    found.push_back("event " + title_of(arrivals.events[i]));
  }
  for (std::size_t i = 0; i < is_taken.size() && found.size() < 10; ++i) {
    if (!is_taken[i]) found.push_back(name_of(arrivals.transactions[i]));
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

}  // namespace

const picket::Value& Expected::event(std::string what, const std::vector<Fact>& facts) {
  static const picket::Value kNull;
  if (taken_ == arrivals_.events.size()) {
    checks_.holds(std::move(what), joined(facts), "no further event", false);
    return kNull;
  }
  const picket::Value& event = arrivals_.events[taken_++];
  this->facts(std::move(what), event, facts);
  return event;
}

const picket::Value& Expected::transaction(std::string what, const std::vector<Fact>& marks,
                                           const std::vector<Fact>& facts) {
  static const picket::Value kNull;
  for (std::size_t i = 0; i < arrivals_.transactions.size(); ++i) {
    const picket::Value& transaction = arrivals_.transactions[i];
    if (is_taken_[i] || joined(marks) != joined(seen_of(transaction, marks))) continue;
    is_taken_[i] = true;
    this->facts(std::move(what), transaction, facts);
    return transaction;
  }
  checks_.holds(std::move(what), joined(marks), "no such transaction", false);
  return kNull;
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

void Expected::nothing_else() {
  std::vector<std::string> found = left_over(arrivals_, taken_, is_taken_);
  for (auto& loss : unexpected_losses(arrivals_.discarded, losses_)) found.push_back(loss);
  for (std::size_t i = 0; i < arrivals_.complaints.size() && i < 3; ++i) {
    found.push_back("protocol: " + arrivals_.complaints[i]);
  }
  checks_.equal("anything else", std::string("nothing"),
                found.empty() ? "nothing" : fmt::format("{}", fmt::join(found, "\n")));
}

}  // namespace demo
