#pragma once

// The event: what an error or a message looks like once everything known about it is in one
// place. Hosts meet it in `before_send` and event processors, and build one by hand for
// `capture_event`.

#include "picket/attachment.hpp"
#include "picket/breadcrumb.hpp"
#include "picket/clock.hpp"
#include "picket/event_id.hpp"
#include "picket/level.hpp"
#include "picket/source_location.hpp"
#include "picket/span_data.hpp"
#include "picket/stacktrace.hpp"
#include "picket/user.hpp"
#include "picket/value.hpp"

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace picket {

/// Tags are short, indexed and searchable.
/// Spec: P3.3, S5.7.
using Tags = std::map<std::string, std::string, std::less<>>;

/// Named blocks of facts.
/// Spec: P3.19, S5.6.
using Contexts = std::map<std::string, Object, std::less<>>;

/// A message; `message` is the template that groups, when it differs from the text.
/// Spec: P3.5.
struct LogEntry {
  std::string formatted{};
  std::string message{};
  List params{};

  friend bool operator==(const LogEntry&, const LogEntry&) = default;
};

/// How an exception was caught.
/// Spec: P3.7, P3.8.
struct Mechanism {
  std::string type = "generic";
  std::optional<bool> handled = true;
  std::optional<bool> synthetic{};
  std::string description{};
  std::string help_link{};
  std::optional<std::uint32_t> exception_id{};
  std::optional<std::uint32_t> parent_id{};
  std::optional<bool> is_exception_group{};
  std::string source{};
  Object data{};
  Object meta{};

  friend bool operator==(const Mechanism&, const Mechanism&) = default;
};

/// One exception of a chain.
/// Spec: P3.6.
struct Exception {
  std::string type{};    // class name without its namespace
  std::string value{};   // `what()`
  std::string module{};  // namespace path
  std::optional<Mechanism> mechanism{};
  std::optional<Stacktrace> stacktrace{};
  std::string thread_id{};  // of the entry in `Event::threads` that failed

  friend bool operator==(const Exception&, const Exception&) = default;
};

/// One thread; used for messages with `attach_stacktrace`, for crashes and `capture_threads`. The
/// stack of a thread that failed stands with its exception, not here.
/// Spec: P3.10.
struct Thread {
  std::string id{};
  std::string name{};
  bool crashed = false;
  bool current = false;
  bool main = false;
  std::string state{};  // such as `sleeping`, as the kernel has it
  std::optional<Stacktrace> stacktrace{};

  friend bool operator==(const Thread&, const Thread&) = default;
};

/// The HTTP request that was being served. Sent as given.
/// Spec: P3.18.
struct Request {
  std::string method{};
  std::string url{};
  std::string query_string{};
  Value data{};
  std::string cookies{};
  Object headers{};
  Object env{};

  friend bool operator==(const Request&, const Request&) = default;
};

/// An error, a message, or a finished transaction. Members that are empty are left out of the
/// payload; those marked * are filled in by the client when the host left them empty.
/// Spec: P3.1, P4.1.
struct Event {
  EventId id{};          // *
  WallTime timestamp{};  // *
  Level level = Level::error;
  std::string platform = "native";
  std::string logger{};
  std::string transaction{};
  std::string server_name{};  // *
  std::string release{};      // *
  std::string dist{};         // *
  std::string environment{};  // *
  std::optional<LogEntry> message{};
  std::vector<Exception> exceptions{};  // innermost cause first
  std::vector<Thread> threads{};
  std::vector<Breadcrumb> breadcrumbs{};  // *, oldest first
  std::optional<User> user{};             // *
  std::optional<Request> request{};
  Tags tags{};                             // * merged: the event's own win
  Contexts contexts{};                     // * merged per name
  Object extra{};                          // * merged
  std::vector<std::string> fingerprint{};  // *
  std::map<std::string, std::string> modules{};
  std::optional<TraceContext> trace{};     // *
  std::vector<DebugImage> debug_images{};  // *

  // Of a transaction alone.
  std::optional<WallTime> start_timestamp{};  // set: this is a transaction
  TransactionSource transaction_source = TransactionSource::custom;
  std::vector<SpanData> spans{};  // flat, without the root
  Measurements measurements{};

  [[nodiscard]] bool is_transaction() const noexcept { return start_timestamp.has_value(); }

  friend bool operator==(const Event&, const Event&) = default;
};

/// What a hook learns beside the event.
struct Hint {
  enum class Origin : unsigned char { exception, message, event, transaction };

  std::exception_ptr exception{};  // null for messages, and for exceptions captured by reference
                                   // outside their catch block
  SourceLocation location{};       // where the capture function was called
  Origin origin = Origin::event;
  std::vector<Attachment> attachments{};  // a hook may add and remove
};

}  // namespace picket
