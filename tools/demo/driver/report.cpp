#include "driver/report.hpp"

#include "driver/json_path.hpp"
#include "picket/json.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace demo {

namespace {

constexpr std::size_t kMaxDifferences = 10;

/// `raised slow_command developers 6 > 5 slow`.
std::optional<Alert> parse_alert(std::string_view text) {
  const auto mark = text.find(" > ");
  const auto kind = text.find(' ');
  if (mark == std::string_view::npos || kind >= mark) return std::nullopt;
  const auto value = text.rfind(' ', mark - 1);
  if (value <= kind) return std::nullopt;
  Alert alert{.is_raised = text.starts_with("raised "),
              .rule = std::string(text.substr(kind + 1, value - kind - 1))};
  alert.value = std::strtod(std::string(text.substr(value + 1)).c_str(), nullptr);
  const std::string_view rest = text.substr(mark + 3);
  const auto end = std::min(rest.find(' '), rest.size());
  alert.threshold = std::strtod(std::string(rest.substr(0, end)).c_str(), nullptr);
  alert.command = rest.substr(std::min(end + 1, rest.size()));
  return alert;
}

class Comparison {
 public:
  explicit Comparison(double tolerance) : tolerance_(tolerance) {}

  void compare(const std::string& path, const picket::Value& bot, const picket::Value& server) {
    const auto* ours = bot.as_object();
    const auto* theirs = server.as_object();
    if (ours != nullptr && theirs != nullptr) return compare_members(path, *ours, *theirs);
    if (!is_equal(bot, server)) tell(path, picket::to_json(bot), picket::to_json(server));
  }

  [[nodiscard]] std::vector<std::string> take() { return std::move(found_); }

 private:
  void compare_members(const std::string& path, const picket::Object& bot,
                       const picket::Object& server) {
    for (const auto& [key, value] : bot) {
      const picket::Value* other = server.find(key);
      const std::string below = path.empty() ? std::string(key) : fmt::format("{}/{}", path, key);
      other == nullptr ? tell(below, picket::to_json(value), "nothing")
                       : compare(below, value, *other);
    }
    for (const auto& [key, value] : server) {
      if (bot.find(key) != nullptr) continue;
      tell(path.empty() ? std::string(key) : fmt::format("{}/{}", path, key), "nothing",
           picket::to_json(value));
    }
  }

  [[nodiscard]] bool is_equal(const picket::Value& bot, const picket::Value& server) const {
    if (!bot.is_number() || !server.is_number()) return bot == server;
    const double ours = bot.number_or(0);
    const double theirs = server.number_or(0);
    constexpr double kTick = 0.0021;  // of a time stamp: two of a microsecond each, in milliseconds
    const double largest = std::max(std::abs(ours), std::abs(theirs));
    return std::abs(ours - theirs) <= std::max(tolerance_ * largest, kTick);
  }

  void tell(const std::string& path, const std::string& bot, const std::string& server) {
    if (found_.size() < kMaxDifferences) {
      found_.push_back(fmt::format("{}: bot {}, server {}", path, bot, server));
    }
  }

  double tolerance_;
  std::vector<std::string> found_{};
};

}  // namespace

std::vector<Alert> alerts_in(const std::vector<std::string>& log) {
  constexpr std::string_view kMark = ": alert ";
  std::vector<Alert> alerts;
  for (const std::string& line : log) {
    const auto mark = line.find(kMark);
    if (mark == std::string::npos) continue;
    auto alert = parse_alert(std::string_view(line).substr(mark + kMark.size()));
    if (alert) alerts.push_back(std::move(*alert));
  }
  return alerts;
}

std::vector<Alert> alerts_of(const picket::Value& report) {
  std::vector<Alert> alerts;
  const auto* list = value_at(report, "alerts").as_list();
  if (list == nullptr) return alerts;
  for (const picket::Value& one : *list) {
    alerts.push_back({.is_raised = text_at(one, "change") == "raised",
                      .rule = text_at(one, "rule") + " " + text_at(one, "audience"),
                      .value = one.at("value").number_or(0),
                      .threshold = one.at("threshold").number_or(0),
                      .command = std::string(one.at("command").text_or(""))});
  }
  return alerts;
}

std::string to_text(const std::vector<Alert>& alerts) {
  std::vector<std::string> lines;
  for (const Alert& alert : alerts) {
    lines.push_back(fmt::format("{} {} > {}{}{}", alert.is_raised ? "raised" : "recovered",
                                alert.rule, alert.threshold, alert.command.empty() ? "" : " ",
                                alert.command));
  }
  std::ranges::sort(lines);
  return fmt::format("{}", fmt::join(lines, "\n"));
}

std::vector<std::string> differences(const picket::Value& bot, const picket::Value& server,
                                     double tolerance) {
  Comparison comparison(tolerance);
  comparison.compare("", bot, server);
  return comparison.take();
}

std::string section_of(const std::string& report, std::string_view title) {
  constexpr std::string_view kRule = "── ";
  const auto start = report.find(std::string(kRule) + std::string(title));
  if (start == std::string::npos) return {};
  const auto end = report.find(kRule, start + kRule.size());
  return report.substr(start, end == std::string::npos ? end : end - start);
}

}  // namespace demo
