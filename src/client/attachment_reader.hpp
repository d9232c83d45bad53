#pragma once

// Gets the bytes of an attachment, from memory or from its file.

#include "picket/attachment.hpp"
#include "picket/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace picket::client {

struct AttachmentContents {
  std::string filename{};  // without directories, never empty
  std::string bytes{};
};

/// Errors: `Errc::unavailable` for what cannot be read (only regular files are), and for more than
/// `max_bytes`. Spec: P5.8, C046.
Result<AttachmentContents> read_attachment(const Attachment& attachment, std::size_t max_bytes);

/// What the ledger counts for an attachment that is left out: its size, or 1 when that is unknown.
std::uint64_t refused_quantity(const Attachment& attachment);

}  // namespace picket::client
