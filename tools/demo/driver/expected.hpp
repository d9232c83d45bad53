#pragma once

// Compares what arrived with what a step expects, in both directions: each expected event takes the
// next one that arrived, or the first that has certain marks; each expected transaction the first
// that it fits, because several programs send at once; and `nothing_else` tells what nobody has
// taken.

#include "driver/arrivals.hpp"
#include "driver/checks.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// A fact of an event or a part of one: a path as in `json_path.hpp`, and its text.
struct Fact {
  std::string path{};
  std::string text{};
};

class Expected {
 public:
  Expected(Checks& checks, const Arrivals& arrivals)
      : checks_(checks),
        arrivals_(arrivals),
        is_taken_event_(arrivals.events.size()),
        is_taken_(arrivals.transactions.size()) {}

  /// Takes the next event and compares these facts; the event, or null when none is left.
  const picket::Value& event(std::string what, const std::vector<Fact>& facts);

  /// Takes the first event that has all of `marks` and compares these facts; the event, or null.
  const picket::Value& event_with(std::string what, const std::vector<Fact>& marks,
                                  const std::vector<Fact>& facts);

  /// Takes the first transaction that has all of `marks` and compares these facts; the transaction,
  /// or null when there is none.
  const picket::Value& transaction(std::string what, const std::vector<Fact>& marks,
                                   const std::vector<Fact>& facts);

  /// Compares facts of something that belongs to what was taken, such as a span.
  void facts(std::string what, const picket::Value& document, const std::vector<Fact>& facts);

  /// Takes what client reports say about one kind of loss, such as `error queue_overflow`.
  void dropped(const std::string& kind, std::uint64_t count);

  /// Takes the loss of captures that picket recognised as repetitions: an exception that is
  /// captured again on its way out.
  void absorbed(std::uint64_t count) { dropped("error event_processor", count); }

  /// Takes one kind of loss, whatever its count; the step has checked it itself.
  void take_losses(const std::string& kind);

  /// Takes all events; the step has checked them itself.
  void take_events() { is_taken_event_.assign(arrivals_.events.size(), true); }

  /// Takes all transactions; the step has checked them itself.
  void take_transactions() { is_taken_.assign(arrivals_.transactions.size(), true); }

  /// Takes a remark of the server about the protocol, which has to come once.
  void remark(std::string_view text);

  /// Nothing is left over, nothing came twice, and no envelope broke the protocol.
  void nothing_else();

 private:
  void compare(std::string what, const char* failure, const picket::Value& found,
               const std::vector<Fact>& marks, const std::vector<Fact>& facts);

  Checks& checks_;
  const Arrivals& arrivals_;
  std::vector<bool> is_taken_event_;
  std::vector<bool> is_taken_;  // transactions
  std::map<std::string, std::uint64_t> losses_{};
  std::vector<std::string> remarks_{};
};

}  // namespace demo
