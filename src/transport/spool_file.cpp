#include "transport/spool_file.hpp"

#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace picket::transport {

std::optional<std::string> read_exactly(const Descriptor& file, std::uint64_t offset,
                                        std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got =
        ::pread(file.get(), bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

int append_whole(const Descriptor& file, std::uint64_t size, std::string_view first,
                 std::string_view second, bool* broken) noexcept {
  // The system does not write through `iov_base`; its type is older than const.
  const iovec parts[] = {{const_cast<char*>(first.data()), first.size()},
                         {const_cast<char*>(second.data()), second.size()}};
  ssize_t written = 0;
  do {
    written = ::pwritev(file.get(), parts, 2, static_cast<off_t>(size));
  } while (written < 0 && errno == EINTR);
  const int error = written < 0 ? errno : ENOSPC;  // a disk that stops short is full
  if (written >= 0 && static_cast<std::size_t>(written) == first.size() + second.size()) return 0;
  // What is there of the record must not stand in the way of the next one.
  if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0) *broken = true;
  return error;
}

std::optional<std::uint64_t> size_of_own_file(const Descriptor& file) noexcept {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return std::nullopt;
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid()) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

std::string describe_errno(int code) { return std::generic_category().message(code); }

}  // namespace picket::transport
