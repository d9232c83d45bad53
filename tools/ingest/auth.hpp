#pragma once

// Who is sending: the key comes in a header, in the query string or in the envelope's `dsn`
// header. All that are present must agree with the server's DSN.

#include "ingest/http_host.hpp"
#include "picket/envelope.hpp"

#include <string>
#include <string_view>

namespace picket::ingest {

struct AuthResult {
  int status = 200;  // 401: nothing usable was given; 403: it does not fit
  std::string error{};
  bool is_complete = false;  // false while only the envelope can still tell the key
};

/// Checks the header and the query string.
/// Spec: P1.5-1 to P1.5-3.
AuthResult check_request_auth(const HttpRequest& request, std::string_view key);

/// Checks the `dsn` header of the envelope; `request` is what the request alone gave.
/// Spec: P1.5-4 to P1.5-6.
AuthResult check_envelope_auth(const AuthResult& request, const Object& headers,
                               std::string_view key, std::string_view project);

}  // namespace picket::ingest
