// An error with secrets in all the places where people put them. What counts is what the server
// could read: every byte of it.

#include "bot/leak.hpp"
#include "driver/expected.hpp"
#include "driver/json_path.hpp"
#include "driver/steps.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace demo {

namespace {

constexpr const char* kFiltered = "[Filtered]";

/// What stands beside the secrets and is to arrive: scrubbing is no deletion.
constexpr std::array<std::string_view, 4> kHarmless{"cannot connect", "cache.internal",
                                                    "queue.internal/cases", "page=2"};

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string found_in(const std::string& bytes, const auto& texts) {
  std::vector<std::string> found;
  for (const std::string_view text : texts) {
    if (bytes.find(text) != std::string::npos) found.emplace_back(text);
  }
  return found.empty() ? "none" : fmt::format("{}", fmt::join(found, "\n"));
}

struct Leak {
  Arrivals arrivals{};
  std::string bytes{};
};

Leak leak(Stage& stage, std::vector<std::string> flags) {
  Ingest ingest(stage.places(), {}, {.keeps_bytes = true});
  flags.insert(flags.end(), {"--dsn", ingest.dsn(), "--traces-sample-rate", "1"});
  Bot bot(stage.places(), flags);
  bot.ask("%leak");
  bot.finish();
  Leak leak{.arrivals = ingest.stop()};
  leak.bytes = ingest.bytes();
  return leak;
}

void check_masks(Expected& expected) {
  const std::vector<Fact> scope{{"user/username", "grace"},
                                {"user/password", kFiltered},
                                {"tags/api_key", kFiltered},
                                {"contexts/connections/accounts/0/name", "ada"},
                                {"contexts/connections/accounts/0/password", kFiltered},
                                {"contexts/connections/headers/Authorization", kFiltered},
                                {"contexts/connections/headers/Cookie", kFiltered},
                                {"contexts/connections/deep/er/DB-Password", kFiltered},
                                {"breadcrumbs/values/-1/data/token", kFiltered},
                                {"server_name", "absent"},
                                {"user/ip_address", "absent"}};
  auto with_type = scope;
  with_type.push_back({"exception/values/-1/type", "Error"});
  expected.event("the error: sensitive keys", with_type);
  expected.event("the message: the same", scope);
  const auto& transaction =
      expected.transaction("the transaction: the same", {{"transaction", "leak"}}, scope);
  expected.facts("its span", value_at(transaction, "spans/0"),
                 {{"op", "http.client"}, {"data/password", kFiltered}});
  // The bot's own carelessness, which a server would tell as well.
  expected.remark("of an http.client span holds a query");
  expected.nothing_else();
}

}  // namespace

void secrets_stay(Stage& stage) {
  Checks& checks = stage.checks();
  const Leak leaked = leak(stage, {});
  stage.keep(leaked.arrivals);
  const std::array<std::string, 2> personal{fmt::format("\"{}\"", host_name()), "{{auto}}"};
  checks.equal("secrets in the bytes received", std::string("none"),
               found_in(leaked.bytes, bot::kSecrets));
  checks.equal("host name and automatic addresses", std::string("none"),
               found_in(leaked.bytes, personal));
  checks.equal("what stands beside the secrets", fmt::format("{}", fmt::join(kHarmless, "\n")),
               found_in(leaked.bytes, kHarmless));
  Expected expected(checks, leaked.arrivals);
  check_masks(expected);

  // Personal data may be wanted, secrets never are.
  const Leak personal_too = leak(stage, {"--pii"});
  checks.equal("with --pii: the host name", personal.front(),
               found_in(personal_too.bytes, std::array{personal.front()}));
  checks.equal("with --pii: secrets", std::string("none"),
               found_in(personal_too.bytes, bot::kSecrets));
  checks.tell(fmt::format("{} secrets searched in {} bytes, found: {}", bot::kSecrets.size(),
                          leaked.bytes.size(), found_in(leaked.bytes, bot::kSecrets)));
}

}  // namespace demo
