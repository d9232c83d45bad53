#include "transport/http_answer.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace picket::transport {
namespace {

constexpr std::size_t kMaxHeaderValue = 8192;

}  // namespace

void keep_header(TransportResponse& response, std::string_view name, std::string_view value) {
  if (base::equals_ignoring_case(name, "X-Sentry-Rate-Limits")) {
    std::string& kept = response.rate_limits;
    if (kept.size() + value.size() > kMaxHeaderValue) return;
    if (!kept.empty()) kept += ',';
    kept += value;
  } else if (base::equals_ignoring_case(name, "Retry-After") && value.size() < kMaxHeaderValue) {
    response.retry_after = value;
  }
}

void HttpAnswer::restart() noexcept {
  response_ = {};
  body_.clear();
  head_size_ = 0;
  is_final_ = has_head_ = false;
}

bool HttpAnswer::read_head_line(std::string_view line) {
  head_size_ += line.size() + 1;
  if (head_size_ > kMaxAnswerHead) return false;
  if (line.starts_with("HTTP/")) {  // a new head: what an interim one said does not count
    response_ = {};
    is_final_ = line.find(" 1") != line.find(' ');
  } else if (line.empty()) {
    has_head_ = is_final_;
  } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
    keep_header(response_, base::trim(line.substr(0, colon)), base::trim(line.substr(colon + 1)));
  }
  return true;
}

bool HttpAnswer::read_body(std::string_view bytes) {
  body_.append(bytes.substr(0, kMaxAnswerBody - body_.size()));
  return body_.size() < kMaxAnswerBody;
}

TransportResponse HttpAnswer::take(int status) {
  TransportResponse response = std::exchange(response_, {});
  response.status = status;
  return response;
}

}  // namespace picket::transport
