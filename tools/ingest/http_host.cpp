#include "ingest/http_host.hpp"

#include "ingest/wire.hpp"

#include <httplib.h>

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace picket::ingest {
namespace {

constexpr int kBacklog = 512;
constexpr std::chrono::milliseconds kGrace{250};

// The HTTP library undoes some encodings and parses forms by itself; under other names these
// headers mean nothing to it, and the body arrives as it was sent.
constexpr const char* kHidden[][2] = {{"Content-Encoding", "X-Picket-Content-Encoding"},
                                      {"Content-Type", "X-Picket-Content-Type"}};

// Finds the socket of a connection that was just accepted: the one whose client was not there
// before.
class Doorkeeper {
 public:
  using Ask = std::function<Opening(std::uint64_t number)>;

  explicit Doorkeeper(Ask ask) : ask_(std::move(ask)) {}

  // Called by the one thread that accepts.
  Connection meet(int local_port) {
    Connection connection;
    connection.number = ++count_;
    std::lock_guard lock(mutex_);
    for_each_socket(local_port, [&](int fd, int remote_port) {
      if (clients_.insert(remote_port).second) {
        connection.fd = fd;
        connection.remote_port = remote_port;
      }
    });
    if (ask_) connection.opening = ask_(connection.number);
    return connection;
  }

  void forget(const Connection& connection) {
    std::lock_guard lock(mutex_);
    clients_.erase(connection.remote_port);
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

 private:
  Ask ask_;
  std::atomic<std::uint64_t> count_{0};
  std::mutex mutex_;
  std::set<int> clients_;  // their ports
};

// One thread per connection, so that connections that hang cannot starve the others.
class ThreadPerConnection final : public httplib::TaskQueue {
 public:
  ThreadPerConnection(Doorkeeper& door, const int& local_port)
      : door_(door), local_port_(local_port) {}

  void enqueue(std::function<void()> serve) override {
    const Connection connection = door_.meet(local_port_);
    if (connection.opening == Opening::drop && connection.fd >= 0) {
      drop(connection);
      return door_.forget(connection);
    }
    {
      std::lock_guard lock(mutex_);
      ++running_;
    }
    std::thread([this, connection, serve = std::move(serve)] {
      this_connection() = connection;
      serve();
      door_.forget(connection);
      std::lock_guard lock(mutex_);
      --running_;
      idle_.notify_all();
    }).detach();
  }

  // Answers that are on their way still arrive; who is not done by then is cut off.
  void shutdown() override {
    std::unique_lock lock(mutex_);
    const auto done = [this] { return running_ == 0; };
    if (idle_.wait_for(lock, kGrace, done)) return;
    for_each_socket(local_port_, [](int fd, int) { ::shutdown(fd, SHUT_RDWR); });
    idle_.wait(lock, done);
  }

 private:
  Doorkeeper& door_;
  const int& local_port_;  // not known yet when this is made
  std::mutex mutex_;
  std::condition_variable idle_;
  int running_ = 0;
};

// The library's listening socket has a queue of 5; a burst of clients would wait a second each.
template <class Base>
class WideServer final : public Base {
 public:
  using Base::Base;
  void widen() { ::listen(this->svr_sock_, kBacklog); }
};

void set_partial_body(httplib::Response& out, const std::string& body) {
  const std::size_t promised = body.size() + 100;
  out.set_content_provider(promised, "application/json",
                           [body](std::size_t offset, std::size_t, httplib::DataSink& sink) {
                             if (offset == 0) sink.write(body.data(), body.size() / 2 + 1);
                             return false;  // the library cuts the connection here
                           });
}

void apply(const HttpReply& reply, httplib::Response& out) {
  out.status = reply.status;
  for (const auto& [name, value] : reply.headers) out.set_header(name, value);
  if (reply.wire == Wire::partial) return set_partial_body(out, reply.body);
  out.set_content(reply.body, "application/json");
  // Of a spoilt answer nothing more gets through: its connection has been ended.
  if (reply.wire != Wire::answer) spoil(reply, this_connection());
}

std::string shown_name(const std::string& name) {
  for (const auto& pair : kHidden) {
    if (name == pair[1]) return pair[0];
  }
  return name;
}

HttpRequest to_request(const httplib::Request& in) {
  HttpRequest request;
  request.method = in.method;
  request.path = in.path;
  for (const auto& [name, value] : in.params) request.query.emplace_back(name, value);
  for (const auto& [name, value] : in.headers) {
    // These are the library's own additions.
    if (name == "REMOTE_ADDR" || name == "REMOTE_PORT" || name == "LOCAL_ADDR" ||
        name == "LOCAL_PORT") {
      continue;
    }
    request.headers.emplace_back(shown_name(name), value);
  }
  return request;
}

httplib::Server::HandlerResponse hide_headers(const httplib::Request& request, httplib::Response&) {
  // The library owns this object and hands it out as const only to keep handlers honest.
  auto& headers = const_cast<httplib::Request&>(request).headers;
  for (const auto& pair : kHidden) {
    const auto found = headers.find(pair[0]);
    if (found == headers.end()) continue;
    const std::string value = found->second;
    headers.erase(pair[0]);
    headers.emplace(pair[1], value);
  }
  return httplib::Server::HandlerResponse::Unhandled;
}

}  // namespace

std::string_view find_header(const Headers& headers, std::string_view name) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (const auto& [key, value] : headers) {
    if (std::equal(key.begin(), key.end(), name.begin(), name.end(),
                   [&](char a, char b) { return lower(a) == lower(b); })) {
      return value;
    }
  }
  return {};
}

struct HttpHost::Impl {
  std::unique_ptr<httplib::Server> server;
  std::function<void()> widen;
  Handler handler;
  std::size_t max_body = 0;
  std::unique_ptr<Doorkeeper> door;
  int port = 0;
  std::thread listener;

  void configure();
  void serve(const httplib::Request& in, httplib::Response& out,
             const httplib::ContentReader* reader);
};

void HttpHost::Impl::serve(const httplib::Request& in, httplib::Response& out,
                           const httplib::ContentReader* reader) {
  HttpRequest request = to_request(in);
  bool is_due = reader != nullptr;
  request.read_body = [&] {
    if (!std::exchange(is_due, false)) return;
    const bool whole = (*reader)([&](const char* data, std::size_t size) {
      request.too_large = request.too_large || request.body.size() + size > max_body;
      if (request.too_large) {
        request.body.clear();  // read on to the end, so that the client gets its answer
      } else {
        request.body.append(data, size);
      }
      return true;
    });
    request.cut_off = !whole;
  };
  apply(handler(request), out);
  request.read_body();  // what is left of it must not be taken for the next request
}

void HttpHost::Impl::configure() {
  server->new_task_queue = [this] { return new ThreadPerConnection(*door, port); };
  server->set_tcp_nodelay(true);
  server->set_keep_alive_max_count(1u << 30);
  server->set_keep_alive_timeout(60);
  server->set_payload_max_length(std::numeric_limits<std::size_t>::max());
  server->set_socket_options([](socket_t fd) {
    const int on = 1;  // not SO_REUSEPORT: a taken port must be an error
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  server->set_pre_routing_handler(hide_headers);
  server->Post(".*", [this](const httplib::Request& in, httplib::Response& out,
                            const httplib::ContentReader& reader) { serve(in, out, &reader); });
  server->Get(".*", [this](const httplib::Request& in, httplib::Response& out) {
    serve(in, out, nullptr);
  });
}

HttpHost::HttpHost(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpHost::~HttpHost() { stop(); }

Result<std::unique_ptr<HttpHost>> HttpHost::start(const HttpHostOptions& options, Handler handler) {
  auto impl = std::make_unique<Impl>();
  impl->handler = std::move(handler);
  impl->max_body = options.max_body;
  impl->door = std::make_unique<Doorkeeper>(options.on_connection);
  if (options.certificate_file.empty()) {
    auto server = std::make_unique<WideServer<httplib::Server>>();
    impl->widen = [raw = server.get()] { raw->widen(); };
    impl->server = std::move(server);
  } else {
    auto server = std::make_unique<WideServer<httplib::SSLServer>>(options.certificate_file.c_str(),
                                                                   options.key_file.c_str());
    impl->widen = [raw = server.get()] { raw->widen(); };
    if (server->is_valid()) watch_handshakes(server->ssl_context());
    impl->server = std::move(server);
  }
  if (!impl->server->is_valid()) {
    return Error{Errc::unavailable, "TLS does not start with the server's certificate"};
  }
  impl->configure();
  if (options.port == 0) {
    impl->port = impl->server->bind_to_any_port("127.0.0.1");
  } else if (impl->server->bind_to_port("127.0.0.1", options.port)) {
    impl->port = options.port;
  }
  if (impl->port <= 0) {
    return Error{Errc::unavailable, "port " + std::to_string(options.port) +
                                        " cannot be bound, choose another or 0 for a free one"};
  }
  impl->widen();
  impl->listener = std::thread([raw = impl.get()] { raw->server->listen_after_bind(); });
  // The library can only be stopped once it is running.
  while (!impl->server->is_running()) std::this_thread::yield();
  return std::unique_ptr<HttpHost>(new HttpHost(std::move(impl)));
}

std::uint16_t HttpHost::port() const noexcept { return static_cast<std::uint16_t>(impl_->port); }

std::uint64_t HttpHost::connection_count() const noexcept { return impl_->door->count(); }

void HttpHost::stop() noexcept {
  if (!impl_->listener.joinable()) return;
  impl_->server->stop();
  impl_->listener.join();
}

}  // namespace picket::ingest
