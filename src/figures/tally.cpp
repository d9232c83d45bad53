#include "figures/tally.hpp"

#include <string>
#include <string_view>

namespace picket::figures {
namespace {

using std::chrono::nanoseconds;

constexpr std::array<std::string_view, kStatusClasses> kStatusNames{"none", "2xx", "3xx", "4xx",
                                                                    "5xx"};

nanoseconds duration_of(const Note& note) noexcept {
  return nanoseconds(static_cast<nanoseconds::rep>(note.value));
}

template <class T>
void make(std::unique_ptr<T>& room) {
  if (!room) room = std::make_unique<T>();
}

double share(std::uint64_t failed, std::uint64_t ok) noexcept {
  return failed == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(failed + ok);
}

/// What `read` says of everything that has room, by name.
template <class ByName, class Target, class Read>
void read_all(const ByName& rooms, const NameTable& names, Target& target, Read&& read) {
  for (std::size_t id = 0; id < rooms.size(); ++id) {
    if (!rooms[id]) continue;
    target.try_emplace(std::string(names.name(static_cast<NameTable::Id>(id))), read(*rooms[id]));
  }
}

}  // namespace

void Tally::make_room(Dimension dimension, NameTable::Id id) {
  switch (dimension) {
    case Dimension::kind:
      return make(kinds_[id]);
    case Dimension::type:
      return make(types_[id]);
    case Dimension::command:
      return make(commands_[id]);
    case Dimension::database:
      return make(database_[id]);
    case Dimension::api:
      return make(api_[id]);
  }
}

void Tally::add(const Note& note) {
  switch (note.subject) {
    case Note::Subject::error:
      return add_error(note);
    case Note::Subject::command:
      all_commands_.add(note);
      if (commands_[note.name]) commands_[note.name]->add(note);
      return;
    case Note::Subject::database:
      if (database_[note.name]) database_[note.name]->add(note.bucket, duration_of(note));
      return;
    case Note::Subject::database_error:
      return database_errors_.add(note.second);
    case Note::Subject::api:
      if (api_[note.name]) api_[note.name]->add(note);
      return;
    case Note::Subject::suppressed:
      ++suppressed_;
  }
}

void Tally::add_error(const Note& note) {
  errors_.add(note.second);
  if (kinds_[note.name]) kinds_[note.name]->add(note.second);
  if (types_[note.type]) types_[note.type]->add(note.second);
  if (note.value != 0) users_.add(note.value);
}

void Tally::Command::add(const Note& note) noexcept {
  outcomes[note.detail].add(note.second);
  if (!note.is_timed) return;
  timing.add(note.bucket, duration_of(note));
  longest.add(note.second, note.value);
}

CommandFigures Tally::Command::read(Tick second) const noexcept {
  const auto rate = [&](Outcome outcome) {
    return outcomes[static_cast<std::size_t>(outcome)].read(second);
  };
  CommandFigures figures{.timing = timing.read(),
                         .ok = rate(Outcome::ok),
                         .failed = rate(Outcome::failed),
                         .user_errors = rate(Outcome::user_error)};
  figures.failed_share_last_minute = share(figures.failed.last_minute, figures.ok.last_minute);
  figures.failed_share = share(figures.failed.total, figures.ok.total);
  figures.longest_last_minute = static_cast<double>(longest.read(second)) / 1e6;
  return figures;
}

void Tally::Api::add(const Note& note) noexcept {
  timing.add(note.bucket, duration_of(note));
  ++statuses[note.detail];
}

ApiFigures Tally::Api::read() const {
  ApiFigures figures{.timing = timing.read()};
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    if (statuses[i] > 0) figures.by_status.emplace(kStatusNames[i], statuses[i]);
  }
  return figures;
}

Figures Tally::read(const NameTables& names, Tick second) const {
  Figures figures;
  figures.errors = errors_.read(second);
  figures.all_commands = all_commands_.read(second);
  figures.database_errors = database_errors_.read(second);
  figures.affected_users = users_.count();
  figures.suppressed = suppressed_;
  const auto names_of = [&](Dimension dimension) -> const NameTable& {
    return names[static_cast<std::size_t>(dimension)];
  };
  const auto rate = [&](const SlidingRate& each) { return each.read(second); };
  read_all(kinds_, names_of(Dimension::kind), figures.errors_by_kind, rate);
  read_all(types_, names_of(Dimension::type), figures.errors_by_type, rate);
  read_all(commands_, names_of(Dimension::command), figures.commands,
           [&](const Command& each) { return each.read(second); });
  read_all(database_, names_of(Dimension::database), figures.database,
           [](const Stopwatch& each) { return each.read(); });
  read_all(api_, names_of(Dimension::api), figures.api,
           [](const Api& each) { return each.read(); });
  return figures;
}

}  // namespace picket::figures
