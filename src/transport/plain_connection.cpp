#include "transport/plain_connection.hpp"

#include "base/contain.hpp"
#include "base/fork.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace picket::transport {
namespace {

constexpr const char* kClosed = "the server closed the connection without an answer";
constexpr const char* kBrokeOff = "the connection broke off without an answer";
constexpr const char* kNoHttp = "what the server says is no HTTP/1.1";
constexpr const char* kNoMemory = "out of memory";

bool would_block(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK; }

iovec part_of(std::string_view text) noexcept {
  return {const_cast<char*>(text.data()), text.size()};  // older than const
}

}  // namespace

bool PlainConnection::adopt(int socket) noexcept {
  close();
  const base::NoFork undisturbed;
  socket_ = fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (socket_ < 0) return false;
  base::close_in_child(socket_);
  return true;
}

bool PlainConnection::is_usable() const noexcept {
  if (socket_ < 0) return false;
  char byte = 0;
  return recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && would_block(errno);
}

void PlainConnection::start(std::string_view head, std::string_view body,
                            HttpAnswer& answer) noexcept {
  head_ = head;
  body_ = body;
  error_ = "";
  reader_.restart(answer);
  static_cast<void>(write_some());  // that it broke off is noticed when it goes on
}

/// A server may answer before it has everything, and then close: so what it says is read even when
/// it takes nothing more.
PlainConnection::Outcome PlainConnection::go_on() noexcept {
  const bool is_broken = wants_to_write() && !write_some();
  const Outcome outcome = read_some();
  return outcome == Outcome::pending && is_broken ? judge(reader_.end(), kBrokeOff) : outcome;
}

/// False when the connection takes nothing more.
bool PlainConnection::write_some() noexcept {
  while (wants_to_write()) {
    std::array<iovec, 2> parts{part_of(head_), part_of(body_)};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t sent = sendmsg(socket_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return would_block(errno);
    const std::size_t of_head = std::min(static_cast<std::size_t>(sent), head_.size());
    head_.remove_prefix(of_head);
    body_.remove_prefix(static_cast<std::size_t>(sent) - of_head);
  }
  return true;
}

/// One read at a time: an answer that never ends must not keep us here.
PlainConnection::Outcome PlainConnection::read_some() noexcept {
  std::array<char, 4096> bytes;  // NOLINT: filled by the kernel
  ssize_t count = 0;
  do {
    count = recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count < 0 && would_block(errno)) return Outcome::pending;
  if (count < 0) return judge(reader_.end(), kBrokeOff);
  if (count == 0) return judge(reader_.end(), reader_.is_untouched() ? kClosed : kBrokeOff);
  bool has_memory = false;
  const auto state = base::contain(HttpReader::State::broken, [&] {
    const auto read = reader_.read({bytes.data(), static_cast<std::size_t>(count)});
    has_memory = true;
    return read;
  });
  return judge(state, has_memory ? kNoHttp : kNoMemory);
}

PlainConnection::Outcome PlainConnection::judge(HttpReader::State state, const char* why) noexcept {
  if (state == HttpReader::State::under_way) return Outcome::pending;
  const bool is_done = state == HttpReader::State::done;
  if (!is_done || wants_to_write() || !reader_.keeps_connection()) close();
  if (is_done) return Outcome::answered;
  error_ = why;
  return Outcome::failed;
}

void PlainConnection::close() noexcept {
  head_ = body_ = {};
  if (socket_ < 0) return;
  const base::NoFork undisturbed;
  base::forget(socket_);
  ::close(socket_);
  socket_ = -1;
}

}  // namespace picket::transport
