#include "transport/ca_bundle.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace picket::transport {
namespace {

constexpr std::array kFiles = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Gentoo, Arch
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, RHEL 7 and later
    "/etc/pki/tls/certs/ca-bundle.crt",                   // older Fedora and RHEL
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/var/lib/ca-certificates/ca-bundle.pem",             // openSUSE, SLES 15 and later
    "/etc/ca-certificates/extracted/tls-ca-bundle.pem",   // Arch
    "/etc/ssl/cert.pem",                                  // Alpine, macOS, OpenBSD
    "/usr/local/etc/ssl/cert.pem",                        // FreeBSD
    "/usr/local/share/certs/ca-root-nss.crt",             // older FreeBSD
};
constexpr std::array kFolders = {"/etc/ssl/certs", "/etc/pki/tls/certs"};

template <class List>
std::string first_that_exists(const List& paths, const CaPlaces& places) {
  for (const char* path : paths) {
    if (places.exists(path)) return path;
  }
  return {};
}

/// Folders may be several, with colons between.
bool any_exists(std::string_view folders, const CaPlaces& places) {
  while (!folders.empty()) {
    const std::string_view folder = folders.substr(0, folders.find(':'));
    if (!folder.empty() && places.exists(std::string(folder))) return true;
    folders.remove_prefix(std::min(folder.size() + 1, folders.size()));
  }
  return false;
}

/// What of a bundle exists.
CaBundle existing(const CaBundle& bundle, const CaPlaces& places) {
  CaBundle found;
  if (!bundle.file.empty() && places.exists(bundle.file)) found.file = bundle.file;
  if (any_exists(bundle.folder, places)) found.folder = bundle.folder;
  return found;
}

CaBundle of_the_system(const CaPlaces& places) {
  CaBundle found = existing(places.built_in, places);
  if (found != CaBundle{}) return found;
  found.file = first_that_exists(kFiles, places);
  if (found.file.empty()) found.folder = first_that_exists(kFolders, places);
  return found;
}

std::string complaint(const CaBundle& named, const CaBundle& found) {
  std::string text;
  if (named.file != found.file) text = "SSL_CERT_FILE names " + named.file;
  if (named.folder != found.folder) {
    text += (text.empty() ? "SSL_CERT_DIR names " : ", SSL_CERT_DIR names ") + named.folder;
  }
  return text.empty() ? text : text + ", which cannot be read";
}

}  // namespace

CaChoice choose_ca_bundle(const std::string& ca_certs, const CaPlaces& places) {
  if (!ca_certs.empty()) return {{ca_certs, {}}, {}};
  const CaBundle named{places.environment("SSL_CERT_FILE").value_or(""),
                       places.environment("SSL_CERT_DIR").value_or("")};
  if (named == CaBundle{}) return {of_the_system(places), {}};
  const CaBundle found = existing(named, places);
  if (found == CaBundle{}) return {named, complaint(named, found)};
  const CaBundle system = of_the_system(places);
  return {{found.file.empty() && named.file.empty() ? system.file : found.file,
           found.folder.empty() && named.folder.empty() ? system.folder : found.folder},
          complaint(named, found)};
}

}  // namespace picket::transport
