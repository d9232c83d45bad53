#include "transport/curl_flight.hpp"

#include "base/fork.hpp"
#include "base/text.hpp"

#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <string_view>

namespace picket::transport {
namespace {

bool append(List& list, const char* line) {
  curl_slist* longer = curl_slist_append(list.get(), line);
  if (longer == nullptr) return false;
  static_cast<void>(list.release());
  list.reset(longer);
  return true;
}

/// libcurl would send a request a second time by itself when a kept connection turns out closed, or
/// when an HTTP/2 server refuses the stream; the first one may have arrived. This is asked before
/// each time.
int on_departure(void* context, char*, char*, int, int) noexcept {
  auto& flight = *static_cast<Flight*>(context);
  return flight.departures++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/// Bodies are for diagnostics only; one that is too long is cut off, and the connection with it.
std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* context) noexcept {
  const std::size_t length = size * count;
  return base::contain(std::size_t{0}, [&] {  // nothing may be thrown through C
    return static_cast<Flight*>(context)->answer.read_body({bytes, length}) ? length : 0;
  });
}

std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* context) noexcept {
  const std::size_t length = size * count;
  return base::contain(std::size_t{0}, [&] {
    HttpAnswer& answer = static_cast<Flight*>(context)->answer;
    return answer.read_head_line(base::trim({bytes, length})) ? length : 0;
  });
}

/// A socket that neither a program started by the host inherits, nor a child of it keeps.
curl_socket_t on_open_socket(void*, curlsocktype, curl_sockaddr* address) noexcept {
  const base::NoFork undisturbed;
  const int opened = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (opened >= 0) base::close_in_child(opened);
  return opened;
}

int on_close_socket(void*, curl_socket_t closing) noexcept {
  const base::NoFork undisturbed;
  base::forget(closing);
  return close(closing);
}

/// Collects the first failure of many settings.
class Setter {
 public:
  explicit Setter(CURL* easy) : easy_(easy) {}

  template <class T>
  void operator()(CURLoption option, T value) {
    const CURLcode code = curl_easy_setopt(easy_, option, value);
    if (code_ == CURLE_OK) code_ = code;
  }
  /// An empty text takes away what libcurl has by itself.
  void text(CURLoption option, const std::string& value) {
    (*this)(option, value.empty() ? nullptr : value.c_str());
  }
  [[nodiscard]] CURLcode code() const noexcept { return code_; }

 private:
  CURL* easy_;
  CURLcode code_ = CURLE_OK;
};

void set_safety(Setter& set) {
  set(CURLOPT_NOSIGNAL, 1L);  // the worker blocks SIGPIPE, which libcurl then leaves alone
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_OPENSOCKETFUNCTION, &on_open_socket);
  set(CURLOPT_CLOSESOCKETFUNCTION, &on_close_socket);
#if LIBCURL_VERSION_NUM >= 0x075500
  set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
  set(CURLOPT_QUICK_EXIT, 1L);  // an interrupted name lookup is left behind, not waited for
#endif
}

void set_trust(Setter& set, const CaBundle& trusted) {
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set.text(CURLOPT_CAINFO, trusted.file);
  set.text(CURLOPT_CAPATH, trusted.folder);
}

