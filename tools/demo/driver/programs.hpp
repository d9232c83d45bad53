#pragma once

// The programs of the demo as child processes: `picket-ingest`, which plays the server, and the two
// services that are watched: `picket-bot`, and `picket-chat`, which the bot calls.

#include "driver/arrivals.hpp"
#include "driver/child.hpp"
#include "picket/value.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// Where the programs are, and where files may be written.
struct Places {
  std::string bot{};
  std::string chat{};
  std::string ingest{};
  std::string root{};       // of the source tree
  std::string folder{};     // temporary
  std::string envelopes{};  // where to keep what arrives, as it came; empty: nowhere
};

/// What is wanted of a server beside what arrived.
struct IngestWishes {
  std::string report_until{};  // as of when a report is made, such as `+60`; empty: none is
  bool keeps_bytes = false;
};

/// A server that runs until it is stopped.
class Ingest {
 public:
  /// `flags` as of the program; see `picket-ingest --help`.
  /// Errors: throws `std::runtime_error` when it does not start in time.
  explicit Ingest(const Places& places, const std::vector<std::string>& flags = {},
                  const IngestWishes& wishes = {});

  [[nodiscard]] const std::string& dsn() const noexcept { return dsn_; }
  [[nodiscard]] std::string port() const;

  /// Waits for that many requests, whatever became of them.
  bool wait_for_requests(std::size_t count);

  /// Ends the server and reads what it took in.
  Arrivals stop();

  /// After `stop`: what it makes of that, as `picket-ingest --report-json` writes it.
  /// Errors: throws `std::runtime_error` when there is none.
  [[nodiscard]] picket::Value report() const;

  /// The same for people.
  [[nodiscard]] std::string report_text();

  /// After `stop`: every envelope as it arrived, one after the other.
  [[nodiscard]] std::string bytes() const;

 private:
  std::string folder_;  // of this server alone
  Child child_;
  std::string dsn_;
};

/// A chat platform that runs until it is stopped.
class Chat {
 public:
  /// Errors: throws `std::runtime_error` when it does not start in time.
  Chat(const Places& places, const std::vector<std::string>& flags);

  [[nodiscard]] const std::string& url() const noexcept { return url_; }

  /// Ends it; what it has to report has been sent by then.
  /// Errors: throws `std::runtime_error` when it does not end in time, or not well.
  void stop();

 private:
  Child child_;
  std::string url_;
};

/// A bot that reads lines from us.
class Bot {
 public:
  Bot(const Places& places, const std::vector<std::string>& flags);

  /// Sends one line and returns its reply.
  /// Errors: throws `std::runtime_error` when none comes in time.
  std::string ask(std::string_view line);

  /// Sends one line without waiting.
  void say(std::string_view line);

  /// Sends SIGTERM and waits for the bot to end; returns its exit code.
  /// Errors: as `finish`.
  int terminate();

  /// True once a line of its log holds `text`; false when none comes in time.
  bool wait_for_log(std::string_view text);

  /// True once there are that many replies.
  bool wait_for_replies(std::size_t count);

  /// Ends the input and waits for the bot to end; returns its exit code.
  /// Errors: throws `std::runtime_error` when it does not end in time.
  int finish();

  /// The replies so far in the order of their lines.
  [[nodiscard]] std::vector<std::string> replies();

  /// Its log so far.
  [[nodiscard]] std::vector<std::string> log() { return child_.errors().all(); }

  [[nodiscard]] Child& child() noexcept { return child_; }

 private:
  int wait_for_end();

  Child child_;
  std::size_t said_ = 0;
};

}  // namespace demo
