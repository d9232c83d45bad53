// Whatever lies in a segment, the reader ends, stays inside, and gives out only records whose
// checksum fits and that are written back as the same bytes. What it says is the end holds all that
// could be read.

#include "fuzz.hpp"

#include "transport/checksum.hpp"
#include "transport/spool_format.hpp"

#include <string>
#include <variant>

using picket::fuzz::require;
using picket::transport::SegmentReader;

namespace {

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8U | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

std::string encode_again(const picket::transport::SpoolRecord& record) {
  if (const auto* const tombstone = std::get_if<picket::transport::Tombstone>(&record)) {
    return picket::transport::encode(*tombstone);
  }
  const auto& envelope = std::get<picket::transport::SpooledEnvelope>(record);
  const auto head = picket::transport::encode_before_body(envelope);
  require(head.has_value(), "what was read is not too large to write");
  return std::string(*head).append(envelope.body);
}

/// The input as a record whose checksum fits, so that mutations come as far as its members.
std::string as_record(std::string_view content) {
  const auto put = [](std::string& out, std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  };
  std::string tail;
  put(tail, static_cast<std::uint32_t>(content.size()));
  tail.append(content);
  std::string record = "PKR1";
  put(record, picket::transport::crc32(tail));
  return record + tail;
}

void require_same_again(std::string_view bytes) {
  if (const auto record = picket::transport::decode_spool_record(bytes)) {
    require(encode_again(*record) == bytes, "a record is written back as it was");
  }
}

struct Read {
  std::size_t records = 0;
  std::size_t damaged = 0;
  std::size_t end = 0;
};

Read read(std::string_view segment) {
  Read result;
  SegmentReader reader(segment);
  std::size_t last_end = 0;
  while (const auto found = reader.next()) {
    require(!reader.is_newer(), "nothing is read from a newer version");
    require(found->offset >= last_end, "records do not overlap");
    last_end = found->offset + found->size;
    require(last_end <= segment.size(), "records are inside");
    const std::string_view bytes = segment.substr(found->offset, found->size);
    require(little_endian(bytes.substr(4)) == picket::transport::crc32(bytes.substr(8)),
            "the checksum fits");
    require(encode_again(found->record) == bytes, "a record is written back as it was");
    ++result.records;
    require(reader.end() == last_end, "the end is behind the last record");
  }
  require(!reader.next(), "the end stays the end");
  result.damaged = reader.damaged();
  result.end = reader.end();
  require(result.end <= segment.size(), "the end is inside");
  require(result.damaged <= result.records + 1, "damage lies before and between records");
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view segment = picket::fuzz::as_text(data, size);
  const Read whole = read(segment);
  const Read cut = read(segment.substr(0, whole.end));
  require(cut.records == whole.records, "behind the end was nothing");
  require(cut.damaged <= whole.damaged, "cutting off the end damages nothing");
  require_same_again(segment);
  require_same_again(as_record(segment));
  constexpr std::size_t kBeforeContent = 24 + 12;  // of the first record of a segment
  if (size > kBeforeContent) require_same_again(as_record(segment.substr(kBeforeContent)));
  return 0;
}
