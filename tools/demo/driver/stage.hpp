#pragma once

// What a step works with: programs to start, checks to make, and a place to keep what arrived for
// the tables at the end.

#include "driver/arrivals.hpp"
#include "driver/checks.hpp"
#include "driver/programs.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace demo {

/// One complete run of the bot with a server of its own.
struct Run {
  int exit_code = 0;
  std::vector<std::string> replies{};
  std::vector<std::string> log{};
  Arrivals arrivals{};

  /// Lines of the log that hold `text`.
  [[nodiscard]] std::size_t log_count(std::string_view text) const;
};

/// What a step received.
struct Kept {
  std::string step{};
  Arrivals arrivals{};
};

class Stage {
 public:
  explicit Stage(Places places) : places_(std::move(places)) {}

  [[nodiscard]] const Places& places() const noexcept { return places_; }
  [[nodiscard]] Checks& checks() noexcept { return checks_; }
  [[nodiscard]] const Checks& checks() const noexcept { return checks_; }

  void begin(std::string_view step);

  /// Runs `lines` on one thread against a healthy server, from the bot's start to its end.
  Run run(const std::vector<std::string>& lines, std::vector<std::string> flags = {});

  /// As `run`, but with a chat platform for the bot to talk to, which reports to the same server.
  Run run_with_chat(const std::vector<std::string>& lines, std::vector<std::string> flags);

  /// As `run`, but without a DSN and without a server.
  Run run_unmonitored(const std::vector<std::string>& lines, const std::vector<std::string>& flags);

  /// Remembers a part of the server's report, to be shown before the table.
  void show(std::string text) { shown_ += std::move(text); }
  [[nodiscard]] const std::string& shown() const noexcept { return shown_; }

  /// Remembers what arrived for the tables at the end.
  void keep(const Arrivals& arrivals);

  [[nodiscard]] const std::vector<Kept>& kept() const noexcept { return kept_; }

 private:
  Places places_;
  Checks checks_;
  std::string step_;
  std::vector<Kept> kept_;
  std::string shown_;
};

/// `error id 32 hex digits` becomes `error id …`: what differs from run to run.
std::string without_error_id(const std::string& reply);

/// The id that a reply quotes, or empty.
std::string error_id_of(const std::string& reply);

}  // namespace demo
