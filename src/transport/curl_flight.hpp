#pragma once

// A `Flight` is one request of `curl_http_client.hpp`: its handle of libcurl, which is set up here,
// and its connection where libcurl has only to connect.

#include "base/contain.hpp"
#include "transport/courier.hpp"
#include "transport/curl_http_client.hpp"
#include "transport/http_answer.hpp"
#include "transport/plain_connection.hpp"

#include <curl/curl.h>
#include <array>
#include <memory>
#include <string>
#include <utility>

namespace picket::transport {

struct EasyDeleter {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
struct UrlDeleter {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using Multi = std::unique_ptr<CURLM, MultiDeleter>;
using List = std::unique_ptr<curl_slist, ListDeleter>;
using Url = std::unique_ptr<CURLU, UrlDeleter>;
using HeaderLists = std::array<List, 3>;        // one for each `Compression`
using PlainHeads = std::array<std::string, 3>;  // as well; up to the number of `Content-Length`

/// Sets libcurl up, once per process and never undone: the host may use it too.
bool is_curl_ready() noexcept;

/// One request on its way, or room for one: its handle and its buffers are used again.
struct Flight {
  enum class Stage {
    idle,
    connecting,  // libcurl opens the plain connection
    under_way,
    landed,
  };

  Easy easy{};
  Stage stage = Stage::idle;
  Courier::FlightId id = 0;
  std::string body{};
  int departures = 0;
  HttpAnswer answer{};
  TransportResponse response{};  // when it has landed
  char error[CURL_ERROR_SIZE] = {};

  // Without TLS; all that is left to libcurl is to connect.
  PlainConnection connection{};
  std::string head{};
  base::Deadline deadline{};

  [[nodiscard]] bool is_with_curl() const noexcept {
    return stage == Stage::connecting || (stage == Stage::under_way && head.empty());
  }
  [[nodiscard]] bool is_plain() const noexcept {
    return stage == Stage::under_way && !head.empty();
  }

  void start() noexcept {
    stage = Stage::under_way;
    connection.start(head, body, answer);
  }

  void land(TransportResponse with) noexcept {
    response = std::move(with);
    stage = Stage::landed;
  }
  void fail(const char* why) noexcept {
    TransportResponse failed;
    base::contain([&] { failed.error = without_credentials(why); });
    land(std::move(failed));
  }
};

/// The settings of a request that every use of its handle shares; with `connects_only` libcurl
/// opens the connection and no more.
CURLcode configure(Flight& flight, const HttpClientSettings& settings, bool connects_only);

/// The headers that libcurl adds to its own. False without memory.
bool make_headers(const HttpClientSettings& settings, HeaderLists& lists);

/// What libcurl would send, where it adds nothing of its own to it: without TLS, an HTTP proxy, and
/// a password in the URL. False: libcurl has to do it.
bool make_plain_heads(const HttpClientSettings& settings, PlainHeads& heads);

}  // namespace picket::transport
