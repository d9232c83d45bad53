#pragma once

// A `Tally` is what notes of single happenings add up to. It knows names by their numbers alone;
// the recorder around it keeps the names, the locks and the time.

#include "figures/distinct.hpp"
#include "figures/name_table.hpp"
#include "figures/outcome.hpp"
#include "figures/stopwatch.hpp"
#include "figures/window.hpp"

#include <array>
#include <cstdint>
#include <memory>

namespace picket::figures {

/// Responses by their class; `none`: there was none, or its status is not known.
enum class StatusClass : std::uint8_t { none, ok, redirection, client_error, server_error };
inline constexpr std::size_t kStatusClasses = 5;

/// One thing that happened.
struct Note {
  enum class Subject : std::uint8_t { error, command, database, database_error, api, suppressed };

  Subject subject{};
  std::uint8_t detail = 0;       // an `Outcome` or a `StatusClass`
  NameTable::Id name = 0;        // of errors: the kind
  NameTable::Id type = 0;        // of errors
  Stopwatch::Bucket bucket = 0;  // of `value`, where that is a duration
  bool is_timed = true;          // of commands
  std::uint32_t second = 0;      // since counting began
  std::uint64_t value = 0;       // nanoseconds; of errors: hash of the user, 0: none
};

/// What has a number in a table of names.
enum class Dimension : std::uint8_t { kind, type, command, database, api };
inline constexpr std::size_t kDimensions = 5;
using NameTables = std::array<NameTable, kDimensions>;

/// Threads: one at a time.
class Tally {
 public:
  /// Room for what counts under that name; a note without room counts in the sums alone.
  void make_room(Dimension dimension, NameTable::Id id);

  void add(const Note& note);

  [[nodiscard]] Figures read(const NameTables& names, Tick second) const;

 private:
  struct Command {
    Stopwatch timing;
    std::array<SlidingRate, 3> outcomes;  // by `Outcome`
    SlidingMax longest;

    void add(const Note& note) noexcept;
    [[nodiscard]] CommandFigures read(Tick second) const noexcept;
  };

  struct Api {
    Stopwatch timing;
    std::array<std::uint64_t, kStatusClasses> statuses{};

    void add(const Note& note) noexcept;
    [[nodiscard]] ApiFigures read() const;
  };

  template <class T>
  using ByName = std::array<std::unique_ptr<T>, NameTable::kIds>;

  void add_error(const Note& note);

  SlidingRate errors_;
  SlidingRate database_errors_;
  Command all_commands_;
  Distinct users_;
  std::uint64_t suppressed_ = 0;
  ByName<SlidingRate> kinds_;
  ByName<SlidingRate> types_;
  ByName<Command> commands_;
  ByName<Stopwatch> database_;
  ByName<Api> api_;
};

}  // namespace picket::figures
