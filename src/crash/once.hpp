#pragma once

// One failure, one report. An uncaught exception goes through the terminate handler and then, as
// SIGABRT, through the signal handler; two threads may fail at the same time; and telling may fail
// itself. Whoever is about to tell of a failure asks here first, and says here how it went.
//
//   switch (begin_telling(Teller::signal_handler, deadline)) {
//     case Turn::tell:   …; end_telling(true); break;
//     case Turn::busy:   wait_for_teller(); break;   // another thread is at it
//     case Turn::told:                               // nothing is left to say
//     case Turn::nested: break;                      // the telling has failed: just end
//   }
//
// The state belongs to one process: in the child of a fork nothing has been told. Everything here
// is async-signal-safe: lock-free atomics, getpid, gettid, the steady clock and nanosleep.

#include "base/deadline.hpp"
#include "picket/event_id.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace picket::crash {

enum class Teller : unsigned char { terminate_handler = 1, signal_handler = 2 };

enum class Turn : unsigned char {
  tell,    // the caller's: it ends with `end_telling`
  told,    // it has been told, or the host does not want to hear of it
  busy,    // another thread is telling
  nested,  // this thread was telling, and that failed
};

/// Asks for the turn. What the terminate handler was telling when it failed itself, or could not
/// deliver, is the signal handler's to tell, see `untold_story`.
/// Units:   `deadline` counts for the first teller of a failure alone, see `telling_deadline`.
/// Threads: any, signal handler.
Turn begin_telling(Teller teller, base::Deadline deadline) noexcept;

/// Ends a turn. False: the next teller may try.
/// Threads: the one that has the turn, signal handler.
void end_telling(bool told) noexcept;

/// When the telling of this failure has to be over, however many tell: from the first one's turn.
/// Threads: any, signal handler.
base::Deadline telling_deadline() noexcept;

/// Waits until no other thread is telling, at most until `telling_deadline`. Whether it has been
/// told the next `begin_telling` says.
/// Threads: any, signal handler.
void wait_for_teller() noexcept;

/// Takes the turn away from a terminate handler that does not come back, so that the next teller
/// may try. False when none is telling any more. Threads: any, signal handler.
bool expire_telling() noexcept;

/// For a failure that did not end the process, because somebody repaired it: the next one is told.
/// Threads: any, signal handler.
void forget_failure() noexcept;

/// What stands before the type of a story that could not be demangled: the compiler's symbol for
/// it.
inline constexpr std::string_view kTypeSymbol = "_ZTS";

/// An exception that the terminate handler was about to report, so that the report of the SIGABRT
/// can say what it was. Texts are cut, and end with a zero.
struct Story {
  EventId id{};  // of the report that may be under way: the same one makes the second a duplicate
  std::array<char, 256> type{};  // of the exception, demangled or with `kTypeSymbol`
  std::array<char, 1024> value{};
  std::array<std::uintptr_t, 250> addresses{};  // newest first
  std::size_t address_count = 0;
};

/// Notes the story of the terminate handler's turn, step by step as it becomes known.
/// Threads: the one that has the turn.
Story& story_to_note() noexcept;
void publish_story() noexcept;

/// Copies as much of `text` as fits, whole characters only.
void set_text(std::array<char, 256>& field, std::string_view text) noexcept;
void set_text(std::array<char, 1024>& field, std::string_view text) noexcept;

/// The story of a terminate handler that did not get through; null when there is none, and when the
/// failure has nothing to do with it.
/// Lifetime: the process.
/// Threads:  the one that has the turn, signal handler.
const Story* untold_story() noexcept;

}  // namespace picket::crash
