#pragma once

// What reached the server, in a file that another process can read at any time, also when either of
// them is killed: one line per request, written with one system call before the answer leaves, so
// that a client that has an answer finds its line here. Several servers may share a file.
//
//   <number> <verdict> <sent> <status> <event id or -> <item types, with commas between them, or ->
//
//   3 accepted all 200 0b3fd1a9c5e74d2f8a6b7c8d9e0f1a2b event,attachment

#include "ingest/received.hpp"
#include "picket/result.hpp"

#include <string>
#include <utility>

namespace picket::ingest {

std::string to_journal_line(const ReceivedEnvelope& envelope);

/// Threads: any.
class Journal {
 public:
  /// Appends to what is there.
  /// Errors: `Errc::unavailable` when the file cannot be written.
  static Result<Journal> open(const std::string& path);

  ~Journal();
  Journal(Journal&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Journal& operator=(Journal&&) = delete;

  /// What does not get onto the disk, since it is full, is left out.
  void write(const ReceivedEnvelope& envelope) const;

 private:
  explicit Journal(int fd) noexcept : fd_(fd) {}

  int fd_ = -1;
};

}  // namespace picket::ingest
