#include "bot/http.hpp"

#include "picket/integrations/curl.hpp"

#include <cstddef>
#include <memory>

#include <curl/curl.h>

namespace bot::http {

namespace {

constexpr std::size_t kMaxBody = 1U << 20U;

struct Cleanup {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, Cleanup>;
using Fields = std::unique_ptr<curl_slist, Cleanup>;

std::size_t append(const char* data, std::size_t, std::size_t size, void* target) noexcept {
  auto& body = *static_cast<std::string*>(target);
  if (body.size() + size > kMaxBody) return 0;  // libcurl gives up
  body.append(data, size);
  return size;
}

void describe(CURL* handle, const Request& request, curl_slist* fields, std::string& body) {
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &append);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, fields);
  if (request.method != "POST") return;
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
  curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, request.body.c_str());
}

}  // namespace

Response exchange(const Request& request) {
  const Handle handle(curl_easy_init());
  const Fields fields(curl_slist_append(nullptr, "Content-Type: application/json"));
  if (handle == nullptr || fields == nullptr) throw ConnectionError("libcurl does not start");
  Response response;
  describe(handle.get(), request, fields.get(), response.body);
  const CURLcode code = picket::curl::perform(
      handle.get(), {.method = request.method, .url = request.url, .headers = fields.get()});
  if (code != CURLE_OK) throw ConnectionError(curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  return response;
}

std::string encoded(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  std::string result;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += kDigits[byte >> 4U];
    result += kDigits[byte & 0xFU];
  }
  return result;
}

}  // namespace bot::http
