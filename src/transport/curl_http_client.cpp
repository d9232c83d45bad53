#include "transport/curl_http_client.hpp"

#include "base/contain.hpp"
#include "base/fork.hpp"
#include "base/text.hpp"
#include "transport/http_answer.hpp"
#include "transport/inherited_sockets.hpp"
#include "transport/kept_buffer.hpp"
#include "transport/plain_connection.hpp"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>
#include <utility>

namespace picket::transport {
namespace {

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

/// What libcurl would send, where it adds nothing of its own to it: without TLS, an HTTP proxy, and
/// a password in the URL. False: libcurl has to do it.
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

Error unavailable(std::string message) { return {Errc::unavailable, std::move(message)}; }

}  // namespace

struct CurlHttpClient::State {
  HttpClientSettings settings;
  HeaderLists headers;
  PlainHeads plain_heads;
  bool is_plain = false;  // all requests are
  Multi multi;
  std::vector<Flight> flights;  // after the lists they point to, so that they go before them
  std::vector<Courier::Arrival> refused;  // by a caller that does not keep to `max_in_flight`
  std::atomic<bool> woken{false};
  std::atomic<bool> interrupted{false};
  const std::uint32_t fork_generation = base::fork_generation();

  static constexpr std::size_t kMostPolled = 64;  // further ones are looked at now and then

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { end_all("the client is gone"); }

  Result<CURLM*> open();
  CURLcode prepare(Flight& flight);
  void depart(Flight& flight, Compression compression);
  void depart_plainly(Flight& flight, Compression compression);
  void add_to_multi(Flight& flight, Flight::Stage stage);
  Flight* idle_flight() noexcept;
  [[nodiscard]] bool has_curl_work() const noexcept {
    return !is_plain || std::any_of(flights.begin(), flights.end(),
                                    [](const Flight& flight) { return flight.is_with_curl(); });
  }
  void refuse(FlightId id) noexcept;
  void perform() noexcept;
  void perform_with_curl() noexcept;
  void land(Flight& flight, CURLcode code) noexcept;
  void connected(Flight& flight, CURLcode code) noexcept;
  void go_on(Flight& flight, base::Deadline now) noexcept;
  void go_on_plainly() noexcept;
  void poll(std::chrono::milliseconds most) noexcept;
  void end_all(const char* why) noexcept;
  bool hand_over(std::vector<Courier::Arrival>& arrivals) noexcept;
};

/// Everything that can be found wrong before the first request.
Result<CURLM*> CurlHttpClient::State::open() {
  const Url url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, settings.url.c_str(), 0) != CURLUE_OK) {
    return unavailable("this is no URL to post to: " + without_credentials(settings.url));
  }
  const InheritedSockets inherited;
  multi.reset(curl_multi_init());
  if (!multi || !make_headers(settings, headers)) {
    return unavailable("libcurl has no handle to give");
  }
  // Version 7.88, for one, leaves what it wakes itself with to every program that is started.
  inherited.mark_pair_of([this] { curl_multi_wakeup(multi.get()); });
  curl_multi_poll(multi.get(), nullptr, 0, 0, nullptr);  // that wake-up meant nothing
  flights = std::vector<Flight>(std::max<std::size_t>(settings.max_in_flight, 1));
  is_plain = make_plain_heads(settings, plain_heads);
  const auto most = static_cast<long>(flights.size());
  curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, most);
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, most);
  if (const CURLcode code = prepare(flights.front()); code != CURLE_OK) {
    return unavailable(std::string("libcurl does not take our settings: ") +
                       curl_easy_strerror(code));
  }
  return multi.get();
}

/// Handles are made when they are first needed: most clients need one.
CURLcode CurlHttpClient::State::prepare(Flight& flight) {
  if (flight.easy) return CURLE_OK;
  flight.easy.reset(curl_easy_init());
  const CURLcode code = flight.easy ? configure(flight, settings, is_plain) : CURLE_OUT_OF_MEMORY;
  if (code != CURLE_OK) flight.easy.reset();
  return code;
}

void CurlHttpClient::State::depart(Flight& flight, Compression compression) {
  if (interrupted.load()) return flight.fail("interrupted");
  flight.departures = 0;
  flight.answer.restart();
  flight.error[0] = '\0';
  if (is_plain) return depart_plainly(flight, compression);
  if (const CURLcode code = prepare(flight); code != CURLE_OK) {
    return flight.fail(curl_easy_strerror(code));
  }
  CURL* easy = flight.easy.get();
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(flight.body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, flight.body.data());  // not copied
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers[static_cast<std::size_t>(compression)].get());
  add_to_multi(flight, Flight::Stage::under_way);
}

