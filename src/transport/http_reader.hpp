#pragma once

// An `HttpReader` finds out where an answer of HTTP/1.1 ends, whatever pieces it comes in, and
// hands its head and body on to an `HttpAnswer`. It knows bytes alone; `plain_connection.hpp`
// brings them.

#include "transport/http_answer.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace picket::transport {

/// Threads: one at a time.
class HttpReader {
 public:
  enum class State {
    under_way,
    done,    // all that is wanted has come
    broken,  // this is no answer of HTTP/1.1
  };

  /// For the next answer. Lifetime: `answer` outlives the reading of it.
  void restart(HttpAnswer& answer) noexcept;

  /// Takes what has come. Behind `done` and `broken` nothing is looked at.
  /// Errors: throws what allocation throws.
  /// Spec: RFC 9112, 6 and 7.1.
  State read(std::string_view bytes);

  /// The connection has ended, which is how some answers do. An answer with a complete head is one,
  /// however much of its body is missing.
  State end() noexcept;

  [[nodiscard]] int status() const noexcept { return status_; }

  /// Whether another request may go over the same connection.
  [[nodiscard]] bool keeps_connection() const noexcept { return keeps_ && part_ == Part::over; }

  /// True if nothing at all has come.
  [[nodiscard]] bool is_untouched() const noexcept { return is_untouched_; }

 private:
  enum class Part : std::uint8_t {
    status_line,
    head,
    sized_body,
    endless_body,
    chunk_size,
    chunk,
    chunk_end,
    trailer,
    over,
  };

  State read_line(std::string_view line);
  State read_status_line(std::string_view line);
  State read_header(std::string_view line);
  State read_chunk_size(std::string_view line);
  State end_head();
  State take_body(std::string_view& bytes);
  State finish() noexcept;
  State cut_off() noexcept;

  HttpAnswer* answer_ = nullptr;
  std::string line_{};  // the beginning of one that is not complete
  Part part_ = Part::over;
  std::uint64_t left_ = 0;  // of a body, or of a chunk
  int status_ = 0;
  bool has_length_ = false;
  bool is_chunked_ = false;
  bool keeps_ = false;
  bool is_untouched_ = true;
};

}  // namespace picket::transport
