#include "transport/ca_bundle.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

namespace picket::transport {
namespace {

/// A machine with these files and folders and these variables.
struct Machine {
  std::set<std::string> paths{};
  std::map<std::string, std::string> variables{};
  CaBundle built_in{"/built/in.pem", "/built/in"};

  [[nodiscard]] CaChoice choose(const std::string& ca_certs = {}) const {
    return choose_ca_bundle(
        ca_certs, {.built_in = built_in,
                   .environment = [this](const char* name) -> std::optional<std::string> {
                     const auto found = variables.find(name);
                     return found == variables.end() ? std::nullopt : std::optional(found->second);
                   },
                   .exists = [this](const std::string& path) { return paths.contains(path); }});
  }
};

TEST_SUITE("transport/ca_bundle") {
  TEST_CASE("the option replaces everything else") {
    const Machine machine{{"/built/in.pem", "/env.pem"}, {{"SSL_CERT_FILE", "/env.pem"}}};
    CHECK(machine.choose("/mine.pem").bundle == CaBundle{"/mine.pem", ""});
  }

  TEST_CASE("without option and variables it is what libcurl has built in, as far as it exists") {
    CHECK(Machine{{"/built/in.pem", "/built/in"}}.choose().bundle ==
          CaBundle{"/built/in.pem", "/built/in"});
    CHECK(Machine{{"/built/in.pem"}}.choose().bundle == CaBundle{"/built/in.pem", ""});
    CHECK(Machine{{"/built/in", "/etc/ssl/cert.pem"}}.choose().bundle == CaBundle{"", "/built/in"});
  }

  TEST_CASE("a program moved to another distribution finds the certificates there") {
    for (const std::string path :
         {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
          "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
          "/var/lib/ca-certificates/ca-bundle.pem",
          "/etc/ca-certificates/extracted/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
          "/usr/local/etc/ssl/cert.pem", "/usr/local/share/certs/ca-root-nss.crt"}) {
      CAPTURE(path);
      CHECK(Machine{{path, "/etc/ssl/certs"}}.choose().bundle == CaBundle{path, ""});
    }
    CHECK(Machine{{"/etc/ssl/certs"}}.choose().bundle == CaBundle{"", "/etc/ssl/certs"});
    CHECK(Machine{}.choose().bundle == CaBundle{});
    CHECK(Machine{.paths = {"/etc/ssl/cert.pem"}, .built_in = {}}.choose().bundle ==
          CaBundle{"/etc/ssl/cert.pem", ""});
  }

  TEST_CASE("each variable takes the place of its own half") {
    Machine machine{{"/built/in.pem", "/built/in", "/env.pem", "/env"}};
    machine.variables = {{"SSL_CERT_FILE", "/env.pem"}};
    CHECK(machine.choose().bundle == CaBundle{"/env.pem", "/built/in"});
    machine.variables = {{"SSL_CERT_DIR", "/none:/env"}};
    CHECK(machine.choose().bundle == CaBundle{"/built/in.pem", "/none:/env"});
    machine.variables = {{"SSL_CERT_FILE", "/env.pem"}, {"SSL_CERT_DIR", "/env"}};
    CHECK(machine.choose().bundle == CaBundle{"/env.pem", "/env"});
    CHECK(machine.choose().complaint.empty());
  }

  TEST_CASE("a variable that names nothing is complained of, and widens nobody's trust") {
    Machine machine{{"/built/in.pem", "/built/in", "/env"}, {{"SSL_CERT_FILE", "/gone.pem"}}};
    CaChoice choice = machine.choose();
    CHECK(choice.bundle == CaBundle{"/gone.pem", ""});
    CHECK(choice.complaint == "SSL_CERT_FILE names /gone.pem, which cannot be read");
    machine.variables["SSL_CERT_DIR"] = "/env";
    choice = machine.choose();
    CHECK(choice.bundle == CaBundle{"", "/env"});
    CHECK(choice.complaint == "SSL_CERT_FILE names /gone.pem, which cannot be read");
    machine.variables = {{"SSL_CERT_FILE", "/gone.pem"}, {"SSL_CERT_DIR", "/gone"}};
    CHECK(machine.choose().complaint ==
          "SSL_CERT_FILE names /gone.pem, SSL_CERT_DIR names /gone, which cannot be read");
  }
}

}  // namespace
}  // namespace picket::transport
