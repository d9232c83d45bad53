#include "bot/line_source.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace bot {

namespace {

int checked(int descriptor, const std::string& what) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
  return descriptor;
}

}  // namespace

LineSource::LineSource(const std::string& file)
    : input_(file.empty() ? STDIN_FILENO : checked(open(file.c_str(), O_RDONLY | O_CLOEXEC), file)),
      stop_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {}

LineSource::~LineSource() {
  if (input_ != STDIN_FILENO) close(input_);
  close(stop_);
}

bool LineSource::next(std::string& line) {
  while (wait()) {
    if (take_line(line)) return true;
    if (read_more()) continue;
    line = std::move(buffer_);  // a last line without an end
    buffer_.clear();
    return !line.empty();
  }
  return false;
}

void LineSource::stop() const noexcept { eventfd_write(stop_, 1); }

bool LineSource::take_line(std::string& line) {
  const auto end = buffer_.find('\n', searched_);
  searched_ = buffer_.size();
  if (end == std::string::npos) return false;
  line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  searched_ = 0;
  return true;
}

bool LineSource::wait() const {
  const bool has_line = buffer_.find('\n', searched_) != std::string::npos;
  std::array<pollfd, 2> files{{{stop_, POLLIN, 0}, {input_, POLLIN, 0}}};
  while (poll(files.data(), files.size(), has_line ? 0 : -1) < 0 && errno == EINTR) {
  }
  return files[0].revents == 0;
}

bool LineSource::read_more() {
  std::array<char, 4096> bytes{};
  ssize_t count = 0;
  do {
    count = read(input_, bytes.data(), bytes.size());
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

}  // namespace bot
