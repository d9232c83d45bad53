#include "transport/http_transport.hpp"

#include "picket/version.hpp"
#include "transport/curl_http_client.hpp"
#include "transport/gzip.hpp"

#include <utility>

#include <fmt/format.h>

namespace picket::transport {
namespace {

constexpr std::size_t kWorthCompressing = 1024;

/// Spec: P1.5.
std::string auth_header(const Dsn& dsn, std::string_view client) {
  std::string line =
      fmt::format("X-Sentry-Auth: Sentry sentry_version=7, sentry_client={}, sentry_key={}", client,
                  dsn.public_key());
  if (!dsn.secret_key().empty()) line += ", sentry_secret=" + dsn.secret_key();
  return line;
}

class HttpTransport final : public Transport {
 public:
  HttpTransport(std::unique_ptr<CurlHttpClient> client, bool compress)
      : client_(std::move(client)), compress_(compress) {}

  TransportResponse send(std::string_view envelope) override {
    if (compress_ && envelope.size() >= kWorthCompressing) {
      const std::string_view gzipped = gzip_.compress(envelope);
      if (!gzipped.empty()) return client_->post(gzipped, true);
    }
    return client_->post(envelope, false);
  }

  void interrupt() noexcept override { client_->interrupt(); }

 private:
  std::unique_ptr<CurlHttpClient> client_;
  Gzip gzip_;
  bool compress_;
};

}  // namespace

Result<std::unique_ptr<Courier>> make_http_courier(const Dsn& dsn, const HttpOptions& options) {
  const std::string client = fmt::format("{}/{}", kSdkName, kVersion);
  HttpClientSettings settings;
  settings.url = dsn.envelope_url();
  settings.user_agent = client;
  settings.headers = {"Content-Type: application/x-sentry-envelope", auth_header(dsn, client)};
  settings.connect_timeout = options.connect_timeout;
  settings.request_timeout = options.request_timeout;
  settings.ca_certs = options.ca_certs;
  settings.proxy = options.proxy;
  auto http = CurlHttpClient::open(settings);
  if (!http) return http.error();
  return make_blocking_courier(std::make_shared<HttpTransport>(
      std::move(http).value(), options.compression != Compression::none));
}

}  // namespace picket::transport
