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

std::vector<std::string> left_over(const Arrivals& arrivals, std::size_t taken) {
  std::vector<std::string> found;
  for (std::size_t i = taken; i < arrivals.events.size() && found.size() < 5; ++i) {
    found.push_back("event " + title_of(arrivals.events[i]));
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
  std::vector<std::string> expected;
  for (const Fact& fact : facts) {
    expected.push_back(fmt::format("{}={}", short_path(fact.path), fact.text));
  }
  const std::string wanted = fmt::format("{}", fmt::join(expected, "\n"));
  if (taken_ == arrivals_.events.size()) {
    checks_.holds(std::move(what), wanted, "no further event", false);
    return kNull;
  }
  const picket::Value& event = arrivals_.events[taken_++];
  std::vector<std::string> seen;
  for (const Fact& fact : facts) {
    seen.push_back(fmt::format("{}={}", short_path(fact.path), text_at(event, fact.path)));
  }
  checks_.holds(std::move(what), wanted, fmt::format("{}", fmt::join(seen, "\n")),
                expected == seen);
  return event;
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
  std::vector<std::string> found = left_over(arrivals_, taken_);
  for (auto& loss : unexpected_losses(arrivals_.discarded, losses_)) found.push_back(loss);
  for (std::size_t i = 0; i < arrivals_.complaints.size() && i < 3; ++i) {
    found.push_back("protocol: " + arrivals_.complaints[i]);
  }
  checks_.equal("anything else", std::string("nothing"),
                found.empty() ? "nothing" : fmt::format("{}", fmt::join(found, "\n")));
}

}  // namespace demo
