#include "transport/http_reader.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace picket::transport {
namespace {

/// The whole text as a number.
bool read_number(std::string_view text, int base, std::uint64_t& number) noexcept {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc{} && stop == end && !text.empty();
}

/// Whether one of the words between commas is `word`.
bool has_word(std::string_view list, std::string_view word) noexcept {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (base::equals_ignoring_case(base::trim(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace

void HttpReader::restart(HttpAnswer& answer) noexcept {
  answer_ = &answer;
  line_.clear();
  part_ = Part::status_line;
  left_ = 0;
  status_ = 0;
  keeps_ = true;
  is_untouched_ = true;
}

HttpReader::State HttpReader::read(std::string_view bytes) {
  if (!bytes.empty()) is_untouched_ = false;
  State state = part_ == Part::over ? State::done : State::under_way;
  while (state == State::under_way && !bytes.empty()) {
    if (part_ == Part::sized_body || part_ == Part::endless_body || part_ == Part::chunk) {
      state = take_body(bytes);
      continue;
    }
    const std::size_t feed = bytes.find('\n');
    if (feed == std::string_view::npos || !line_.empty()) line_.append(bytes.substr(0, feed));
    if (line_.size() > kMaxAnswerHead) return State::broken;
    if (feed == std::string_view::npos) return state;
    state = read_line(base::trim(line_.empty() ? bytes.substr(0, feed) : std::string_view(line_)));
    line_.clear();
    bytes.remove_prefix(feed + 1);
  }
  if (state == State::done && !bytes.empty()) keeps_ = false;  // nobody has asked for that
  return state;
}

HttpReader::State HttpReader::end() noexcept {
  keeps_ = false;
  return answer_->has_head() ? State::done : State::broken;
}

HttpReader::State HttpReader::read_line(std::string_view line) {
  switch (part_) {
    case Part::status_line:
      return read_status_line(line);
    case Part::head:
      return read_header(line);
    case Part::chunk_size:
      return read_chunk_size(line);
    case Part::chunk_end:
      part_ = Part::chunk_size;
      return line.empty() ? State::under_way : cut_off();
    case Part::trailer:
      if (!answer_->read_head_line(line)) return cut_off();
      return line.empty() ? finish() : State::under_way;
    default:
      return State::done;
  }
}

HttpReader::State HttpReader::read_status_line(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kCodeAt = kVersion.size() + 2;  // the minor version and a blank
  if (line.size() < kCodeAt + 3 || !line.starts_with(kVersion)) return State::broken;
  std::uint64_t code = 0;
  if (!read_number(line.substr(kCodeAt, 3), 10, code) || code < 100) return State::broken;
  status_ = static_cast<int>(code);
  has_length_ = is_chunked_ = false;
  keeps_ = line[kVersion.size()] != '0';
  part_ = Part::head;
  return answer_->read_head_line(line) ? State::under_way : State::broken;
}

HttpReader::State HttpReader::read_header(std::string_view line) {
  if (!answer_->read_head_line(line)) return State::broken;
  if (line.empty()) return end_head();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return State::under_way;
  const std::string_view name = base::trim(line.substr(0, colon));
  const std::string_view value = base::trim(line.substr(colon + 1));
  if (base::equals_ignoring_case(name, "Content-Length")) {
    if (!read_number(value, 10, left_)) return State::broken;
    has_length_ = true;
  } else if (base::equals_ignoring_case(name, "Transfer-Encoding")) {
    is_chunked_ = has_word(value, "chunked");
    has_length_ = false;
  } else if (base::equals_ignoring_case(name, "Connection")) {
    if (has_word(value, "close")) keeps_ = false;
    if (has_word(value, "keep-alive")) keeps_ = true;
  }
  return State::under_way;
}

HttpReader::State HttpReader::end_head() {
  if (status_ < 200) {  // an interim answer: the one that counts follows
    part_ = Part::status_line;
    return State::under_way;
  }
  if (status_ == 204 || status_ == 304) return finish();
  if (is_chunked_) {
    part_ = Part::chunk_size;
  } else if (has_length_) {
    part_ = Part::sized_body;
    if (left_ == 0) return finish();
  } else {
    part_ = Part::endless_body;
    keeps_ = false;
  }
  return State::under_way;
}

HttpReader::State HttpReader::read_chunk_size(std::string_view line) {
  if (!read_number(base::trim(line.substr(0, line.find(';'))), 16, left_)) return cut_off();
  part_ = left_ == 0 ? Part::trailer : Part::chunk;
  return State::under_way;
}

HttpReader::State HttpReader::take_body(std::string_view& bytes) {
  const bool is_endless = part_ == Part::endless_body;
  const std::size_t count =
      is_endless ? bytes.size()
                 : static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  if (!answer_->read_body(bytes.substr(0, count))) return cut_off();
  bytes.remove_prefix(count);
  if (is_endless) return State::under_way;
  left_ -= count;
  if (left_ > 0) return State::under_way;
  if (part_ == Part::sized_body) return finish();
  part_ = Part::chunk_end;
  return State::under_way;
}

HttpReader::State HttpReader::finish() noexcept {
  part_ = Part::over;
  return State::done;
}

/// The head is complete, the rest is not wanted, or makes no sense.
HttpReader::State HttpReader::cut_off() noexcept {
  keeps_ = false;
  return finish();
}

}  // namespace picket::transport
