#include "bot/leak.hpp"

#include "bot/errors.hpp"
#include "picket/captures.hpp"
#include "picket/picket.hpp"

#include <exception>
#include <string>

namespace bot {

namespace {

// The seven texts on which simple masks fail. (T14)
constexpr std::string_view kBearer =
    "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.jwt-signature";
constexpr std::string_view kBasic = "Authorization: Basic YWRhOmh1bnRlcg==";
constexpr std::string_view kNoUser = "redis://:redis-pw-four@cache.internal:6379/0";
constexpr std::string_view kOtherScheme = "amqp://bot:rabbit-pw-five@queue.internal/cases";
constexpr std::string_view kDriverSuffix = "postgresql+asyncpg://bot:asyncpg-pw-six@db/cases";
constexpr std::string_view kAtSign = "mysql://root:at-sign-head@at-sign-tail@db.internal/cases";
constexpr std::string_view kParameters =
    "https://api.internal/v1?access_token=access-tok-seven&client_secret=client-sec-ten&page=2";

std::string texts() {
  std::string all;
  for (const std::string_view text :
       {kBearer, kNoUser, kOtherScheme, kDriverSuffix, kAtSign, kParameters, kBasic}) {
    all.append(text).append("\n");
  }
  return all;
}

/// Everything that errors and transactions take along.
void fill_scope() {
  picket::User user{.id = "7", .username = "grace"};
  user.data.set("password", "sw0rdfish-one").set("homepage", kParameters);
  picket::set_user(user);
  picket::set_tag("broker", kOtherScheme);
  picket::set_tag("api_key", "api-key-eleven");
  const picket::Object account{{"name", "ada"}, {"password", "listed-pw-two"}, {"url", kAtSign}};
  picket::set_context(
      "connections",
      {{"accounts", picket::List{account, picket::Value(kDriverSuffix)}},
       {"cache", kNoUser},
       {"headers", picket::Object{{"Authorization", kBearer}, {"Cookie", "session=cookie-twelve"}}},
       {"deep", picket::Object{{"er", picket::Object{{"DB-Password", "nested-pw-thirteen"}}}}}});
  picket::add_breadcrumb(
      texts(), {.category = "http", .data = {{"header", kBasic}, {"token", "access-tok-seven"}}});
}

}  // namespace

void leak() {
  const auto unit_of_work = picket::isolate();
  fill_scope();
  picket::traced({.op = "task", .name = "leak"}, [] {
    auto span = picket::start_span({.op = "http.client", .description = kParameters});
    span.set_data("request", kBasic).set_data("password", "sw0rdfish-one");
    span.set_tag("url", kNoUser);
    try {
      try {
        throw Error(std::string(kAtSign));
      } catch (const Error&) {
        std::throw_with_nested(Error("cannot connect:\n" + texts()));
      }
    } catch (const Error& error) {
      picket::capture_exception_safe(error, {.extra_context = {{"dump", texts()}}});
    }
    picket::capture_message(texts(), picket::Level::warning);
  });
}

}  // namespace bot
