#include "transport/curl_http_client.hpp"

#include "base/contain.hpp"
#include "base/fork.hpp"
#include "transport/curl_flight.hpp"
#include "transport/inherited_sockets.hpp"
#include "transport/kept_buffer.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>

namespace picket::transport {
namespace {

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
