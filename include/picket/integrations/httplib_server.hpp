#pragma once

// Requests that a server of cpp-httplib serves, told to picket; see `httplib.hpp`.

#include "picket/integrations/http_server.hpp"
#include "picket/language.hpp"
#include "picket/picket.hpp"

#include <httplib.h>

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace picket::httplib {

namespace detail {

/// The request that the calling thread is serving. A server handles a request from its first hook
/// to its last on one thread, and the next one of the connection only after it.
inline std::optional<http::ServerRequest>& serving() noexcept {
  thread_local std::optional<http::ServerRequest> request;
  return request;
}

/// Facts about the connection that httplib puts among the headers.
inline bool is_header_of_httplib(std::string_view name) noexcept {
  return name == "REMOTE_ADDR" || name == "REMOTE_PORT" || name == "LOCAL_ADDR" ||
         name == "LOCAL_PORT";
}

template <class Request>
std::string_view scheme_of(const Request& request) noexcept {
  if constexpr (requires { request.ssl != nullptr; }) {
    if (request.ssl != nullptr) return "https";
  }
  return "http";
}

/// Runs work of ours. A host that is out of memory is not told of, but it serves.
template <class Work>
void contained(Work&& work) noexcept {
  PICKET_TRY { std::forward<Work>(work)(); }
  PICKET_CATCH_ALL {  // NOLINT(bugprone-empty-catch): nobody to tell
  }
}

inline void start(const ::httplib::Request& request) noexcept {
  auto& mine = serving();
  mine.reset();
  if (!is_initialized()) return;
  contained([&] {
    std::vector<http::Header> headers;
    for (const auto& [name, value] : request.headers) {
      if (!is_header_of_httplib(name)) headers.emplace_back(name, value);
    }
    mine.emplace(http::IncomingRequest{.method = request.method,
                                       .target = request.target,
                                       .scheme = scheme_of(request),
                                       .headers = headers,
                                       .remote_address = request.remote_addr,
                                       .origin = "auto.http.httplib"});
  });
}

/// Requests that are refused before they are routed come to the later hooks alone.
inline void start_if_refused(const ::httplib::Request& request) noexcept {
  if (!serving()) start(request);
}

inline void enter_route(const std::string& pattern, const ::httplib::Request& request) noexcept {
  auto& mine = serving();
  if (!mine) return;
  mine->set_route(pattern);
  contained([&] { mine->set_body(request.get_header_value("Content-Type"), request.body); });
}

inline void finish(int status) noexcept {
  auto& mine = serving();
  if (mine) mine->finish(status);
  mine.reset();
}

/// Runs code of the host. What it throws is noted and goes on to httplib.
template <class Work>
decltype(auto) watched(Work&& work) {
  PICKET_TRY { return std::forward<Work>(work)(); }
  PICKET_CATCH_ALL {
    if (auto& mine = serving()) mine->set_unhandled(std::current_exception());
    PICKET_RETHROW;
  }
}

/// The handler of a route: tells its pattern, and the body where that was read.
template <class Handler>
auto routed(std::string pattern, Handler handler) {
  using Request = ::httplib::Request;
  using Response = ::httplib::Response;
  if constexpr (std::is_invocable_v<Handler&, const Request&, Response&>) {
    return ::httplib::Server::Handler([=](const Request& in, Response& out) mutable {
      enter_route(pattern, in);
      watched([&] { handler(in, out); });
    });
  } else {
    using Reader = ::httplib::ContentReader;
    return ::httplib::Server::HandlerWithContentReader(
        [=](const Request& in, Response& out, const Reader& reader) mutable {
          enter_route(pattern, in);  // the body is still to be read
          watched([&] { handler(in, out, reader); });
        });
  }
}

}  // namespace detail

/// A server of httplib, `Server` or `SSLServer`, whose requests are told to picket, see
/// `http::ServerRequest`: each has an isolation scope and a transaction of its own, from routing to
/// the last byte of the response. Also requests that no handler matches, that the pre-routing
/// handler answers, or that are refused before they are routed.
///
/// What a handler throws is captured once, unhandled, and goes on to httplib; unless the host's
/// exception handler makes an answer below 500 of it, which is the host's way to say no.
///
/// The functions below hide those of httplib and work alike; call them on an object of this type,
/// for those of the base would replace the hooks that picket lives by. The host's own hooks run
/// inside its request's scope and may capture, tag and start spans.
/// Personal data: see `http::ServerRequest`.
/// Threads: as httplib; set everything up before the server listens.
template <class Base = ::httplib::Server>
class Instrumented : public Base {
 public:
  using Request = ::httplib::Request;
  using Response = ::httplib::Response;
  using Handler = ::httplib::Server::Handler;
  using HandlerResponse = ::httplib::Server::HandlerResponse;
  using HandlerWithResponse = ::httplib::Server::HandlerWithResponse;
  using ExceptionHandler = ::httplib::Server::ExceptionHandler;
  using Expect100ContinueHandler = ::httplib::Server::Expect100ContinueHandler;

  /// Takes what the constructor of `Base` takes.
  template <class... Args>
  explicit Instrumented(Args&&... args) : Base(std::forward<Args>(args)...) {
    install();
  }

  /// Handlers take `(const Request&, Response&)`, those below `Get` also a `ContentReader`.
  template <class AnyHandler>
  Instrumented& Get(const std::string& pattern, AnyHandler handler) {
    Base::Get(pattern, detail::routed(pattern, std::move(handler)));
    return *this;
  }
  template <class AnyHandler>
  Instrumented& Post(const std::string& pattern, AnyHandler handler) {
    Base::Post(pattern, detail::routed(pattern, std::move(handler)));
    return *this;
  }
  template <class AnyHandler>
  Instrumented& Put(const std::string& pattern, AnyHandler handler) {
    Base::Put(pattern, detail::routed(pattern, std::move(handler)));
    return *this;
  }
  template <class AnyHandler>
  Instrumented& Patch(const std::string& pattern, AnyHandler handler) {
    Base::Patch(pattern, detail::routed(pattern, std::move(handler)));
    return *this;
  }
  template <class AnyHandler>
  Instrumented& Delete(const std::string& pattern, AnyHandler handler) {
    Base::Delete(pattern, detail::routed(pattern, std::move(handler)));
    return *this;
  }
  template <class AnyHandler>
  Instrumented& Options(const std::string& pattern, AnyHandler handler) {
    Base::Options(pattern, detail::routed(pattern, std::move(handler)));
    return *this;
  }

  Instrumented& set_pre_routing_handler(HandlerWithResponse handler) {
    pre_routing_ = std::move(handler);
    return *this;
  }

  /// `handler` returns a `HandlerResponse`, or nothing when it handles all.
  template <class AnyHandler>
  Instrumented& set_error_handler(AnyHandler handler) {
    using Returned = std::invoke_result_t<AnyHandler&, const Request&, Response&>;
    if constexpr (std::is_void_v<Returned>) {
      error_ = [handler = std::move(handler)](const Request& in, Response& out) mutable {
        handler(in, out);
        return HandlerResponse::Handled;
      };
    } else {
      error_ = std::move(handler);
    }
    return *this;
  }

  Instrumented& set_post_routing_handler(Handler handler) {
    post_routing_ = std::move(handler);
    return *this;
  }

  Instrumented& set_logger(::httplib::Logger logger) {
    logger_ = std::move(logger);
    return *this;
  }

  Instrumented& set_exception_handler(ExceptionHandler handler);
  Instrumented& set_file_request_handler(Handler handler);

  /// Runs before the request is known to picket, in a scope of its own.
  Instrumented& set_expect_100_continue_handler(Expect100ContinueHandler handler);

 private:
  void install();

  HandlerWithResponse pre_routing_{};
  HandlerWithResponse error_{};
  Handler post_routing_{};
  ::httplib::Logger logger_{};
};

using Server = Instrumented<>;

// httplib calls, for each request: the pre-routing hook, a handler, the exception hook if that
// threw, the error hook for 400 and above, the post-routing hook, and when the response has been
// written the logger. A request that is refused early has only the last two or three of them.
template <class Base>
void Instrumented<Base>::install() {
  Base::set_pre_routing_handler([this](const Request& in, Response& out) {
    detail::start(in);
    if (!pre_routing_) return HandlerResponse::Unhandled;
    return detail::watched([&] { return pre_routing_(in, out); });
  });
  Base::set_error_handler(HandlerWithResponse([this](const Request& in, Response& out) {
    detail::start_if_refused(in);
    if (!error_) return HandlerResponse::Unhandled;
    return detail::watched([&] { return error_(in, out); });
  }));
  Base::set_post_routing_handler([this](const Request& in, Response& out) {
    detail::start_if_refused(in);
    if (post_routing_) detail::watched([&] { post_routing_(in, out); });
  });
  Base::set_logger([this](const Request& in, const Response& out) {
    if (logger_) detail::watched([&] { logger_(in, out); });
    detail::finish(out.status);
  });
}

// Only when the host has one: without it httplib answers exceptions in another way than with any.
template <class Base>
Instrumented<Base>& Instrumented<Base>::set_exception_handler(ExceptionHandler handler) {
  if (!handler) {
    Base::set_exception_handler(nullptr);
    return *this;
  }
  Base::set_exception_handler(
      [handler = std::move(handler)](const Request& in, Response& out, std::exception_ptr error) {
        const int before = out.status;
        detail::watched([&] { handler(in, out, std::move(error)); });
        const bool is_answer = out.status != before && out.status < 500;
        if (auto& mine = detail::serving(); mine && is_answer) mine->set_unhandled(nullptr);
      });
  return *this;
}

template <class Base>
Instrumented<Base>& Instrumented<Base>::set_file_request_handler(Handler handler) {
  Base::set_file_request_handler([handler = std::move(handler)](const Request& in, Response& out) {
    if (handler) detail::watched([&] { handler(in, out); });
  });
  return *this;
}

template <class Base>
Instrumented<Base>& Instrumented<Base>::set_expect_100_continue_handler(
    Expect100ContinueHandler handler) {
  if (!handler) {
    Base::set_expect_100_continue_handler(nullptr);
    return *this;
  }
  Base::set_expect_100_continue_handler(
      [handler = std::move(handler)](const Request& in, Response& out) {
        const ScopeGuard scope = isolate();
        return handler(in, out);
      });
  return *this;
}

}  // namespace picket::httplib
