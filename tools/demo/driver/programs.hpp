#pragma once

// The programs of the demo as child processes: `picket-ingest`, which plays the server, and the two
// services that are watched: `picket-bot`, and `picket-chat`, which the bot calls.

#include "driver/arrivals.hpp"
#include "driver/child.hpp"

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

/// A server that runs until it is stopped.
class Ingest {
 public:
  /// `flags` as of the program; see `picket-ingest --help`.
  /// Errors: throws `std::runtime_error` when it does not start in time.
  Ingest(const Places& places, const std::vector<std::string>& flags = {});

  [[nodiscard]] const std::string& dsn() const noexcept { return dsn_; }
  [[nodiscard]] std::string port() const;

  /// Waits for that many requests, whatever became of them.
  bool wait_for_requests(std::size_t count);

  /// Ends the server and reads what it took in.
  Arrivals stop();

 private:
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

  /// Ends the input and waits for the bot to end; returns its exit code.
  /// Errors: throws `std::runtime_error` when it does not end in time.
  int finish();

  /// The replies so far in the order of their lines.
  [[nodiscard]] std::vector<std::string> replies();

  /// Its log so far.
  [[nodiscard]] std::vector<std::string> log() { return child_.errors().all(); }

  [[nodiscard]] Child& child() noexcept { return child_; }

 private:
  Child child_;
  std::size_t said_ = 0;
};

}  // namespace demo
