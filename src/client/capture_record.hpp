#pragma once

// A `CaptureRecord` is what the host's thread leaves to the worker: raw facts, cheap to take and
// bounded in size. Texts are copies, so the host may go on and change or destroy what it captured.
// The one thing shared with it is the exception object itself, for hooks: the record keeps it
// alive.

#include "base/ids.hpp"
#include "client/admission_candidate.hpp"
#include "picket/client.hpp"
#include "picket/event.hpp"
#include "protocol/data_category.hpp"
#include "scope/scope_state.hpp"
#include "tracing/span_tree.hpp"

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace picket::client {

/// One exception of a chain as it was found.
struct ThrownRecord {
  struct Code {  // of a std::system_error
    int value = 0;
    std::string category{};
    std::string message{};
  };

  std::string mangled_type{};
  std::string value{};
  std::optional<Code> code{};
  Object facts{};                            // more for `mechanism.data`
  std::string description{};                 // what the type means, in words
  std::vector<std::uintptr_t> throw_site{};  // return addresses, newest first; empty: not known
};

/// One thread of the process as it was found; its frames are named on the worker. Spec: P3.10.
struct ThreadRecord {
  std::uint64_t id = 0;
  std::string name{};
  std::string state{};  // as the kernel has it
  bool crashed = false;
  bool current = false;
  bool main = false;
  bool owns_exception = false;              // its stack goes to the event's last exception
  std::vector<std::uintptr_t> addresses{};  // newest first
  bool newest_is_exact = false;             // not a return address: found by a signal
  std::vector<std::pair<std::string, std::uint64_t>> registers{};  // of the newest frame
};

struct CaptureRecord {
  EventId id{};
  WallTime timestamp{};
  Hint::Origin origin = Hint::Origin::event;
  Level level = Level::error;
  bool level_is_explicit = false;
  std::string message{};
  std::vector<ThrownRecord> thrown{};  // the captured one first, its causes after it
  std::exception_ptr exception{};
  std::string mechanism{};  // empty: `generic`
  bool handled = true;
  std::unique_ptr<Event> event{};           // of `capture_event`
  std::vector<std::uintptr_t> addresses{};  // of the capture, where it is not of a known throw
  std::vector<ThreadRecord> threads{};
  SourceLocation location{};
  AdmissionCounts counts{};

  Object extra_context{};
  std::vector<std::pair<std::string, Object>> contexts{};  // merged into those of the scopes
  std::optional<User> user{};
  std::vector<std::pair<std::string, std::string>> tags{};
  std::vector<std::string> fingerprint{};

  std::array<scope::ScopeSnapshot, 3> scopes{};  // global, isolation, current
  tracing::TraceLink trace{};
  std::shared_ptr<tracing::SpanTree> tree{};  // of a finished transaction
  std::uint64_t span_count = 0;               // of it, its root included
  std::uint64_t thread_id = 0;
};

inline protocol::DataCategory category_of(const CaptureRecord& record) noexcept {
  return record.tree ? protocol::DataCategory::transaction : protocol::DataCategory::error;
}

/// What it is worth in a full queue. The level that a scope may set is not known yet.
inline int priority_of(const CaptureRecord& record) noexcept {
  const bool is_fatal =
      record.level == Level::fatal || (record.event && record.event->level == Level::fatal);
  return is_fatal && !record.tree ? protocol::kFatalPriority
                                  : protocol::priority_of(category_of(record));
}

/// About how much memory a record holds. Bytes.
std::size_t estimate_size(const CaptureRecord& record) noexcept;

}  // namespace picket::client
