#pragma once

// Which file it was that was looked at: what is read later has to be the same one, unchanged.

#include <cstdint>
#include <optional>

namespace picket::stacktrace {

struct FileIdentity {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t changed_s = 0, changed_ns = 0;

  /// Nothing for what is no regular file.
  static std::optional<FileIdentity> of(int descriptor) noexcept;

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

}  // namespace picket::stacktrace