/// Over its connection, or over a new one once libcurl has opened it.
void CurlHttpClient::State::depart_plainly(Flight& flight, Compression compression) {
  flight.head = plain_heads[static_cast<std::size_t>(compression)];
  flight.head += std::to_string(flight.body.size());
  flight.head += "\r\n\r\n";
  flight.deadline = base::deadline_in(settings.request_timeout);
  if (flight.connection.is_usable()) return flight.start();
  flight.connection.close();
  if (const CURLcode code = prepare(flight); code != CURLE_OK) {
    return flight.fail(curl_easy_strerror(code));
  }
  add_to_multi(flight, Flight::Stage::connecting);
}

void CurlHttpClient::State::add_to_multi(Flight& flight, Flight::Stage stage) {
  const CURLMcode code = curl_multi_add_handle(multi.get(), flight.easy.get());
  if (code != CURLM_OK) return flight.fail(curl_multi_strerror(code));
  flight.stage = stage;
}

/// One that has a connection, where there is one; null: all are under way.
Flight* CurlHttpClient::State::idle_flight() noexcept {
  Flight* found = nullptr;
  for (Flight& flight : flights) {
    if (flight.stage != Flight::Stage::idle) continue;
    if (flight.connection.descriptor() >= 0) return &flight;
    if (found == nullptr) found = &flight;
  }
  return found;
}

void CurlHttpClient::State::refuse(FlightId id) noexcept {
  base::contain([&] { refused.push_back({id, {.error = "too many requests at once"}}); });
}

/// Does what can be done without waiting.
void CurlHttpClient::State::perform() noexcept {
  if (has_curl_work()) perform_with_curl();
  if (is_plain) go_on_plainly();
}

void CurlHttpClient::State::perform_with_curl() noexcept {
  const base::NoFork undisturbed;  // OpenSSL has locks that nobody would free in a child
  int running = 0;
  if (const CURLMcode code = curl_multi_perform(multi.get(), &running); code != CURLM_OK) {
    return end_all(curl_multi_strerror(code));
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    Flight* flight = nullptr;
    const CURLcode code = message->data.result;  // gone once the handle is removed
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &flight);
    if (flight->stage == Flight::Stage::connecting) {
      connected(*flight, code);
    } else {
      land(*flight, code);
    }
  }
}

/// libcurl closes its socket with the handle; the copy stays open.
void CurlHttpClient::State::connected(Flight& flight, CURLcode code) noexcept {
  CURL* easy = flight.easy.get();
  curl_socket_t socket = CURL_SOCKET_BAD;
  if (code == CURLE_OK) curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket);
  const bool is_open = socket != CURL_SOCKET_BAD && flight.connection.adopt(socket);
  curl_multi_remove_handle(multi.get(), easy);
  if (is_open) return flight.start();
  if (code == CURLE_OK) return flight.fail("no descriptor is left for the connection");
  flight.fail(flight.error[0] != '\0' ? flight.error : curl_easy_strerror(code));
}

void CurlHttpClient::State::go_on_plainly() noexcept {
  const base::Deadline now = base::deadline_in({});
  for (Flight& flight : flights) {
    if (flight.is_plain()) go_on(flight, now);
  }
}

void CurlHttpClient::State::go_on(Flight& flight, base::Deadline now) noexcept {
  switch (flight.connection.go_on()) {
    case PlainConnection::Outcome::pending:
      if (now < flight.deadline) return;
      flight.connection.close();
      // With a complete head the server has answered, whatever became of the body.
      if (flight.answer.has_head()) break;
      return flight.fail("the request timed out");
    case PlainConnection::Outcome::failed:
      return flight.fail(flight.connection.error());
    case PlainConnection::Outcome::answered:
      break;
  }
  const int status = flight.connection.status();
  if (status >= 300) diag::debug("the server says: {}", flight.answer.body());
  flight.land(flight.answer.take(status));
}

/// Waits for something to happen.
void CurlHttpClient::State::poll(std::chrono::milliseconds most) noexcept {
  std::array<curl_waitfd, kMostPolled> sockets{};
  unsigned count = 0;
  for (const Flight& flight : flights) {
    if (!flight.is_plain() || count == sockets.size()) continue;
    most = std::min(most, base::time_until(flight.deadline));
    sockets[count].fd = flight.connection.descriptor();
    sockets[count].events = CURL_WAIT_POLLIN;
    if (flight.connection.wants_to_write()) sockets[count].events |= CURL_WAIT_POLLOUT;
    ++count;
  }
  const auto timeout = std::clamp<std::chrono::milliseconds>(
      most, std::chrono::milliseconds::zero(), std::chrono::hours(1));
  const CURLMcode code = curl_multi_poll(multi.get(), sockets.data(), count,
                                         static_cast<int>(timeout.count()), nullptr);
  if (code != CURLM_OK) end_all(curl_multi_strerror(code));
}

