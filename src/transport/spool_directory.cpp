#include "transport/spool_directory.hpp"

#include "base/diagnostics.hpp"
#include "base/digest.hpp"
#include "base/ids.hpp"
#include "transport/spool_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace picket::transport {
namespace {

constexpr std::size_t kListed = 1000;
constexpr std::size_t kWhoseDigits = 16;
constexpr std::size_t kWhenAt = kWhoseDigits + 3;  // behind `<whose>-<worth>-`
constexpr std::size_t kOwnerAt = kWhenAt + 17;
constexpr std::size_t kHexDigits = 16;  // of a time, and of an owner
constexpr std::string_view kSegmentEnding = ".spool";
constexpr std::string_view kLockEnding = ".lock";
constexpr const char* kCrashFolder = "crashes";
constexpr std::string_view kUnfinished = "new-";  // before the name of a file that is not whole
constexpr std::size_t kSegmentSize = kOwnerAt + kHexDigits + 1 + 8 + kSegmentEnding.size();
constexpr std::size_t kLockSize = kWhenAt + kHexDigits + kLockEnding.size();

Error unusable(const std::string& path, std::string_view cause) {
  return {Errc::unavailable,
          fmt::format("cannot keep a spool in '{}': {}; let Options::spool_directory name a "
                      "directory of its own that this user may write to",
                      path, cause)};
}

/// Makes `path` and what is missing above it. What cannot be made shows when it is opened.
void make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    ::mkdir(path.substr(0, slash).c_str(), 0700);
  }
  ::mkdir(path.c_str(), 0700);
}

std::optional<std::string> digest_of(std::string_view dsn) {
  const auto digest = base::sha256(dsn);
  if (!digest) return std::nullopt;
  return base::to_hex(*digest).substr(0, kWhoseDigits);
}

bool is_hex(std::string_view text) noexcept {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_lock(std::string_view name) noexcept {
  return name.size() == kLockSize && name.ends_with(kLockEnding) &&
         is_hex(name.substr(kWhenAt, kHexDigits));
}

}  // namespace

Result<SpoolDirectory> SpoolDirectory::open(const std::string& path, std::string_view dsn) {
  SpoolDirectory made;
  made.path_ = path;
  auto whose = digest_of(dsn);
  if (!whose) return unusable(path, "no digest of the DSN could be made");
  made.whose_ = std::move(*whose);
  make_directories(path);
  made.directory_ = Descriptor::open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  if (!made.directory_) return unusable(path, describe_errno(errno));
  struct stat status {};
  if (::fstat(made.directory_.get(), &status) != 0 || status.st_uid != ::geteuid()) {
    return unusable(path, "it belongs to another user");
  }
  if (const auto locked = made.make_lock(); !locked) return locked.error();
  return made;
}

SpoolDirectory::~SpoolDirectory() {
  if (lock_) remove_file(lock_name(owner_));  // without a lock an owner is gone
}

/// Another process may find the new file before it is locked, take its owner for dead and remove
/// it: then the next name is tried.
Result<bool> SpoolDirectory::make_lock() {
  for (int attempt = 0; attempt < 8; ++attempt) {
    owner_ = fmt::format("{:08x}{:08x}", static_cast<std::uint32_t>(::getpid()),
                         static_cast<std::uint32_t>(base::random_u64()));
    lock_ = Descriptor::open_at(descriptor(), lock_name(owner_).c_str(),
                                O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (!lock_ && errno == EEXIST) continue;
    if (!lock_) return unusable(path_, describe_errno(errno));
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) continue;
      const int code = errno;
      remove_file(lock_name(owner_));
      return unusable(path_, "files there cannot be locked, " + describe_errno(code));
    }
    struct stat status {};
    if (::fstat(lock_.get(), &status) == 0 && status.st_nlink > 0) return true;
  }
  lock_.close();
  return unusable(path_, "other processes remove its files");
}

std::string SpoolDirectory::lock_name(std::string_view owner) const {
  return fmt::format("{}-0-{}{}", whose_, owner, kLockEnding);
}

std::string SpoolDirectory::own_name(const SegmentName& name, std::uint32_t serial) const {
  return fmt::format("{}-{}-{:016x}-{}-{:08x}{}", whose_, name.worth == Worth::valuable ? 1 : 2,
                     name.created, owner_, serial, kSegmentEnding);
}

