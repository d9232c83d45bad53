#pragma once

// libcurl, told to picket: requests made with easy handles carry trace headers and leave a span
// `http.client` and a breadcrumb. libcurl does not hand back what a handle was given, so the host
// says it once more:
//
//   curl_easy_setopt(easy, CURLOPT_URL, url);
//   curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
//   const CURLcode result = picket::curl::perform(easy, {.url = url, .headers = headers});
//
// Link `picket::curl`.

#include "picket/export.hpp"
#include "picket/integrations/http_client.hpp"

#include <curl/curl.h>

#include <memory>
#include <string_view>

namespace picket::curl {

/// What the easy handle was set up with.
/// Lifetime: borrowed until the call returns, `headers` until the transfer is over.
struct Request {
  std::string_view method{};  // empty: `GET`
  std::string_view url{};
  curl_slist* headers = nullptr;  // what CURLOPT_HTTPHEADER was given; null if nothing
};

/// One transfer of an easy handle, for hosts that use the multi interface. It lends the handle a
/// list of headers, a copy of the host's with those of the trace; its end puts the host's own list
/// back and changes nothing else. Its span is nobody's current span, so that many transfers may be
/// under way on one thread.
/// While picket is off, and for the server of the DSN, the handle is not touched. libcurl sends the
/// headers to wherever it is redirected as well.
/// Lifetime: the handle outlives it.
/// Threads: moves freely; may end on another thread. Every call is noexcept.
/// Spec: P3.16, P4.9, P4.15.
class [[nodiscard]] PICKET_EXPORT Transfer {
 public:
  Transfer() noexcept = default;  // of nothing
  Transfer(CURL* easy, const Request& request) noexcept;
  Transfer(Transfer&& other) noexcept;
  Transfer& operator=(Transfer&& other) noexcept;

  /// A transfer that was not finished by then was cancelled.
  ~Transfer();

  /// Tells how it ended, and takes status and length of the response from the handle; call it
  /// before the handle is used again. Later calls do nothing.
  /// Errors: what is no response of HTTP is `internal_error`, with libcurl's text as `error.type`
  /// and its number as `curl.code`. Spec: P4.13.
  void finish(CURLcode result) noexcept;

  /// For further facts; swallows them while nothing is recorded.
  [[nodiscard]] SpanHandle span() const noexcept { return traced_.span(); }

 private:
  struct FreeList {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  };

  void lend_headers(const HeaderList& added);
  void restore() noexcept;

  CURL* easy_ = nullptr;
  curl_slist* former_ = nullptr;                  // the host's
  std::unique_ptr<curl_slist, FreeList> lent_{};  // ours
  http::ClientRequest traced_{};
};

/// `curl_easy_perform`, traced. While picket is off it is nothing else.
/// Errors: those of libcurl; none of its own.
PICKET_EXPORT CURLcode perform(CURL* easy, const Request& request);

}  // namespace picket::curl
