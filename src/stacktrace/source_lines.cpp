#include "stacktrace/source_lines.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace picket::stacktrace {
namespace {

bool is_regular(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

std::string read_all(int fd, std::size_t bytes) {
  std::string text(bytes, '\0');
  std::size_t filled = 0;
  while (filled < bytes) {
    const ssize_t got = ::read(fd, text.data() + filled, bytes - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  text.resize(filled);
  return text;
}

/// Empty for what is no regular file of a bounded size.
std::string read_source(const std::string& path) {
  // Looked at before it is opened, because opening a device may do something.
  if (!path.starts_with('/') || !is_regular(path)) return {};
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return {};
  struct stat status {};
  std::string text;
  if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size >= 0 &&
      static_cast<std::size_t>(status.st_size) <= kMaxSourceBytes) {
    text = read_all(fd, static_cast<std::size_t>(status.st_size));
  }
  ::close(fd);
  return text;
}

std::string displayed(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > kMaxSourceLine) {
    std::size_t end = kMaxSourceLine;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
    line = line.substr(0, end);
  }
  return std::string(line);
}

}  // namespace

void add_source_lines(const std::string& path, std::size_t around, Frame& frame) {
  if (frame.lineno == 0) return;
  around = std::min(around, kMaxSourceLines);
  const std::string text = read_source(path);
  std::string_view rest = text;
  for (std::size_t number = 1; !rest.empty() && number <= frame.lineno + around; ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (number + around < frame.lineno) continue;
    if (number < frame.lineno) frame.pre_context.push_back(displayed(line));
    if (number == frame.lineno) frame.context_line = displayed(line);
    if (number > frame.lineno) frame.post_context.push_back(displayed(line));
  }
  // A file that ends before is not the one that was compiled.
  if (frame.context_line.empty()) frame.pre_context.clear();
  if (frame.context_line.empty()) frame.post_context.clear();
}

}  // namespace picket::stacktrace