std::optional<SegmentName> SpoolDirectory::parse(std::string_view name) const noexcept {
  if (name.size() != kSegmentSize || !name.ends_with(kSegmentEnding)) return std::nullopt;
  if (!name.starts_with(whose_)) return std::nullopt;
  const char worth = name[kWhoseDigits + 1];
  if (worth != '1' && worth != '2') return std::nullopt;
  const std::string_view when = name.substr(kWhenAt, kHexDigits);
  if (!is_hex(when) || !is_hex(name.substr(kOwnerAt, kHexDigits))) return std::nullopt;
  SegmentName parsed{.worth = worth == '1' ? Worth::valuable : Worth::lesser, .created = 0};
  std::from_chars(when.data(), when.data() + when.size(), parsed.created, 16);
  return parsed;
}

/// The first thousand names behind those that were listed before, in the order in which they are
/// handled; names are made so that it is that of the alphabet, locks first.
void SpoolDirectory::list_more() {
  const int copy = ::openat(descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(copy < 0 ? nullptr : ::fdopendir(copy),
                                                      ::closedir);
  if (!directory) {
    if (copy >= 0) ::close(copy);
    return;
  }
  std::vector<std::string>& heap = listed_;  // the greatest on top
  while (const dirent* const entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(whose_) || name <= listed_up_to_) continue;
    if (!is_lock(name) && !parse(name)) continue;
    if (heap.size() == kListed) {
      if (name >= heap.front()) continue;
      std::pop_heap(heap.begin(), heap.end());
      heap.pop_back();
    }
    heap.emplace_back(name);
    std::push_heap(heap.begin(), heap.end());
  }
  std::sort(heap.begin(), heap.end(), std::greater<>());
  if (!heap.empty()) listed_up_to_ = heap.front();
}

std::optional<std::string> SpoolDirectory::next_abandoned() {
  for (;;) {
    if (listed_.empty()) list_more();
    if (listed_.empty()) break;
    std::string name = std::move(listed_.back());
    listed_.pop_back();
    const bool lock = is_lock(name);
    const bool gone = is_gone(name.substr(lock ? kWhenAt : kOwnerAt, kHexDigits));
    if (gone && !lock) return name;
  }
  listed_up_to_.clear();
  alive_.clear();
  return std::nullopt;
}

/// A lock that can be had is one of a process that has ended. It is removed at once: that says the
/// same, and stays true.
bool SpoolDirectory::is_gone(const std::string& owner) {
  if (owner == owner_) return false;
  if (std::find(alive_.begin(), alive_.end(), owner) != alive_.end()) return false;
  const std::string name = lock_name(owner);
  const Descriptor lock = open_file(name, O_RDWR);
  if (!lock && errno == ENOENT) return true;
  if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) {
    remove_file(name);
    return true;
  }
  if (alive_.size() < kListed) alive_.push_back(owner);
  return false;
}

Descriptor SpoolDirectory::open_file(const std::string& name, int flags) const noexcept {
  return Descriptor::open_at(descriptor(), name.c_str(), flags | O_NOFOLLOW | O_NONBLOCK, 0600);
}

void SpoolDirectory::remove_crash_files() const noexcept {
  const int folder =
      ::openat(descriptor(), kCrashFolder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(folder < 0 ? nullptr : ::fdopendir(folder),
                                                      ::closedir);
  if (!directory) {
    if (folder >= 0) ::close(folder);
    return;
  }
  while (const dirent* const entry = ::readdir(directory.get())) {
    std::string_view name = entry->d_name;
    if (name.starts_with(kUnfinished)) name.remove_prefix(kUnfinished.size());
    if (name.starts_with(whose_)) ::unlinkat(folder, entry->d_name, 0);
  }
}

bool SpoolDirectory::remove_file(const std::string& name) const noexcept {
  return ::unlinkat(descriptor(), name.c_str(), 0) == 0;
}

bool SpoolDirectory::adopt(const std::string& name, const std::string& own_name) const noexcept {
  return ::renameat(descriptor(), name.c_str(), descriptor(), own_name.c_str()) == 0;
}

}  // namespace picket::transport
