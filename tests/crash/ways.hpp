#pragma once

// The ways in which `crash_program` fails: one host, small enough that its top frame is known.

#include "picket/picket.hpp"

#include <functional>
#include <map>
#include <string>

namespace shop {

/// What the program was started with.
struct Arguments {
  std::string program;
  std::string dsn;    // empty: picket is off
  std::string spool;  // empty: none
};

struct Way {
  std::function<void()> fail{};                     // with picket on
  std::function<void(picket::Options&)> prepare{};  // before `init`
  bool close_first = false;                         // fails after the guard has ended
  bool never_closed = false;                        // nobody ends the guard
  bool uses_all_time = false;                       // the report cannot leave the process
};

using Ways = std::map<std::string, Way>;

Ways exception_ways();  // exceptions, std::terminate
Ways signal_ways();     // what the processor and the kernel find
Ways abort_ways();      // what libraries give up for
Ways life_ways();       // at the wrong moment, on the wrong thread

// Functions that fail, also for other ways than their own.
void read_null();
void find_order();
int throw_early();
void abort_order();
[[noreturn]] void fail_under_allocator_lock();

/// Known from the start, also to static initialisers.
const Arguments& arguments();
picket::Options options();

/// A condition that holds soon; gives up after ten seconds.
void wait_until(const std::function<bool()>& condition);

}  // namespace shop
