#pragma once

// The key figures of a service as they stood at any moment, from received data alone: the same
// `picket::Figures` that the service counts itself. Both agree where nothing was sampled or lost;
// commands come from metrics, which are not sampled. Names are not bounded here.
// `alert_replay.hpp` asks it what would have raised an alert.
//
//   const History history(server->received());
//   CHECK(history.figures_at(history.end()).errors.total == 11);

#include "ingest/received.hpp"
#include "ingest/runs.hpp"
#include "picket/figures.hpp"

#include <map>
#include <string>
#include <vector>

namespace picket::ingest {

class History {
 public:
  explicit History(const Received& received);

  /// Everything that had happened by then. Spec: S10.1 to S10.5.
  [[nodiscard]] Figures figures_at(WallTime now) const;

  /// The part of it that alerts look at: no timings, names, users.
  [[nodiscard]] Figures windows_at(WallTime now) const;

  /// When a window changes, up to `end` and in order: something enters or leaves it.
  [[nodiscard]] std::vector<WallTime> turning_points(WallTime end) const;

  /// When the last thing happened; the epoch if nothing did.
  [[nodiscard]] WallTime end() const;

 private:
  using Times = std::vector<WallTime>;  // in order
  struct Error {
    WallTime time{};
    std::string kind{};
    std::string type{};
    std::string user{};
    std::uint64_t suppressed = 0;
  };
  struct Command {
    Times ok{};
    Times failed{};
    Times user_errors{};
    std::vector<Timed> timed{};  // in order
  };

  void read_errors(const Received& received);
  void read_commands(const std::vector<MetricRecord>& metrics);
  [[nodiscard]] Times all_times() const;
  [[nodiscard]] static Rate rate(const Times& times, WallTime now);
  [[nodiscard]] static CommandFigures windows(const Command& command, WallTime now);
  void add_errors(Figures& figures, WallTime now) const;

  std::vector<Error> errors_{};  // in order
  Times error_times_{};
  Times database_errors_{};
  std::map<std::string, Command> commands_{};
  Command all_commands_{};
  std::vector<Timed> database_{};
  std::vector<Timed> api_{};
};

}  // namespace picket::ingest
