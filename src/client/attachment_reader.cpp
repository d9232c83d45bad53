#include "client/attachment_reader.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace picket::client {
namespace {

std::string name_of(const Attachment& attachment) {
  std::string_view name = base::file_name(attachment.filename);
  if (name.empty()) name = base::file_name(attachment.path);
  return std::string(name.empty() ? "attachment" : name);
}

Error too_large(std::string_view name, std::uintmax_t size, std::size_t max_bytes) {
  return {Errc::unavailable,
          fmt::format("{} has {} bytes, more than Options::max_attachment_bytes ({})", name, size,
                      max_bytes)};
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  std::error_code error;
  // A pipe or a device could block the worker for ever.
  if (!std::filesystem::is_regular_file(path, error)) {
    return Error{Errc::unavailable, fmt::format("{} is not a readable file", path)};
  }
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return Error{Errc::unavailable, fmt::format("{}: {}", path, error.message())};
  if (size > max_bytes) return too_large(path, size, max_bytes);
  std::ifstream file(path, std::ios::binary);
  std::string bytes(static_cast<std::size_t>(size), '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.is_open() || file.bad()) {
    return Error{Errc::unavailable, fmt::format("{} cannot be read", path)};
  }
  bytes.resize(static_cast<std::size_t>(file.gcount()));  // it may have shrunk meanwhile
  return bytes;
}

}  // namespace

Result<AttachmentContents> read_attachment(const Attachment& attachment, std::size_t max_bytes) {
  AttachmentContents contents{.filename = name_of(attachment)};
  if (attachment.path.empty()) {
    if (attachment.bytes.size() > max_bytes) {
      return too_large(contents.filename, attachment.bytes.size(), max_bytes);
    }
    contents.bytes = attachment.bytes;
    return contents;
  }
  auto bytes = read_file(attachment.path, max_bytes);
  if (!bytes) return bytes.error();
  contents.bytes = std::move(*bytes);
  return contents;
}

std::uint64_t refused_quantity(const Attachment& attachment) {
  if (attachment.path.empty()) return attachment.bytes.empty() ? 1 : attachment.bytes.size();
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(attachment.path, error);
  return error || size == 0 ? 1 : size;
}

}  // namespace picket::client
