#include "ingest/journal.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace picket::ingest {

std::string to_journal_line(const ReceivedEnvelope& envelope) {
  std::string types;
  for (const ReceivedItem& item : envelope.items) {
    if (!types.empty()) types += ',';
    types += item.type;
  }
  // A type may be any text, a line is one of six words.
  std::replace_if(
      types.begin(), types.end(), [](char c) { return c >= 0 && c <= ' '; }, '_');
  return fmt::format("{} {} {} {} {} {}\n", envelope.number, name_of(envelope.verdict),
                     name_of(envelope.sent), envelope.status,
                     envelope.event_id.empty() ? "-" : envelope.event_id,
                     types.empty() ? "-" : types);
}

Result<Journal> Journal::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd >= 0) return Journal(fd);
  return Error{Errc::unavailable,
               fmt::format("the journal `{}` cannot be written, {}", path, std::strerror(errno))};
}

Journal::~Journal() {
  if (fd_ >= 0) ::close(fd_);
}

// O_APPEND and one call: lines of several threads and processes do not mix.
void Journal::write(const ReceivedEnvelope& envelope) const {
  const std::string line = to_journal_line(envelope);
  [[maybe_unused]] const auto written = ::write(fd_, line.data(), line.size());
}

}  // namespace picket::ingest