void set_proxy(Setter& set, const HttpClientSettings& settings) {
  set(CURLOPT_PROXY, settings.proxy.proxy.c_str());  // also empty: the environment has been asked
  set(CURLOPT_NOPROXY, settings.proxy.no_proxy.c_str());
  if (!base::to_lower(settings.proxy.proxy).starts_with("https:")) return;
  set(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
  set(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
  set(CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set.text(CURLOPT_PROXY_CAINFO, settings.trusted.file);
  set.text(CURLOPT_PROXY_CAPATH, settings.trusted.folder);
}

void set_identity(Setter& set, const HttpClientSettings& settings) {
  if (settings.client_certificate.empty()) return;
  set.text(CURLOPT_SSLCERT, settings.client_certificate);
  set.text(CURLOPT_SSLKEY, settings.client_key);
  // An encrypted key is refused; without this OpenSSL would ask whoever sits at the terminal.
  set(CURLOPT_KEYPASSWD, "");
}

/// HTTP/2 is agreed on with TLS; a second request waits until the first one knows whether it may
/// share its connection.
void set_version(Setter& set, const HttpClientSettings& settings) {
  const bool known = (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_HTTP2) != 0;
  const bool http2 = known && settings.http2;
  set(CURLOPT_HTTP_VERSION,
      static_cast<long>(http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  set(CURLOPT_PIPEWAIT, http2 ? 1L : 0L);
}

/// A part of a URL as it was written; empty: there is none.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool is_plain_host(std::string_view host) noexcept {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view(".-_:[]").find(c) != std::string_view::npos;
  });
}

}  // namespace

bool is_curl_ready() noexcept {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

CURLcode configure(Flight& flight, const HttpClientSettings& settings, bool connects_only) {
  Setter set(flight.easy.get());
  set(CURLOPT_CONNECT_ONLY, connects_only ? 1L : 0L);
  set.text(CURLOPT_URL, settings.url);
  set(CURLOPT_PATH_AS_IS, 1L);
  set.text(CURLOPT_USERAGENT, settings.user_agent);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings.request_timeout.count()));
  set(CURLOPT_POST, 1L);
  set(CURLOPT_PREREQFUNCTION, &on_departure);
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_HEADERFUNCTION, &on_header);
  for (const CURLoption context : {CURLOPT_PREREQDATA, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA}) {
    set(context, &flight);
  }
  set(CURLOPT_PRIVATE, &flight);
  set(CURLOPT_ERRORBUFFER, flight.error);
  set_version(set, settings);
  set_safety(set);
  set_trust(set, settings.trusted);
  set_proxy(set, settings);
  set_identity(set, settings);
  return set.code();
}

/// `Expect: 100-continue` would cost a round trip, or a second with servers that ignore it.
bool make_headers(const HttpClientSettings& settings, HeaderLists& lists) {
  bool made = true;
  for (List& list : lists) {
    made = made && append(list, "Expect:");
    for (const std::string& line : settings.headers) made = made && append(list, line.c_str());
  }
  const auto of = [&](Compression compression) -> List& {
    return lists[static_cast<std::size_t>(compression)];
  };
  return made && append(of(Compression::gzip), "Content-Encoding: gzip") &&
         append(of(Compression::zstd), "Content-Encoding: zstd");
}

bool make_plain_heads(const HttpClientSettings& settings, PlainHeads& heads) {
  const Url url(curl_url());
  if (!settings.proxy.proxy.empty() || !url ||
      curl_url_set(url.get(), CURLUPART_URL, settings.url.c_str(), CURLU_PATH_AS_IS) != CURLUE_OK) {
    return false;
  }
  const auto part = [&](CURLUPart which) { return part_of(url.get(), which); };
  const std::string host = part(CURLUPART_HOST);
  const bool has_user = !part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty();
  if (part(CURLUPART_SCHEME) != "http" || has_user || !is_plain_host(host)) return false;
  std::string head = "POST " + part(CURLUPART_PATH);
  if (const std::string query = part(CURLUPART_QUERY); !query.empty()) head += "?" + query;
  head += " HTTP/1.1\r\nHost: " + host;
  if (const std::string port = part(CURLUPART_PORT); !port.empty() && port != "80") {
    head += ":" + port;
  }
  head += "\r\nUser-Agent: " + settings.user_agent + "\r\nAccept: */*\r\n";
  for (const std::string& line : settings.headers) head += line + "\r\n";
  heads.fill(head);
  heads[static_cast<std::size_t>(Compression::gzip)] += "Content-Encoding: gzip\r\n";
  heads[static_cast<std::size_t>(Compression::zstd)] += "Content-Encoding: zstd\r\n";
  for (std::string& each : heads) each += "Content-Length: ";
  return true;
}

}  // namespace picket::transport
