#include "crash/crash_files.hpp"

#include "base/digest.hpp"
#include "base/ids.hpp"
#include "json/sink.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace picket::crash {
namespace {

void append_hex(json::FixedBuffer& out, const EventId& id) noexcept {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::byte byte : id.bytes()) {
    out.append(kDigits.substr(std::to_integer<unsigned>(byte) >> 4U, 1));
    out.append(kDigits.substr(std::to_integer<unsigned>(byte) & 15U, 1));
  }
}

bool write_all(int file, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t done = ::write(file, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

}  // namespace

std::string crash_folder(const std::string& spool_directory) {
  return spool_directory + "/crashes";
}

std::string whose(std::string_view dsn) {
  const auto digest = base::sha256(dsn);
  return digest ? base::to_hex(*digest).substr(0, kWhoseDigits) : std::string{};
}

CrashFiles::CrashFiles(const std::string& spool_directory, std::string_view dsn)
    : parent_(spool_directory), folder_(crash_folder(spool_directory)), whose_(whose(dsn)) {
  if (whose_.empty()) folder_.clear();
}

bool CrashFiles::set_paths(const EventId& id, std::string_view ending, Path& path) noexcept {
  for (Path* const one : {&temporary_, &path}) {
    json::FixedBuffer text(one->data(), one->size() - 1);
    text.append(folder_);
    text.append(one == &temporary_ ? "/new-" : "/");
    text.append(whose_);
    text.append("-");
    append_hex(text, id);
    text.append(ending);
    if (text.has_overflowed()) return false;
    (*one)[text.size()] = '\0';
  }
  return true;
}

/// mkdir, open, write, rename, fsync, unlink, flock, close: all of them mere system calls.
int CrashFiles::create() noexcept {
  ::mkdir(parent_.c_str(), 0700);
  ::mkdir(folder_.c_str(), 0700);
  return ::open(temporary_.data(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
}

bool CrashFiles::write_marker(const EventId& id, WallTime time, std::string_view reason) noexcept {
  if (!is_wanted() || marker_file_ >= 0 || !set_paths(id, kMarkerEnding, marker_)) return false;
  const int file = create();
  if (file < 0) return false;
  char line[512];
  json::FixedBuffer text(line, sizeof line);
  text.append("picket crash 1 ");
  append_hex(text, id);
  char digits[20];
  const auto end =
      std::to_chars(digits, digits + sizeof digits, time.time_since_epoch().count()).ptr;
  text.append(" ");
  text.append({digits, static_cast<std::size_t>(end - digits)});
  text.append(" ");
  text.append(reason);
  text.append("\n");
  ::flock(file, LOCK_EX | LOCK_NB);
  const bool done =
      write_all(file, text.view()) && ::rename(temporary_.data(), marker_.data()) == 0;
  if (!done) {
    ::unlink(temporary_.data());
    ::close(file);
    return false;
  }
  marker_file_ = file;  // never closed: the lock goes with the process
  return true;
}

bool CrashFiles::write_report(const EventId& id, std::string_view header, std::string_view item,
                              std::string_view payload) noexcept {
  if (!is_wanted() || !set_paths(id, kReportEnding, report_)) return false;
  const int file = create();
  if (file < 0) return false;
  const bool written = write_all(file, header) && write_all(file, item) &&
                       write_all(file, payload) && write_all(file, "\n");
  const bool done = written && ::rename(temporary_.data(), report_.data()) == 0;
  if (!done) {
    ::unlink(temporary_.data());
    ::close(file);
    return false;
  }
  if (report_file_ >= 0) ::close(report_file_);  // of a failure that somebody has repaired
  report_file_ = file;
  return true;
}

void CrashFiles::sync() noexcept {
  if (report_file_ >= 0) ::fsync(report_file_);
  if (marker_file_ >= 0) ::fsync(marker_file_);
}

void CrashFiles::remove_report() noexcept {
  if (is_wanted() && report_[0] != '\0') ::unlink(report_.data());
}

void CrashFiles::remove_marker() noexcept {
  if (marker_file_ < 0) return;
  ::unlink(marker_.data());
  ::close(marker_file_);
  marker_file_ = -1;
}

}  // namespace picket::crash