void CurlHttpClient::State::land(Flight& flight, CURLcode code) noexcept {
  CURL* easy = flight.easy.get();
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_multi_remove_handle(multi.get(), easy);
  // With a complete head the server has answered, whatever became of the body.
  if (flight.answer.has_head()) {
    if (status >= 300) diag::debug("the server says: {}", flight.answer.body());
    flight.land(flight.answer.take(static_cast<int>(status)));
  } else if (flight.departures > 1) {
    flight.fail("the connection broke off, or the server refused the request, without an answer");
  } else {
    flight.fail(flight.error[0] != '\0' ? flight.error : curl_easy_strerror(code));
  }
}

void CurlHttpClient::State::end_all(const char* why) noexcept {
  for (Flight& flight : flights) {
    if (flight.is_with_curl()) {
      curl_multi_remove_handle(multi.get(), flight.easy.get());
    } else if (flight.is_plain()) {
      flight.connection.close();
    } else {
      continue;
    }
    flight.fail(why);
  }
}

/// Those that memory does not suffice for stay for the next time.
bool CurlHttpClient::State::hand_over(std::vector<Courier::Arrival>& arrivals) noexcept {
  bool any = !refused.empty();
  base::contain([&] { std::move(refused.begin(), refused.end(), std::back_inserter(arrivals)); });
  refused.clear();
  for (Flight& flight : flights) {
    if (flight.stage != Flight::Stage::landed) continue;
    any = true;
    base::contain([&] {
      arrivals.push_back({flight.id, std::move(flight.response)});
      flight.stage = Flight::Stage::idle;
    });
    shrink_kept(flight.body);
  }
  return any;
}

CurlHttpClient::CurlHttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}

/// In the child of a fork the sockets are closed already, and their numbers may be the host's by
/// now: there the handles stay where they are.
CurlHttpClient::~CurlHttpClient() {
  if (state_->fork_generation != base::fork_generation()) static_cast<void>(state_.release());
}

CaBundle CurlHttpClient::built_in_certificates() {
  const curl_version_info_data* info = curl_version_info(CURLVERSION_NOW);
  CaBundle bundle;
  if (info->age < CURLVERSION_SEVENTH) return bundle;
  if (info->cainfo != nullptr) bundle.file = info->cainfo;
  if (info->capath != nullptr) bundle.folder = info->capath;
  return bundle;
}

Result<std::unique_ptr<CurlHttpClient>> CurlHttpClient::open(const HttpClientSettings& settings) {
  if (!is_curl_ready()) return unavailable("libcurl cannot be initialised");
  auto state = std::make_unique<State>();
  state->settings = settings;
  if (auto opened = state->open(); !opened) return opened.error();
  return std::unique_ptr<CurlHttpClient>(new CurlHttpClient(std::move(state)));
}

void CurlHttpClient::post(FlightId id, std::string& bytes, Compression compression) noexcept {
  Flight* const flight = state_->idle_flight();
  if (flight == nullptr) return state_->refuse(id);
  flight->id = id;
  flight->body.swap(bytes);
  base::contain([&] {
    const base::NoFork undisturbed;
    state_->depart(*flight, compression);
  });
  if (flight->stage == Flight::Stage::idle) flight->fail("out of memory");
  // So that it is on its way while the caller does something else.
  if (flight->is_with_curl()) state_->perform();
}

void CurlHttpClient::wait(base::Deadline until, std::vector<Courier::Arrival>& arrivals) noexcept {
  for (bool polled = false;; polled = true) {
    if (state_->interrupted.load()) state_->end_all("interrupted");
    if (polled || state_->is_plain) state_->perform();
    if (state_->hand_over(arrivals) || state_->woken.exchange(false)) return;
    const auto left = base::time_until(until);
    if (left.count() == 0 && (polled || !state_->has_curl_work())) return;
    state_->poll(left);
  }
}

void CurlHttpClient::cancel() noexcept { state_->end_all("cancelled"); }

/// One call of libcurl for many of ours: it pays a system call each time.
void CurlHttpClient::wake() noexcept {
  if (!state_->woken.exchange(true)) curl_multi_wakeup(state_->multi.get());
}

void CurlHttpClient::interrupt() noexcept {
  state_->interrupted.store(true);
  state_->woken.store(true);
  curl_multi_wakeup(state_->multi.get());
}

}  // namespace picket::transport
