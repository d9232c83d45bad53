#include "privacy/key_matcher.hpp"

#include <doctest/doctest.h>

#include <string>

namespace picket::privacy {
namespace {

TEST_SUITE("privacy/key_matcher") {
  TEST_CASE("names of secrets are known in every spelling") {  // S14.3
    const KeyMatcher keys;
    for (const char* key : {"password",       "PASSWORD",
                            "Passwd",         "db_password",
                            "userPassword",   "password2",
                            "new-passwords",  "dbpassword",
                            "DB_PASS",        "MYSQL_PWD",
                            "secret",         "client_secret",
                            "clientSecret",   "SECRETS",
                            "token",          "access_token",
                            "accesstoken",    "refreshToken",
                            "X-Auth-Token",   "api key",
                            "api_key",        "apiKey",
                            "APIKey",         "X-Api-Key",
                            "auth",           "oauth2",
                            "Authorization",  "PROXY_AUTHORIZATION",
                            "credentials",    "aws.credential",
                            "private key",    "privateKey",
                            "PRIVATE-KEY",    "session",
                            "session_id",     "PHPSESSID",
                            "connect.sid",    "cookie",
                            "Set-Cookie",     "cookies",
                            "csrf",           "X-CSRFToken",
                            "xsrf_token",     "jwt",
                            "user[password]", "user%5Bpassword%5D",
                            "secret_key",     "passphrase",
                            "sentry_key",     "bearer"}) {
      CAPTURE(key);
      CHECK(keys.is_sensitive(key));
    }
  }

  TEST_CASE("ordinary names are let through") {  // S14.3
    const KeyMatcher keys;
    for (const char* key : {"",
                            "author",
                            "authority",
                            "authenticated",
                            "secretary",
                            "tokenizer",
                            "compass",
                            "passenger",
                            "bypass",
                            "inside",
                            "residence",
                            "key",
                            "keyboard",
                            "public_key",
                            "primary_key",
                            "monkey",
                            "name",
                            "version",
                            "cookiecutter",
                            "obsessed",
                            "kernel_version",
                            "%zz",
                            "_",
                            "description"}) {
      CAPTURE(key);
      CHECK_FALSE(keys.is_sensitive(key));
    }
  }

  TEST_CASE("further names count as words, in any case and spelling") {  // S14.3
    const KeyMatcher keys({.extra_keys = {"card_number", "IBAN", "", "--"}});
    for (const char* key : {"card_number", "Card-Number", "cardNumber", "cardnumber",
                            "old_card_number_2", "iban", "ibanOfUser", "userIban"}) {
      CAPTURE(key);
      CHECK(keys.is_sensitive(key));
    }
    for (const char* key : {"card", "number", "number_card", "urban", "turbiban", "_"}) {
      CAPTURE(key);
      CHECK_FALSE(keys.is_sensitive(key));
    }
  }

  TEST_CASE("a name that the host allows is let through, as a whole") {  // S14.3
    const KeyMatcher keys({.extra_keys = {"badge"}, .allowed_keys = {"Session_Count", "badge"}});
    CHECK_FALSE(keys.is_sensitive("session_count"));
    CHECK_FALSE(keys.is_sensitive("badge"));
    CHECK(keys.is_sensitive("my_session_count"));
    CHECK(keys.is_sensitive("session"));
  }

  TEST_CASE("of a long name its end is judged") {  // S14.3
    const KeyMatcher keys;
    CHECK(keys.is_sensitive(std::string(100'000, 'x') + "_token"));
    CHECK_FALSE(keys.is_sensitive("token_" + std::string(100'000, 'x')));
  }

  TEST_CASE("what people write in texts is told from what says secret by itself") {  // S14.4
    const KeyMatcher keys;
    CHECK(keys.classify("token") == KeyKind::vague);
    CHECK(keys.classify("session") == KeyKind::vague);
    CHECK(keys.classify("access_token") == KeyKind::secret);
    CHECK(keys.classify("password") == KeyKind::secret);
    CHECK(keys.classify("Authorization") == KeyKind::header);
    CHECK(keys.classify("X-Sentry-Auth") == KeyKind::header);
    CHECK(keys.classify("Set-Cookie") == KeyKind::header);
    CHECK(keys.classify("size") == KeyKind::none);
  }
}

}  // namespace
}  // namespace picket::privacy
