#include "transport/http_transport.hpp"

#include "base/contain.hpp"
#include "base/environment.hpp"
#include "base/text.hpp"
#include "picket/version.hpp"
#include "transport/curl_http_client.hpp"
#include "transport/http_answer.hpp"
#include "transport/http_body.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include <fmt/format.h>

namespace picket::transport {
namespace {

/// Where to post, and with which headers.
struct Target {
  std::string url{};
  HttpHeaders headers{};  // but for `User-Agent`
  std::string user_agent{};
};

/// Spec: P1.5.
std::string auth_value(const Dsn& dsn, std::string_view client) {
  std::string value = fmt::format("Sentry sentry_version=7, sentry_client={}, sentry_key={}",
                                  client, dsn.public_key());
  if (!dsn.secret_key().empty()) value += ", sentry_secret=" + dsn.secret_key();
  return value;
}

/// A tunnel finds the DSN in the head of each envelope, and need not see a secret. Spec: P7.14.
Target target_of(const Dsn& dsn, const std::string& tunnel) {
  Target target;
  target.user_agent = fmt::format("{}/{}", kSdkName, kVersion);
  target.headers.emplace_back("Content-Type", "application/x-sentry-envelope");
  if (tunnel.empty()) {
    target.url = dsn.envelope_url();
    target.headers.emplace_back("X-Sentry-Auth", auth_value(dsn, target.user_agent));
  } else {
    target.url = tunnel;
  }
  return target;
}

class CurlCourier final : public Courier {
 public:
  CurlCourier(std::unique_ptr<CurlHttpClient> client, const HttpOptions& options)
      : client_(std::move(client)),
        packer_(options.compression),
        capacity_(std::max<std::size_t>(options.max_in_flight, 1)) {}

  [[nodiscard]] std::size_t capacity() const noexcept override { return capacity_; }

  void send(FlightId flight, std::string envelope) noexcept override {
    HttpBody body = packer_.pack(envelope);
    if (body.compression == Compression::none) {
      return client_->post(flight, envelope, Compression::none);
    }
    const bool copied = base::contain(false, [&] {
      buffer_.assign(body.bytes);
      return true;
    });
    if (!copied) return client_->post(flight, envelope, Compression::none);
    client_->post(flight, buffer_, body.compression);
  }

  void wait(base::Deadline until, std::vector<Arrival>& arrivals) noexcept override {
    client_->wait(until, arrivals);
  }
  void cancel() noexcept override { client_->cancel(); }
  void wake() noexcept override { client_->wake(); }
  void interrupt() noexcept override { client_->interrupt(); }

 private:
  const std::unique_ptr<CurlHttpClient> client_;
  BodyPacker packer_;
  std::string buffer_;  // goes round: the client gives back that of an earlier request
  const std::size_t capacity_;
};

/// The HTTP stack of the host.
class LentClient final : public Transport {
 public:
  LentClient(std::shared_ptr<HttpClient> client, Target target, Compression compression)
      : client_(std::move(client)), url_(std::move(target.url)), packer_(compression) {
    target.headers.emplace_back("User-Agent", std::move(target.user_agent));
    headers_.fill(std::move(target.headers));
    of(Compression::gzip).emplace_back("Content-Encoding", "gzip");
    of(Compression::zstd).emplace_back("Content-Encoding", "zstd");
  }

  TransportResponse send(std::string_view envelope) override {
    const HttpBody body = packer_.pack(envelope);
    const HttpResponse answer = client_->post({url_, of(body.compression), body.bytes});
    TransportResponse response;
    if (answer.status < 100) {
      response.error = answer.error.empty() ? "no answer" : answer.error;
      return response;
    }
    response.status = answer.status;
    for (const auto& [name, value] : answer.headers) {
      keep_header(response, name, base::trim(value));
    }
    return response;
  }

  void interrupt() noexcept override { client_->interrupt(); }

 private:
  HttpHeaders& of(Compression compression) {
    return headers_[static_cast<std::size_t>(compression)];
  }

  const std::shared_ptr<HttpClient> client_;
  const std::string url_;
  std::array<HttpHeaders, 3> headers_{};  // one for each `Compression`
  BodyPacker packer_;
};

/// What OpenSSL cannot read would only be told with the first request.
std::string unreadable(const HttpOptions& options) {
  const std::pair<const char*, const std::string*> files[] = {
      {"ca_certs", &options.ca_certs},
      {"client_certificate", &options.client_certificate},
      {"client_key", &options.client_key}};
  for (const auto& [option, path] : files) {
    if (path->empty()) continue;
    std::ifstream file(*path);
    if (file.peek() == std::ifstream::traits_type::eof()) {
      return fmt::format("Options::{} names {}, which cannot be read", option, *path);
    }
  }
  if (options.client_certificate.empty() && !options.client_key.empty()) {
    return "Options::client_key is set without Options::client_certificate";
  }
  return {};
}

bool can_read(const std::string& path) { return ::access(path.c_str(), R_OK) == 0; }

CaBundle certificates(const HttpOptions& options, std::string_view scheme) {
  CaChoice choice =
      choose_ca_bundle(options.ca_certs, {.built_in = CurlHttpClient::built_in_certificates(),
                                          .environment = &base::environment,
                                          .exists = &can_read});
  if (!choice.complaint.empty() && scheme == "https") diag::warn("{}", choice.complaint);
  return std::move(choice.bundle);
}

Result<std::unique_ptr<Courier>> make_curl_courier(Target target, const HttpOptions& options) {
  if (std::string complaint = unreadable(options); !complaint.empty()) {
    return Error{Errc::unavailable, std::move(complaint)};
  }
  const std::string scheme = base::to_lower(target.url.substr(0, target.url.find(':')));
  auto proxy = choose_proxy(scheme, {options.proxy, options.no_proxy}, &base::environment);
  if (!proxy) return proxy.error();
  HttpClientSettings settings{.url = std::move(target.url),
                              .user_agent = std::move(target.user_agent),
                              .connect_timeout = options.connect_timeout,
                              .request_timeout = options.request_timeout,
                              .max_in_flight = options.max_in_flight,
                              .http2 = options.http2 && scheme == "https",
                              .trusted = certificates(options, scheme),
                              .client_certificate = options.client_certificate,
                              .client_key = options.client_key,
                              .proxy = std::move(*proxy)};
  for (const auto& [name, value] : target.headers) {
    settings.headers.push_back(fmt::format("{}: {}", name, value));
  }
  auto client = CurlHttpClient::open(settings);
  if (!client) return client.error();
  return std::unique_ptr<Courier>(std::make_unique<CurlCourier>(std::move(*client), options));
}

}  // namespace

Result<std::unique_ptr<Courier>> make_http_courier(const Dsn& dsn, const HttpOptions& options) {
  Target target = target_of(dsn, options.tunnel);
  if (!options.client) return make_curl_courier(std::move(target), options);
  return make_blocking_courier(
      std::make_shared<LentClient>(options.client, std::move(target), options.compression));
}

}  // namespace picket::transport
