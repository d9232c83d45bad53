#include "transport/http_proxy.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

namespace picket::transport {
namespace {

using Variables = std::map<std::string, std::string>;

Result<ProxyChoice> choose(std::string_view scheme, const ProxyChoice& options,
                           const Variables& variables) {
  return choose_proxy(scheme, options, [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST_SUITE("transport/http_proxy") {
  TEST_CASE("an option beats the environment, which is read as libcurl does") {  // P7.14
    struct Row {
      const char* name;
      const char* scheme;
      ProxyChoice options;
      Variables variables;
      ProxyChoice chosen;
    };
    const std::vector<Row> rows = {
        {"nothing", "https", {}, {}, {}},
        {"option",
         "https",
         {"p:1", "a,b"},
         {{"https_proxy", "q:1"}, {"no_proxy", "c"}},
         {"p:1", "a,b"}},
        {"https", "https", {}, {{"https_proxy", "s:1"}, {"http_proxy", "p:1"}}, {"s:1", ""}},
        {"HTTPS", "https", {}, {{"HTTPS_PROXY", "s:1"}}, {"s:1", ""}},
        {"http", "http", {}, {{"https_proxy", "s:1"}, {"http_proxy", "p:1"}}, {"p:1", ""}},
        {"HTTP_PROXY is a web server's", "http", {}, {{"HTTP_PROXY", "p:1"}}, {}},
        {"all", "http", {}, {{"all_proxy", "socks5://a:1"}}, {"socks5://a:1", ""}},
        {"ALL", "https", {}, {{"ALL_PROXY", "a:1"}}, {"a:1", ""}},
        {"the particular one first",
         "https",
         {},
         {{"ALL_PROXY", "a:1"}, {"https_proxy", "s:1"}},
         {"s:1", ""}},
        {"exceptions", "http", {}, {{"NO_PROXY", "x"}, {"http_proxy", "p:1"}}, {"p:1", "x"}},
        {"small letters first", "http", {}, {{"NO_PROXY", "x"}, {"no_proxy", "y"}}, {"", "y"}},
    };
    for (const Row& row : rows) {
      CAPTURE(row.name);
      const auto chosen = choose(row.scheme, row.options, row.variables);
      REQUIRE(chosen);
      CHECK(chosen->proxy == row.chosen.proxy);
      CHECK(chosen->no_proxy == row.chosen.no_proxy);
    }
  }

  TEST_CASE("a kind of proxy that there is not is refused, without its password") {
    const auto by_option = choose("https", {"gopher://ann:secret@p:1", ""}, {});
    REQUIRE_FALSE(by_option);
    CHECK(by_option.error() ==
          Error{Errc::unavailable,
                "Options::proxy names a kind of proxy that there is not: gopher://***@p:1; http, "
                "https, socks5 and socks5h are known"});
    const auto by_variable = choose("https", {}, {{"https_proxy", "ftp://p:1"}});
    REQUIRE_FALSE(by_variable);
    CHECK(by_variable.error().message.starts_with("https_proxy names"));
    for (const char* kind : {"http", "https", "socks4", "socks4a", "socks5", "socks5h", "HTTP"}) {
      CHECK(choose("https", {std::string(kind) + "://p:1", ""}, {}));
    }
  }

  TEST_CASE("no text that is told has a password") {
    struct Row {
      const char* text;
      const char* masked;
    };
    for (const Row& row :
         {Row{"", ""}, Row{"Could not resolve host: a.b", "Could not resolve host: a.b"},
          Row{"bad 'http://u:p@h:1' here", "bad 'http://***@h:1' here"}, Row{"u:p@h", "***@h"},
          Row{"u:p@q@h x", "***@h x"},
          Row{"see socks5h://u@h and http://h/a@b", "see socks5h://***@h and http://***@b"},
          Row{"line\nu:p@h\n", "line\n***@h\n"}}) {
      CAPTURE(row.text);
      CHECK(without_credentials(row.text) == row.masked);
    }
  }
}

}  // namespace
}  // namespace picket::transport
