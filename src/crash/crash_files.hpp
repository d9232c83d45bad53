#pragma once

// What a crash leaves in the spool directory, in a folder `crashes` of its own:
//
//   <whose>-<event id>.crash      a line: that there was a crash, see `LastCrash`
//   <whose>-<event id>.envelope   its report, until it has been sent
//
// `whose` is a digest of the DSN, as in `transport/spool_directory.hpp`. A file is written under
// another name first, so what bears one of these is whole. The process that failed keeps its
// `.crash` locked as long as it lives: whoever can lock one has found a crash that ended a process.
//
// A file that is written survives the process, whatever ends it. To wait until the disk has it too
// is of use when the machine fails next, and may take seconds on a busy one, in which no signal
// comes through; so that comes last, see `sync`.

#include "crash/facts.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace picket::crash {

inline constexpr std::string_view kMarkerEnding = ".crash";
inline constexpr std::string_view kReportEnding = ".envelope";
inline constexpr std::size_t kWhoseDigits = 16;

/// The folder below a spool directory.
std::string crash_folder(const std::string& spool_directory);

/// Empty when no digest could be made.
std::string whose(std::string_view dsn);

/// Paths in memory that was there before; for one process at a time.
class CrashFiles {
 public:
  /// Empty: nothing is ever written.
  CrashFiles() = default;
  CrashFiles(const std::string& spool_directory, std::string_view dsn);

  [[nodiscard]] bool is_wanted() const noexcept { return !folder_.empty(); }

  /// Errors:  false when the disk refused.
  /// Threads: signal handler; one at a time; so all below.
  bool write_marker(const EventId& id, WallTime time, std::string_view reason) noexcept;
  bool write_report(const EventId& id, std::string_view header, std::string_view item,
                    std::string_view payload) noexcept;

  void remove_report() noexcept;

  /// Has the disk take what was written.
  void sync() noexcept;

  /// The process lives on.
  void remove_marker() noexcept;

 private:
  using Path = std::array<char, 4096>;

  bool set_paths(const EventId& id, std::string_view ending, Path& path) noexcept;
  int create() noexcept;

  std::string parent_;
  std::string folder_;
  std::string whose_;
  Path temporary_{};
  Path marker_{};
  Path report_{};
  int marker_file_ = -1;
  int report_file_ = -1;
};

}  // namespace picket::crash
