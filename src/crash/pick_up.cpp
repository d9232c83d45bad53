#include "crash/pick_up.hpp"

#include "base/contain.hpp"
#include "base/diagnostics.hpp"
#include "crash/crash_files.hpp"
#include "crash/finished_report.hpp"
#include "picket/envelope.hpp"
#include "protocol/outgoing_envelope.hpp"
#include "transport/descriptor.hpp"
#include "transport/spool_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace picket::crash {
namespace {

using transport::Descriptor;

constexpr std::uint64_t kMostBytes = 4U << 20U;  // no report of ours is larger
constexpr std::size_t kMostFiles = 1000;
constexpr std::chrono::milliseconds kTimeForNames{
    2000};  // for all files: the worker has more to do

/// The folder of one DSN.
class Folder {
 public:
  Folder(const Options& options, const std::string& dsn)
      : whose_(whose(dsn)),
        folder_(Descriptor::open_at(AT_FDCWD, crash_folder(options.spool_directory).c_str(),
                                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) {}

  [[nodiscard]] std::vector<std::string> names(std::string_view ending) const {
    std::vector<std::string> found;
    if (!folder_ || whose_.empty()) return found;
    const int copy = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(copy < 0 ? nullptr : ::fdopendir(copy),
                                                        ::closedir);
    if (!directory) {
      if (copy >= 0) ::close(copy);
      return found;
    }
    while (const dirent* const entry = ::readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name.starts_with(whose_ + "-") && name.ends_with(ending) && found.size() < kMostFiles) {
        found.emplace_back(name);
      }
    }
    return found;
  }

  /// Opens a file that no other process has locked, and locks it; it still bears its name then.
  [[nodiscard]] Descriptor claim(const std::string& name) const {
    Descriptor file =
        Descriptor::open_at(folder_.get(), name.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK);
    struct stat status {};
    const bool ours = file && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 &&
                      ::fstat(file.get(), &status) == 0 && status.st_nlink > 0;
    if (!ours) file.close();
    return file;
  }

  /// A crash of a process that lives still has a lock on its marker.
  [[nodiscard]] bool is_alive(const std::string& report) const {
    const std::string marker =
        report.substr(0, report.size() - kReportEnding.size()).append(kMarkerEnding);
    const Descriptor file =
        Descriptor::open_at(folder_.get(), marker.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK);
    return file && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  }

  void remove(const std::string& name) const { ::unlinkat(folder_.get(), name.c_str(), 0); }

 private:
  std::string whose_;
  Descriptor folder_;
};

std::optional<std::string> contents(const Descriptor& file) {
  const auto size = transport::size_of_own_file(file);
  if (!size || *size > kMostBytes) return std::nullopt;
  return transport::read_exactly(file, 0, *size);
}

/// `picket crash 1 <event id> <microseconds> <reason>`
std::optional<LastCrash> parse_marker(std::string_view line) {
  constexpr std::string_view kStart = "picket crash 1 ";
  constexpr std::size_t kIdDigits = 32;
  if (!line.starts_with(kStart) || !line.ends_with('\n')) return std::nullopt;
  line.remove_prefix(kStart.size());
  line.remove_suffix(1);
  const auto id = EventId::parse(line.substr(0, std::min(kIdDigits, line.size())));
  if (!id || line.size() <= kIdDigits + 1) return std::nullopt;
  line.remove_prefix(kIdDigits + 1);
  std::int64_t microseconds = 0;
  const char* const end = line.data() + line.size();
  const auto [rest, error] = std::from_chars(line.data(), end, microseconds);
  if (error != std::errc{} || rest == end) return std::nullopt;
  return LastCrash{.event_id = *id,
                   .timestamp = WallTime(std::chrono::microseconds(microseconds)),
                   .reason = type_as_told({rest + 1, end}).type};
}

/// Takes all markers away; the newest is told.
std::optional<LastCrash> take_markers(const Folder& folder) {
  std::optional<LastCrash> newest;
  for (const std::string& name : folder.names(kMarkerEnding)) {
    const Descriptor file = folder.claim(name);
    if (!file) continue;
    const auto line = contents(file);
    auto crash = line ? parse_marker(*line) : std::nullopt;
    folder.remove(name);
    if (crash && (!newest || newest->timestamp < crash->timestamp)) newest = std::move(crash);
  }
  return newest;
}

void store(const client::Config& config, transport::Spool& spool, protocol::LossLedger& ledger,
           const Folder& folder, const std::string& name, base::Deadline deadline) {
  if (folder.is_alive(name)) return;
  const Descriptor file = folder.claim(name);
  if (!file) return;
  const auto bytes = contents(file);
  const auto stored = bytes ? Envelope::parse(*bytes) : Result<Envelope>(Error{});
  const EnvelopeItem* const item = stored ? stored->find("event") : nullptr;
  const Value* const id = stored ? stored->headers.find("event_id") : nullptr;
  const std::string* const id_text = id != nullptr ? id->as_text() : nullptr;
  const auto event_id = id_text != nullptr ? EventId::parse(*id_text) : std::nullopt;
  auto payload = item != nullptr ? finished_report(config, item->payload, deadline) : std::nullopt;
  if (!event_id || !payload) {
    diag::warn("the report of a crash in '{}' makes no sense and is removed", name);
    return folder.remove(name);
  }
  protocol::OutgoingEnvelope envelope(
      {.event_id = *event_id, .dsn = config.dsn->to_string(), .trace = {}});
  envelope.add_item("event", *payload, {{protocol::DataCategory::error, 1}});
  std::vector<transport::Spool::Lost> lost;
  const auto kept =
      spool.store(envelope, protocol::kFatalPriority, protocol::DataCategory::error, {}, lost);
  if (!kept || !spool.sync()) return;  // the next run tries again
  ledger.recovered(protocol::DataCategory::error);
  diag::info("the report {} of a crash of an earlier run is sent now", event_id->to_string());
  folder.remove(name);
}

}  // namespace

std::optional<bool> look_for_crash(const Options& options, const std::string& dsn) noexcept {
  if (options.spool_directory.empty()) return std::nullopt;
  return base::contain(std::optional<bool>{}, [&]() -> std::optional<bool> {
    const Folder folder(options, dsn);
    if (!options.on_crashed_last_run) return take_markers(folder).has_value();
    for (const std::string& name : folder.names(kMarkerEnding)) {
      if (folder.claim(name)) return true;
    }
    return false;
  });
}

void pick_up(const client::Config& config, transport::Spool& spool, protocol::LossLedger& ledger) {
  const Options& options = config.options;
  const Folder folder(options, config.dsn->to_string());
  const base::Deadline deadline = base::deadline_in(kTimeForNames);
  for (const std::string& name : folder.names(kReportEnding)) {
    base::contain([&] { store(config, spool, ledger, folder, name, deadline); });
  }
  if (!options.on_crashed_last_run) return;
  if (const auto crash = take_markers(folder)) {
    base::contain([&] { options.on_crashed_last_run(*crash); });
  }
}

}  // namespace picket::crash
