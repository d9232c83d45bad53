#pragma once

// One row of the table of failures, and what became of it: the program runs with picket off, then
// with picket on, then once more as the next start of the same program would.

#include "picket/value.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace picket::crash_tests {

enum class Server : unsigned char { listens, hangs, is_gone };  // while the program fails
enum class Build : unsigned char { usual, stripped, static_runtime };

struct Row {
  const char* way;
  const char* what;  // for people, see docs/failures.md
  const char* end;   // SIGSEGV, exit 3: with picket and without
  const char* type;  // of the reported exception; null: there is no report
  const char* text;  // a regular expression, found in its value
  /// The newest function of the host; with `=` the newest of all; `@`: it has no name, but its
  /// image and address are told.
  const char* frame;
  Server server = Server::listens;
  bool spool = true;
  Build build = Build::usual;
  bool later = false;  // nobody can send it before the next start
};

const std::vector<Row>& uncaught_rows();
const std::vector<Row>& crash_rows();

struct Outcome {
  std::string end_without{};
  std::string end_with{};
  std::chrono::milliseconds time{};  // with picket
  std::vector<Value> at_once{};      // fatal events that arrived while the program ended
  std::vector<Value> in_all{};       // and after the next start
  std::string complaints{};          // of the server
  std::string stored{};              // files in the spool when the program has ended
  std::string left{};                // and after the next start
};

/// Errors: throws when a program or a server cannot be started.
Outcome run(const Row& row, const std::string& program);

/// All of them, a few at a time; in the order of `rows`.
std::vector<Outcome> run_all(const std::vector<Row>& rows, const std::string& program);

}  // namespace picket::crash_tests
