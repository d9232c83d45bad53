#include "transport/curl_http_client.hpp"

#include "base/contain.hpp"
#include "base/environment.hpp"
#include "base/text.hpp"

#include <curl/curl.h>
#include <sys/socket.h>
#include <algorithm>
#include <atomic>
#include <cstring>

namespace picket::transport {
namespace {

constexpr std::size_t kMaxResponseBody = 4096;
constexpr std::size_t kMaxHeaderValue = 8192;

struct EasyDeleter {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using Multi = std::unique_ptr<CURLM, MultiDeleter>;
using List = std::unique_ptr<curl_slist, ListDeleter>;

/// Once per process and never undone: the host may use libcurl too.
bool is_curl_ready() noexcept {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

bool append(List& list, const char* line) {
  curl_slist* longer = curl_slist_append(list.get(), line);
  if (longer == nullptr) return false;
  static_cast<void>(list.release());
  list.reset(longer);
  return true;
}

/// The lines of one exchange as they come and go.
struct Exchange {
  std::string_view unsent{};
  TransportResponse response{};
  std::string body{};     // its beginning, for diagnostics
  bool has_head = false;  // the empty line after the headers has come
  bool is_final = false;  // not a 1xx
};

std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* context) noexcept {
  auto& exchange = *static_cast<Exchange*>(context);
  const std::size_t length = std::min(size * count, exchange.unsent.size());
  std::memcpy(buffer, exchange.unsent.data(), length);
  exchange.unsent.remove_prefix(length);
  return length;
}

/// Bodies are for diagnostics only; one that is too long is cut off, and the connection with it.
std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* context) noexcept {
  auto& body = static_cast<Exchange*>(context)->body;
  const std::size_t length = size * count;
  body.append(bytes, std::min(length, kMaxResponseBody - body.size()));
  return body.size() < kMaxResponseBody ? length : 0;
}

void keep(std::string& kept, std::string_view value) {
  if (kept.size() + value.size() > kMaxHeaderValue) return;
  if (!kept.empty()) kept += ',';
  kept += value;
}

/// One line of the head, without its end.
void read_header(Exchange& exchange, std::string_view line) {
  if (line.starts_with("HTTP/")) {  // a new head: what an interim one said does not count
    exchange.response = {};
    exchange.is_final = line.find(" 1") != line.find(' ');
    return;
  }
  if (line.empty()) {
    exchange.has_head = exchange.is_final;
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = base::trim(line.substr(0, colon));
  const std::string_view value = base::trim(line.substr(colon + 1));
  if (base::equals_ignoring_case(name, "X-Sentry-Rate-Limits")) {
    keep(exchange.response.rate_limits, value);  // it may come in several lines
  } else if (base::equals_ignoring_case(name, "Retry-After") && value.size() < kMaxHeaderValue) {
    exchange.response.retry_after = value;
  }
}

std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* context) noexcept {
  const std::string_view line(bytes, size * count);
  return base::contain(std::size_t{0}, [&] {  // nothing may be thrown through C
    read_header(*static_cast<Exchange*>(context), base::trim(line));
    return line.size();
  });
}

/// A socket that a program started by the host does not inherit.
curl_socket_t on_open_socket(void*, curlsocktype, curl_sockaddr* address) noexcept {
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
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
  void text(CURLoption option, const std::string& value) {
    if (!value.empty()) (*this)(option, value.c_str());
  }
  [[nodiscard]] CURLcode code() const noexcept { return code_; }

 private:
  CURL* easy_;
  CURLcode code_ = CURLE_OK;
};

void set_certificates(Setter& set, const std::string& ca_certs) {
  if (!ca_certs.empty()) return set.text(CURLOPT_CAINFO, ca_certs);
  set.text(CURLOPT_CAINFO, base::environment("SSL_CERT_FILE").value_or(""));
  set.text(CURLOPT_CAPATH, base::environment("SSL_CERT_DIR").value_or(""));
}

void set_safety(Setter& set) {
  set(CURLOPT_NOSIGNAL, 1L);  // the worker blocks SIGPIPE, which libcurl then leaves alone
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_OPENSOCKETFUNCTION, &on_open_socket);
#if LIBCURL_VERSION_NUM >= 0x075500
  set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
  set(CURLOPT_QUICK_EXIT, 1L);  // an interrupted name lookup is left behind, not waited for
#endif
}

CURLcode configure(CURL* easy, const HttpClientSettings& settings) {
  Setter set(easy);
  set.text(CURLOPT_URL, settings.url);
  set.text(CURLOPT_USERAGENT, settings.user_agent);
  set.text(CURLOPT_PROXY, settings.proxy);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings.request_timeout.count()));
  set(CURLOPT_POST, 1L);
  // The body comes through a callback and cannot be rewound. So libcurl, which would otherwise post
  // it a second time by itself when a kept connection turns out closed, reports that instead.
  set(CURLOPT_READFUNCTION, &on_read);
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set_safety(set);
  set_certificates(set, settings.ca_certs);
  return set.code();
}

