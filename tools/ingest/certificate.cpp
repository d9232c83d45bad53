#include "ingest/certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <memory>
#include <utility>

namespace picket::ingest {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using CertificatePointer = std::unique_ptr<X509, Freer<X509_free>>;
using FilePointer = std::unique_ptr<std::FILE, Freer<std::fclose>>;

bool add_extension(X509* certificate, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

CertificatePointer make_certificate(EVP_PKEY* key) {
  CertificatePointer certificate(X509_new());
  X509* x509 = certificate.get();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);  // clients whose clock is behind
  X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
  X509_set_pubkey(x509, key);
  X509_NAME* name = X509_get_subject_name(x509);
  const auto* text = reinterpret_cast<const unsigned char*>("picket-ingest");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(x509, name);
  const bool extended =
      add_extension(x509, NID_basic_constraints, "critical,CA:TRUE") &&
      add_extension(x509, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  if (!extended || X509_sign(x509, key, EVP_sha256()) == 0) return nullptr;
  return certificate;
}

bool write_files(const Certificate& files) {
  const KeyPointer key(EVP_EC_gen("P-256"));
  if (!key) return false;
  const CertificatePointer certificate = make_certificate(key.get());
  const FilePointer certificate_file(std::fopen(files.certificate_file().c_str(), "w"));
  const FilePointer key_file(std::fopen(files.key_file().c_str(), "w"));
  return certificate && certificate_file && key_file &&
         PEM_write_X509(certificate_file.get(), certificate.get()) == 1 &&
         PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
             1;
}

}  // namespace

Result<Certificate> Certificate::create() {
  std::error_code ignored;
  std::string folder =
      (std::filesystem::temp_directory_path(ignored) / "picket-ingest-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    return Error{Errc::unavailable, "no temporary folder can be made, set TMPDIR"};
  }
  Certificate certificate{std::filesystem::path(folder)};
  if (!write_files(certificate)) {
    return Error{Errc::unavailable, "the certificate cannot be written into " + folder};
  }
  return certificate;
}

Certificate::Certificate(Certificate&& other) noexcept
    : folder_(std::exchange(other.folder_, {})) {}

Certificate& Certificate::operator=(Certificate&& other) noexcept {
  std::swap(folder_, other.folder_);
  return *this;
}

Certificate::~Certificate() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

}  // namespace picket::ingest
