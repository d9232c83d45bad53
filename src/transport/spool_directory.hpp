#pragma once

// The directory of a spool: whose files lie in it, and which of them belong to nobody any more.
//
//   <whose>-0-<owner>.lock                        locked by a process as long as it lives
//   <whose>-<worth>-<when>-<owner>-<serial>.spool one segment of that process
//
// `whose` is a digest of the DSN, `worth` 1 (valuable) or 2, the rest are hex numbers. An owner
// whose lock is free, or gone, is gone itself and never comes back. Its segments belong to whoever
// renames one to a name of its own first: that is one step, so no two processes ever have the same
// segment, and it never has none. A process keeps one descriptor for its lock however many segments
// it has, and a child of `fork()` closes it.

#include "picket/clock.hpp"
#include "picket/result.hpp"
#include "transport/descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picket::transport {

/// Two kinds of segments, so that room is made where it costs least.
enum class Worth : std::uint8_t { valuable, lesser };

/// What the name of a segment tells.
struct SegmentName {
  Worth worth = Worth::lesser;
  std::uint64_t created = 0;  // microseconds since 1970
};

/// Threads: one at a time.
class SpoolDirectory {
 public:
  /// Makes the directory with mode 0700 when it is missing, its parents too, and a lock of our own
  /// in it, which shows whether files can be made there.
  /// Errors: `Errc::unavailable`; the message names the directory, the cause and what to do.
  static Result<SpoolDirectory> open(const std::string& path, std::string_view dsn);

  SpoolDirectory(SpoolDirectory&&) noexcept = default;
  SpoolDirectory& operator=(SpoolDirectory&&) = delete;
  ~SpoolDirectory();  // gives up what is ours: the next process may take it over

  [[nodiscard]] int descriptor() const noexcept { return directory_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  [[nodiscard]] std::string own_name(const SegmentName& name, std::uint32_t serial) const;
  [[nodiscard]] std::optional<SegmentName> parse(std::string_view name) const noexcept;

  /// The next segment of a process that is gone: valuable ones first, then the oldest. Nothing at
  /// the end of the list; the call after that begins a new one.
  /// Units: memory for a thousand names, whatever lies in the directory; time for all of them.
  std::optional<std::string> next_abandoned();

  [[nodiscard]] Descriptor open_file(const std::string& name, int flags) const noexcept;
  bool remove_file(const std::string& name) const noexcept;

  /// Removes what crashes of this DSN have left behind, see `crash/crash_files.hpp`.
  void remove_crash_files() const noexcept;

  /// Gives a segment a name of ours.
  /// Errors: false when another process was faster.
  bool adopt(const std::string& name, const std::string& own_name) const noexcept;

 private:
  SpoolDirectory() = default;

  [[nodiscard]] Result<bool> make_lock();
  void list_more();
  [[nodiscard]] bool is_gone(const std::string& owner);
  [[nodiscard]] std::string lock_name(std::string_view owner) const;

  std::string path_;
  std::string whose_;
  std::string owner_;
  Descriptor directory_;
  Descriptor lock_;
  std::vector<std::string> listed_;  // the next one last
  std::string listed_up_to_;         // names up to this one were in `listed_` before
  std::vector<std::string> alive_;   // owners that were found alive during this list
};

}  // namespace picket::transport
