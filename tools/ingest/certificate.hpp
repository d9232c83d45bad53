#pragma once

// The server's own certificate: made at every start, valid for a day, for loopback names only.

#include "picket/result.hpp"

#include <filesystem>
#include <string>

namespace picket::ingest {

/// A key pair in PEM files within a private folder that goes away with this object.
class Certificate {
 public:
  /// Errors: `Errc::unavailable` when the temporary folder cannot be written.
  static Result<Certificate> create();

  Certificate(Certificate&& other) noexcept;
  Certificate& operator=(Certificate&& other) noexcept;
  ~Certificate();

  /// What a client must trust; it is its own authority.
  [[nodiscard]] std::string certificate_file() const { return folder_ / "certificate.pem"; }
  [[nodiscard]] std::string key_file() const { return folder_ / "key.pem"; }

 private:
  explicit Certificate(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
};

}  // namespace picket::ingest
