// HTTP/2 against a server that refuses streams: nothing arrives twice unless somebody asked.

#include "ingest/certificate.hpp"
#include "support/child_process.hpp"
#include "transport/http_transport.hpp"
#include "unit/transport/courier_steps.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace picket::transport {
namespace {

/// The server with its actions, and a courier to it.
class RefusingServer {
 public:
  explicit RefusingServer(const std::vector<std::string>& actions) {
    started_ = test::start_on_a_port(
        [&](int port) {
          std::vector<std::string> command = {
              "python3", PICKET_TESTS_DIR "/support/http2_server.py",
              certificate_.certificate_file(), certificate_.key_file(), std::to_string(port)};
          command.insert(command.end(), actions.begin(), actions.end());
          return command;
        },
        folder_.path("output"));
  }

  [[nodiscard]] std::unique_ptr<Courier> courier() const {
    const auto dsn = Dsn::parse("https://key@127.0.0.1:" + std::to_string(started_.port) + "/42");
    auto made = make_http_courier(dsn.value(), {.ca_certs = certificate_.certificate_file()});
    REQUIRE(made);
    return std::move(*made);
  }

  /// How many lines of this kind it has printed.
  [[nodiscard]] std::size_t count(const std::string& kind) const {
    std::istringstream lines(started_.process->output());
    std::size_t found = 0;
    for (std::string line; std::getline(lines, line);) found += line.starts_with(kind) ? 1U : 0U;
    return found;
  }

 private:
  test::ScratchFolder folder_;
  ingest::Certificate certificate_ = ingest::Certificate::create().value();
  test::PortedProcess started_;
};

TEST_SUITE("transport/http2") {
  TEST_CASE("a stream that the server refuses is not sent again by libcurl") {
    for (const std::string refusal : {"refuse", "refuse-early", "goaway", "http11"}) {
      for (const std::size_t size : {3U, 200'000U}) {
        CAPTURE(refusal);
        CAPTURE(size);
        const RefusingServer server({"ok", refusal});
        const auto courier = server.courier();
        courier->send(1, std::string(size, 'x'));
        CHECK(await(*courier, 1).at(1).status == 200);
        courier->send(2, std::string(size, 'x'));
        const TransportResponse refused = await(*courier, 1).at(2);
        CHECK(refused.status == 0);
        CHECK_FALSE(refused.error.empty());
        CHECK(refused.repeated == false);
        CHECK(server.count("head") == 2);
        courier->send(3, "{}\n");
        CHECK(await(*courier, 1).at(3).status == 200);
        CHECK(server.count("head") == 3);
      }
    }
  }
}

}  // namespace
}  // namespace picket::transport
