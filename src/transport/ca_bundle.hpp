#pragma once

// Whose certificates are trusted. libcurl knows one place, that of the distribution it was built
// on; a program linked statically there and run elsewhere would trust nobody. And libcurl as a
// library does not heed SSL_CERT_FILE and SSL_CERT_DIR.

#include <functional>
#include <optional>
#include <string>

namespace picket::transport {

/// PEM files with the certificates to trust: one file, a folder of them, or both. Empty: nothing.
struct CaBundle {
  std::string file{};
  std::string folder{};

  friend bool operator==(const CaBundle&, const CaBundle&) = default;
};

/// What a choice needs to know of the machine.
struct CaPlaces {
  CaBundle built_in{};  // where libcurl looks by itself
  std::function<std::optional<std::string>(const char* variable)> environment{};
  std::function<bool(const std::string& path)> exists{};
};

struct CaChoice {
  CaBundle bundle{};
  std::string complaint{};  // a variable that names what does not exist; else empty
};

/// `ca_certs` and nothing else when it is set. Else SSL_CERT_FILE and SSL_CERT_DIR, each in place
/// of its own half: one that names nothing is complained of, and nothing stands in for it unless
/// the other one is good, so that nobody is trusted whom the variable was to shut out. Else what
/// libcurl has built in, or the first place of the usual distributions that exists.
CaChoice choose_ca_bundle(const std::string& ca_certs, const CaPlaces& places);

}  // namespace picket::transport
