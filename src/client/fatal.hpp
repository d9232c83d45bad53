#pragma once

// A `Fatal` is what the terminate handler knows of the end of the process. It goes the way of every
// capture, but for what protects a process that goes on: neither limits nor the memory of former
// captures turn it away, because it is the last thing that this process says.

#include "picket/event_id.hpp"

#include <cstdint>
#include <exception>
#include <span>
#include <string_view>

namespace picket {
struct Event;
struct Frame;
}  // namespace picket

namespace picket::client {

/// Spec: P7.19 rule 5.
inline constexpr std::string_view kTerminateMechanism = "auto.cpp.terminate";

/// Lifetime: borrowed for the length of the call.
struct Fatal {
  EventId id{};                                 // under which it will arrive
  std::exception_ptr exception{};               // null: there is none
  std::string_view type{};                      // without one
  std::string_view value{};                     // without one
  std::span<const std::uintptr_t> addresses{};  // return addresses, newest first
};

enum class FatalFate : unsigned char {
  taken,     // it is in the queue
  unwanted,  // the host's options say that this is not sent
  refused,   // this client cannot: it is closed, or the failure is its worker's
};

/// The type under which a `std::terminate` without an exception is reported.
inline constexpr std::string_view kNoException = "std::terminate";

/// What the stack says about a failure of that type; empty: nothing. A host that was built with
/// debug information, or without optimisation, has the destructor of `std::thread` as a frame.
std::string_view why_terminated(std::string_view type, std::span<const Frame> frames);

/// Says more about a `std::terminate` without an exception, once its frames have names.
void explain_terminate(Event& event);

}  // namespace picket::client