/// `Expect: 100-continue` would cost a round trip, or a second with servers that ignore it.
bool make_headers(const HttpClientSettings& settings, List& plain, List& gzipped) {
  bool made = true;
  for (List* list : {&plain, &gzipped}) {
    made = made && append(*list, "Expect:");
    for (const std::string& line : settings.headers) made = made && append(*list, line.c_str());
  }
  return made && append(gzipped, "Content-Encoding: gzip");
}

}  // namespace

struct CurlHttpClient::State {
  List plain;
  List gzipped;
  Easy easy;    // after the lists it points to, so that it goes before them
  Multi multi;  // after the handle: libcurl wants it to go first
  std::atomic<bool> interrupted{false};
  char error[CURL_ERROR_SIZE] = {};

  /// Drives the request in `easy` until it ends or is interrupted.
  CURLcode run() {
    int running = 1;
    while (running > 0 && !interrupted.load()) {
      if (curl_multi_perform(multi.get(), &running) != CURLM_OK) return CURLE_FAILED_INIT;
      if (running > 0) curl_multi_poll(multi.get(), nullptr, 0, 1000, nullptr);
    }
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi.get(), &left);
    const bool done = message != nullptr && message->msg == CURLMSG_DONE;
    return done ? message->data.result : CURLE_ABORTED_BY_CALLBACK;
  }
};

CurlHttpClient::CurlHttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
CurlHttpClient::~CurlHttpClient() = default;

Result<std::unique_ptr<CurlHttpClient>> CurlHttpClient::open(const HttpClientSettings& settings) {
  if (!is_curl_ready()) return Error{Errc::unavailable, "libcurl cannot be initialised"};
  auto state = std::make_unique<State>();
  state->easy.reset(curl_easy_init());
  state->multi.reset(curl_multi_init());
  if (!state->easy || !state->multi || !make_headers(settings, state->plain, state->gzipped)) {
    return Error{Errc::unavailable, "libcurl has no handle to give"};
  }
  if (const CURLcode code = configure(state->easy.get(), settings); code != CURLE_OK) {
    return Error{Errc::unavailable,
                 std::string("libcurl does not take our settings: ") + curl_easy_strerror(code)};
  }
  curl_easy_setopt(state->easy.get(), CURLOPT_ERRORBUFFER, state->error);
  return std::unique_ptr<CurlHttpClient>(new CurlHttpClient(std::move(state)));
}

TransportResponse CurlHttpClient::post(std::string_view body, bool gzipped) {
  Exchange exchange;
  exchange.unsent = body;
  exchange.body.reserve(kMaxResponseBody);
  CURL* easy = state_->easy.get();
  state_->error[0] = '\0';
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, gzipped ? state_->gzipped.get() : state_->plain.get());
  curl_easy_setopt(easy, CURLOPT_READDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);

  curl_multi_add_handle(state_->multi.get(), easy);
  const CURLcode code = state_->run();
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_multi_remove_handle(state_->multi.get(), easy);

  // With a complete head the server has answered, whatever became of the body.
  if (exchange.has_head) {
    exchange.response.status = static_cast<int>(status);
    if (status >= 300) diag::debug("the server says: {}", exchange.body);
    return std::move(exchange.response);
  }
  TransportResponse failed;
  if (state_->interrupted.load()) {
    failed.error = "interrupted";
  } else {
    failed.error = state_->error[0] != '\0' ? state_->error : curl_easy_strerror(code);
  }
  return failed;
}

void CurlHttpClient::interrupt() noexcept {
  state_->interrupted.store(true);
  curl_multi_wakeup(state_->multi.get());
}

}  // namespace picket::transport
