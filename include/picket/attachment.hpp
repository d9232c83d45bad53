#pragma once

// An attachment is a file or a piece of memory that travels with error events.

#include <string>

namespace picket {

/// Exactly one of `bytes` and `path` is used: a non-empty `path` is read on the worker when the
/// event is sent, at most `Options::max_attachment_bytes` of it; a file that is larger or cannot
/// be read loses that attachment alone, and the loss is counted.
/// Spec: P5.8.
struct Attachment {
  std::string filename{};  // directories are cut; empty: the last part of `path`
  std::string bytes{};
  std::string path{};
  std::string content_type{};     // empty: `application/octet-stream`
  std::string attachment_type{};  // empty: `event.attachment`

  friend bool operator==(const Attachment&, const Attachment&) = default;
};

}  // namespace picket
