#pragma once

// An `HttpAnswer` keeps what matters of one answer while its lines come in, however long or endless
// it is: the two headers that the rate limiter reads, and the beginning of the body for
// diagnostics. It takes lines as they are in HTTP/1.1; libcurl brings those of HTTP/2 in the same
// form.

#include "picket/http_client.hpp"
#include "picket/transport.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace picket::transport {

inline constexpr std::size_t kMaxAnswerHead = 64U << 10U;  // interim answers and trailers included
inline constexpr std::size_t kMaxAnswerBody = 4096;

class HttpAnswer {
 public:
  void restart() noexcept;

  /// Reads one line of the head, without its end; an empty one ends the head.
  /// Errors: false when the head is longer than any honest one.
  bool read_head_line(std::string_view line);

  /// False when enough of the body has come: the rest is not wanted.
  bool read_body(std::string_view bytes);

  /// The head has come to its end, and it is not that of an interim answer: the server has decided.
  [[nodiscard]] bool has_head() const noexcept { return has_head_; }

  [[nodiscard]] std::string_view body() const noexcept { return body_; }  // its beginning

  /// The answer's headers with this status; none are left here.
  [[nodiscard]] TransportResponse take(int status);

 private:
  TransportResponse response_{};
  std::string body_{};
  std::size_t head_size_ = 0;
  bool is_final_ = false;  // not a 1xx
  bool has_head_ = false;
};

/// Keeps a header's value if it is one that matters; a second line of rate limits adds to the
/// first. Spec: P6.2.
void keep_header(TransportResponse& response, std::string_view name, std::string_view value);

}  // namespace picket::transport
