#include "client/config.hpp"

#include "support/scoped_env.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

namespace picket::client {
namespace {

using tests::ScopedEnv;

constexpr const char* kDsn = "https://aa11@h.example/1";

TEST_SUITE("client/config") {
  TEST_CASE("an option beats its variable, which beats the default") {  // C165, S3.4
    const ScopedEnv dsn("SENTRY_DSN", kDsn);
    const ScopedEnv release("SENTRY_RELEASE", "shop@env");
    const ScopedEnv environment("SENTRY_ENVIRONMENT", "staging");
    const ScopedEnv rate("SENTRY_SAMPLE_RATE", "0.25");
    const ScopedEnv debug("SENTRY_DEBUG", "1");

    const Config from_environment = resolve({}).config;
    CHECK(from_environment.dsn == *Dsn::parse(kDsn));
    CHECK(from_environment.options.release == "shop@env");
    CHECK(from_environment.options.environment == "staging");
    CHECK(from_environment.sample_rate == 0.25);
    CHECK(from_environment.debug);

    const Config explicit_options = resolve({.dsn = "http://bb@other/2",
                                             .release = "shop@2",
                                             .environment = "test",
                                             .debug = false,
                                             .sample_rate = 0.5})
                                        .config;
    CHECK(explicit_options.dsn->public_key() == "bb");
    CHECK(explicit_options.options.release == "shop@2");
    CHECK(explicit_options.options.environment == "test");
    CHECK(explicit_options.sample_rate == 0.5);
    CHECK_FALSE(explicit_options.debug);
  }

  TEST_CASE("blank variables count as not set and blanks are cut") {  // S3.4
    const ScopedEnv dsn("SENTRY_DSN", "   ");
    const ScopedEnv environment("SENTRY_ENVIRONMENT", "");
    const ScopedEnv release("SENTRY_RELEASE", "  shop@3 ");
    const Config config = resolve({}).config;
    CHECK_FALSE(config.dsn);
    CHECK(config.dsn_error.empty());
    CHECK(config.options.environment == "production");  // P3.2
    CHECK(config.options.release == "shop@3");
  }

  TEST_CASE("the environment of a host in debug mode is development unless it is named") {  // S3.2
    CHECK(resolve({.host_debug_mode = true}).config.options.environment == "development");
    CHECK(resolve({.environment = "staging", .host_debug_mode = true}).config.options.environment ==
          "staging");
    const ScopedEnv environment("SENTRY_ENVIRONMENT", "test");
    CHECK(resolve({.host_debug_mode = true}).config.options.environment == "test");
  }

  TEST_CASE("a malformed DSN is an error without its key") {  // S3.6
    const Config config = resolve({.dsn = "https://topsecret@/1"}).config;
    CHECK_FALSE(config.dsn);
    CHECK(config.dsn_error.find("host") != std::string::npos);
    CHECK(config.dsn_error.find("topsecret") == std::string::npos);
  }

  TEST_CASE("absurd values become complaints and safe values") {
    struct Row {
      const char* name;
      Options options;
      const char* complaint;
    };
    const Row rows[] = {
        {"rate above one", {.sample_rate = 2.0}, "sample_rate"},
        {"negative rate", {.sample_rate = -1.0}, "sample_rate"},
        {"rate that is no number",
         {.sample_rate = std::numeric_limits<double>::quiet_NaN()},
         "sample_rate"},
        {"no queue", {.max_queue_items = 0}, "max_queue_items"},
        {"tiny queue", {.max_queue_bytes = 1}, "max_queue_bytes"},
        {"endless breadcrumbs", {.max_breadcrumbs = 1U << 30U}, "max_breadcrumbs"},
        {"no attempt", {.max_attempts = 0}, "max_attempts"},
        {"negative timeout", {.request_timeout = std::chrono::milliseconds(-5)}, "request_timeout"},
        {"endless shutdown", {.shutdown_timeout = std::chrono::hours(100'000)}, "shutdown_timeout"},
        {"release with a slash", {.release = "a/b"}, "release"},
        {"environment named none", {.environment = "None"}, "environment"},
        {"dist with a blank", {.dist = "a b"}, "dist"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const Resolved resolved = resolve(row.options);
      REQUIRE(resolved.complaints.size() == 1);
      CHECK(resolved.complaints[0].find(row.complaint) != std::string::npos);
      const Options& safe = resolved.config.options;
      CHECK(resolved.config.sample_rate == 1.0);
      CHECK(safe.max_queue_items >= 1);
      CHECK(safe.max_queue_bytes >= 65536);
      CHECK(safe.max_breadcrumbs <= 1000);
      CHECK(safe.max_attempts >= 1);
      CHECK(safe.request_timeout.count() > 0);
      CHECK(safe.shutdown_timeout <= std::chrono::hours(24));
      CHECK(safe.release.empty());
      CHECK(safe.environment == "production");
      CHECK(safe.dist.empty());
    }
    CHECK(resolve({}).complaints.empty());
  }

  TEST_CASE("variables that do not parse are ignored with a complaint") {  // P7.1
    const ScopedEnv rate("SENTRY_SAMPLE_RATE", "half");
    const ScopedEnv debug("SENTRY_DEBUG", "maybe");
    const Resolved resolved = resolve({});
    CHECK(resolved.config.sample_rate == 1.0);
    CHECK_FALSE(resolved.config.debug);
    CHECK(resolved.complaints.size() == 2);
  }

  TEST_CASE("tracing is on with a rate or a sampler, and only then") {  // P4.6 rule 1
    CHECK_FALSE(resolve({}).config.is_tracing());
    CHECK(resolve({.traces_sample_rate = 0.0}).config.is_tracing());
    CHECK(resolve({.traces_sampler = [](const SamplingContext&) {
            return 0.0;
          }}).config.is_tracing());
    const auto bad = resolve({.traces_sample_rate = 1.5});
    CHECK_FALSE(bad.config.is_tracing());
    REQUIRE(bad.complaints.size() == 1);
    CHECK(bad.complaints[0].find("traces_sample_rate is 1.5") != std::string::npos);
    CHECK(bad.complaints[0].find("using none") != std::string::npos);
  }

  TEST_CASE("what a trace says of the client comes from DSN and options") {  // P4.8, P1.3
    const auto own = resolve({.dsn = "https://key@o77.ingest.example/1", .release = "a@1"});
    CHECK(own.config.trace->public_key == "key");
    CHECK(own.config.trace->org_id == 77);
    CHECK(own.config.trace->release == "a@1");
    CHECK(own.config.trace->environment == "production");
    CHECK(own.config.trace->own_authority == "o77.ingest.example");
    const auto option = resolve({.dsn = "http://key@o77.local:9000/1", .org_id = 5});
    CHECK(option.config.trace->org_id == 5);
    CHECK(option.config.trace->own_authority == "o77.local:9000");
  }

  TEST_CASE("debug mode hears everything, a level of its own beats it") {  // S12.5
    CHECK(resolve({}).config.diagnostic_level == Level::warning);
    CHECK(resolve({.debug = true}).config.diagnostic_level == Level::debug);
    CHECK(resolve({.debug = true, .diagnostic_level = Level::error}).config.diagnostic_level ==
          Level::error);
  }

  TEST_CASE("the description masks the key") {
    const std::string text = describe(resolve({.dsn = "https://topsecret@h.example/1"}).config);
    CHECK(text.find("topsecret") == std::string::npos);
    CHECK(text.find("h.example") != std::string::npos);
  }
}

}  // namespace
}  // namespace picket::client
