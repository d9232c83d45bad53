#include "picket/integrations/curl.hpp"

#include "http_contain.hpp"
#include "http_text.hpp"
#include "picket/picket.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace picket::curl {
namespace {

/// The name in a line as libcurl takes them: `Name: value`, `Name:` for none, `Name;` for an empty
/// one.
std::string_view name_of(std::string_view line) noexcept {
  return http::trim(line.substr(0, line.find_first_of(":;")));
}

/// The values of all `baggage` lines.
std::string baggage_of(const curl_slist* list) {
  std::string all;
  for (; list != nullptr; list = list->next) {
    const std::string_view line = list->data;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (!http::equals_ignoring_case(name_of(line), "baggage")) continue;
    if (!all.empty()) all += ',';
    all += http::trim(line.substr(colon + 1));
  }
  return all;
}

bool has(const HeaderList& headers, std::string_view name) noexcept {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& header) {
    return http::equals_ignoring_case(header.first, name);
  });
}

std::optional<std::uint64_t> content_length(CURL* easy) noexcept {
  curl_off_t length = -1;
  curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  if (length < 0) return {};
  return static_cast<std::uint64_t>(length);
}

/// True if `result` speaks of the response and not of the way to it.
bool is_answered(CURLcode result) noexcept {
  return result == CURLE_OK || result == CURLE_HTTP_RETURNED_ERROR;
}

}  // namespace

Transfer::Transfer(CURL* easy, const Request& request) noexcept {
  if (!is_initialized()) return;
  http::contain([&] {
    const std::string baggage = baggage_of(request.headers);
    traced_ = http::ClientRequest({.method = request.method,
                                   .url = request.url,
                                   .baggage = baggage,
                                   .origin = "auto.http.libcurl"});
    easy_ = easy;
    former_ = request.headers;
    if (!traced_.headers().empty()) lend_headers(traced_.headers());
  });
}

Transfer::Transfer(Transfer&& other) noexcept
    : easy_(std::exchange(other.easy_, nullptr)),
      former_(std::exchange(other.former_, nullptr)),
      lent_(std::move(other.lent_)),
      traced_(std::move(other.traced_)) {}

Transfer& Transfer::operator=(Transfer&& other) noexcept {
  if (this == &other) return *this;
  restore();
  easy_ = std::exchange(other.easy_, nullptr);
  former_ = std::exchange(other.former_, nullptr);
  lent_ = std::move(other.lent_);
  traced_ = std::move(other.traced_);
  return *this;
}

Transfer::~Transfer() { restore(); }

void Transfer::lend_headers(const HeaderList& added) {
  decltype(lent_) list;
  bool complete = true;
  const auto append = [&](const char* line) {
    curl_slist* const longer = complete ? curl_slist_append(list.get(), line) : nullptr;
    complete = longer != nullptr;
    if (!complete) return;
    static_cast<void>(list.release());
    list.reset(longer);
  };
  for (const curl_slist* own = former_; own != nullptr; own = own->next) {
    if (!has(added, name_of(own->data))) append(own->data);
  }
  for (const auto& [name, value] : added) append((name + ": " + value).c_str());
  if (!complete) return;  // out of memory: the request leaves as the host made it
  if (curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, list.get()) == CURLE_OK) lent_ = std::move(list);
}

void Transfer::restore() noexcept {
  if (lent_ == nullptr) return;
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, former_);
  lent_.reset();
}

void Transfer::finish(CURLcode result) noexcept {
  restore();
  if (easy_ == nullptr) return;
  CURL* const easy = std::exchange(easy_, nullptr);
  if (!is_answered(result)) {
    traced_.span().set_data("curl.code", static_cast<int>(result));
    return traced_.fail(curl_easy_strerror(result));
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  traced_.finish(static_cast<int>(status), content_length(easy));
}

CURLcode perform(CURL* easy, const Request& request) {
  if (!is_initialized()) return curl_easy_perform(easy);
  Transfer transfer(easy, request);
  const CURLcode result = curl_easy_perform(easy);
  transfer.finish(result);
  return result;
}

}  // namespace picket::curl
