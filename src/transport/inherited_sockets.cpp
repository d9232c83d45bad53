#include "transport/inherited_sockets.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string_view>

namespace picket::transport {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { closedir(folder); }
};

bool is_inherited(int descriptor) noexcept {
  const int flags = fcntl(descriptor, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

bool is_unnamed_stream(int descriptor) noexcept {
  sockaddr_un name{};
  socklen_t length = sizeof name;
  auto* const address = reinterpret_cast<sockaddr*>(&name);
  if (getsockname(descriptor, address, &length) != 0) return false;
  int type = 0;
  socklen_t size = sizeof type;
  return name.sun_family == AF_UNIX && length == sizeof(sa_family_t) &&
         getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

std::vector<int> inherited_sockets() {
  std::vector<int> found;
  const std::unique_ptr<DIR, CloseFolder> folder(opendir("/proc/self/fd"));
  if (folder == nullptr) return found;
  while (const dirent* entry = readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    int descriptor = -1;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    if (descriptor >= 0 && is_inherited(descriptor) && is_unnamed_stream(descriptor)) {
      found.push_back(descriptor);
    }
  }
  return found;
}

/// Bytes that wait to be read here, or to be read by the other end.
int waiting(int descriptor, unsigned long direction) noexcept {
  int bytes = 0;
  return ioctl(descriptor, direction, &bytes) == 0 ? bytes : -1;
}

bool is_idle(int descriptor) noexcept {
  return waiting(descriptor, FIONREAD) == 0 && waiting(descriptor, SIOCOUTQ) == 0;
}

}  // namespace

InheritedSockets::InheritedSockets() : before_(inherited_sockets()) {}

void InheritedSockets::mark_pair_of(const std::function<void()>& wake) const {
  std::vector<int> fresh = inherited_sockets();
  std::erase_if(fresh, [this](int descriptor) {
    return std::find(before_.begin(), before_.end(), descriptor) != before_.end() ||
           !is_idle(descriptor);
  });
  if (fresh.size() < 2) return;
  wake();
  std::vector<int> pair;
  for (const int direction : {FIONREAD, SIOCOUTQ}) {
    for (const int descriptor : fresh) {
      const int bytes = waiting(descriptor, static_cast<unsigned long>(direction));
      // The kernel counts what it keeps for a byte that was sent, which is more than one.
      if (direction == FIONREAD ? bytes == 1 : bytes > 0) pair.push_back(descriptor);
    }
  }
  if (pair.size() != 2 || pair[0] == pair[1]) return;
  for (const int descriptor : pair) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

}  // namespace picket::transport
