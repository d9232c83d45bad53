#pragma once

// nginx, an HTTP proxy and a SOCKS proxy, as processes of their own on loopback ports of their own.
// They run without any rights, with all of their files in a private folder.

#include "support/child_process.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace picket::test {

/// An authority and what it has signed, made by the openssl program.
class Certificates {
 public:
  Certificates();

  [[nodiscard]] std::string authority() const { return folder_.path("ca.pem"); }
  [[nodiscard]] std::string certificate(const std::string& of) const {
    return folder_.path(of + ".pem");
  }
  [[nodiscard]] std::string key(const std::string& of) const { return folder_.path(of + ".key"); }

  [[nodiscard]] std::string client_certificate() const { return certificate("client"); }
  [[nodiscard]] std::string client_key() const { return key("client"); }
  [[nodiscard]] std::string client_both() const { return folder_.path("both.pem"); }
  [[nodiscard]] std::string encrypted_key() const { return folder_.path("encrypted.key"); }

 private:
  void sign(const std::string& name, const std::string& hosts) const;

  ScratchFolder folder_;
};

struct NginxOptions {
  int origin_port = 0;  // where requests go on to; 0: nginx answers by itself
  bool http2 = true;
  bool verify_client = false;
  std::string tls = "TLSv1.2 TLSv1.3";
  std::string certificate_for = "server";  // "elsewhere": not for loopback
  int requests_per_connection = 1000;
};

/// Serves HTTPS.
class Nginx {
 public:
  struct Access {
    std::string protocol{};    // HTTP/2.0
    std::string connection{};  // its number
    std::string client{};      // SUCCESS, NONE, FAILED: its certificate
    std::string status{};
    std::string path{};
  };

  Nginx(const Certificates& certificates, const NginxOptions& options);

  [[nodiscard]] int port() const noexcept { return started_.port; }
  [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port()); }

  /// Waits until so many requests are in its log.
  [[nodiscard]] std::vector<Access> await_access(std::size_t count) const;

 private:
  ScratchFolder folder_;
  PortedProcess started_;
};

/// tinyproxy.
class HttpProxy {
 public:
  /// `user:password`, or nothing.
  explicit HttpProxy(const std::string& credentials = {});

  [[nodiscard]] std::string url(const std::string& credentials = {}) const;

  /// Waits until its log has this text.
  [[nodiscard]] bool saw(const std::string& text) const;

 private:
  ScratchFolder folder_;
  PortedProcess started_;
};

/// microsocks.
class SocksProxy {
 public:
  explicit SocksProxy(const std::string& credentials);

  [[nodiscard]] std::string url(const std::string& scheme, const std::string& credentials) const;
  [[nodiscard]] bool saw(const std::string& text) const;

 private:
  ScratchFolder folder_;
  PortedProcess started_;
};

}  // namespace picket::test
