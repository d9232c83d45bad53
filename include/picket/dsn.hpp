#pragma once

// A `Dsn` says where events go and under which key. It is parsed once, when a client starts.

#include "picket/export.hpp"
#include "picket/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace picket {

/// An immutable, valid data source name.
/// Spec: P1.1 to P1.4.
class PICKET_EXPORT Dsn {
 public:
  /// Reads `scheme://public[:secret]@host[:port][/path]/project`; blanks around it are cut.
  /// Errors: `Errc::invalid_dsn`; the message names the part at fault and masks the keys.
  static Result<Dsn> parse(std::string_view text);

  [[nodiscard]] const std::string& scheme() const noexcept { return scheme_; }  // http or https
  [[nodiscard]] const std::string& public_key() const noexcept { return public_key_; }
  [[nodiscard]] const std::string& secret_key() const noexcept { return secret_key_; }  // or empty
  [[nodiscard]] const std::string& host() const noexcept { return host_; }  // IPv6 in brackets
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }  // "" or "/a/b"
  [[nodiscard]] const std::string& project_id() const noexcept { return project_id_; }

  /// The number in a host that starts with `o<digits>.`.
  /// Spec: P1.3.
  [[nodiscard]] std::optional<std::uint64_t> org_id() const noexcept;

  /// `scheme://host[:port][/path]/api/<project>/envelope/`, without a default port.
  [[nodiscard]] std::string envelope_url() const;

  /// The normal form; holds the keys.
  [[nodiscard]] std::string to_string() const;

  /// The normal form with its keys masked, fit for a log.
  [[nodiscard]] std::string masked() const;

  friend bool operator==(const Dsn&, const Dsn&) = default;

 private:
  Dsn() = default;

  [[nodiscard]] std::string authority() const;  // host[:port], without a default port
  [[nodiscard]] std::string print(std::string_view public_key, std::string_view secret_key) const;

  std::string scheme_, public_key_, secret_key_, host_, path_, project_id_;
  std::uint16_t port_ = 0;
};

}  // namespace picket
