#include "figures/recorder.hpp"

#include "base/contain.hpp"

#include <algorithm>

namespace picket::figures {
namespace {

using std::chrono::nanoseconds;

}  // namespace

StatusClass status_class(std::optional<int> status) noexcept {
  if (!status || *status < 200 || *status > 599) return StatusClass::none;
  constexpr std::array kClasses{StatusClass::ok, StatusClass::redirection,
                                StatusClass::client_error, StatusClass::server_error};
  return kClasses[static_cast<std::size_t>(*status / 100 - 2)];
}

StatusClass status_class(SpanStatus status) noexcept {
  switch (status) {
    case SpanStatus::unset:
    case SpanStatus::cancelled:
    case SpanStatus::unknown:
      return StatusClass::none;
    case SpanStatus::ok:
      return StatusClass::ok;
    case SpanStatus::invalid_argument:
    case SpanStatus::not_found:
    case SpanStatus::already_exists:
    case SpanStatus::permission_denied:
    case SpanStatus::resource_exhausted:
    case SpanStatus::failed_precondition:
    case SpanStatus::aborted:
    case SpanStatus::out_of_range:
    case SpanStatus::unauthenticated:
      return StatusClass::client_error;
    case SpanStatus::deadline_exceeded:
    case SpanStatus::unimplemented:
    case SpanStatus::internal_error:
    case SpanStatus::unavailable:
    case SpanStatus::data_loss:
      return StatusClass::server_error;
  }
  return StatusClass::none;
}

Recorder::NameId Recorder::name_of(Dimension dimension, std::string_view name) noexcept {
  const auto place = static_cast<std::size_t>(dimension);
  const NameId id = names_[place].id_of(name);
  std::atomic<bool>& has_room = has_room_[place][id];
  if (has_room.load(std::memory_order_relaxed)) return id;
  // Room is made here, so that adding up does not have to.
  base::contain([&] {
    const std::lock_guard lock(mutex_);
    tally_.make_room(dimension, id);
    has_room.store(true, std::memory_order_relaxed);
  });
  return id;
}

Recorder::NameId Recorder::type_of(std::string_view mangled,
                                   std::string (*shorten)(const std::string& mangled)) noexcept {
  if (const auto known = mangled_.known(mangled)) return *known;
  return base::contain(NameTable::kOther, [&] {
    const NameId id = name_of(Dimension::type, shorten(std::string(mangled)));
    mangled_.remember(mangled, id);
    return id;
  });
}

void Recorder::error(NameId kind, NameId type, std::uint64_t user) noexcept {
  leave({.subject = Note::Subject::error,
         .name = kind,
         .type = type,
         .second = second(),
         .value = user});
}

void Recorder::command(NameId name, Outcome outcome, std::optional<nanoseconds> duration) noexcept {
  Note note = timed(Note::Subject::command, name, duration.value_or(nanoseconds::zero()));
  note.is_timed = duration.has_value();
  note.detail = static_cast<std::uint8_t>(outcome);
  note.second = second();
  leave(note);
}

void Recorder::database(NameId name, nanoseconds duration) noexcept {
  leave(timed(Note::Subject::database, name, duration));
}

void Recorder::database_error() noexcept {
  leave({.subject = Note::Subject::database_error, .second = second()});
}

void Recorder::api(NameId name, StatusClass status, nanoseconds duration) noexcept {
  Note note = timed(Note::Subject::api, name, duration);
  note.detail = static_cast<std::uint8_t>(status);
  leave(note);
}

void Recorder::suppressed() noexcept { leave({.subject = Note::Subject::suppressed}); }

Note Recorder::timed(Note::Subject subject, NameId name, nanoseconds duration) noexcept {
  duration = std::max(duration, nanoseconds::zero());
  return {.subject = subject,
          .name = name,
          .bucket = Stopwatch::bucket_of(duration),
          .value = static_cast<std::uint64_t>(duration.count())};
}

std::uint32_t Recorder::second() const noexcept {
  const auto passed = std::chrono::duration_cast<std::chrono::seconds>(clock_.about_now() - start_);
  return static_cast<std::uint32_t>(std::max<std::int64_t>(passed.count(), 0));
}

Recorder::Lane& Recorder::lane_of_thread() noexcept {
  static constinit std::atomic<std::size_t> threads{0};
  thread_local constinit std::size_t mine = 0;  // one more than the number of the lane
  if (mine == 0) mine = threads.fetch_add(1, std::memory_order_relaxed) % kLanes + 1;
  return lanes_[mine - 1];
}

void Recorder::leave(const Note& note) noexcept {
  base::contain([&] {
    Lane& lane = lane_of_thread();
    const std::lock_guard lock(lane.mutex);
    lane.notes[lane.size++] = note;
    if (lane.size == kNotes) add_up(lane);
  });
}

void Recorder::add_up(Lane& lane) {
  const std::lock_guard lock(mutex_);
  const std::size_t size = std::exchange(lane.size, 0);  // first: each note counts once at most
  for (std::size_t i = 0; i < size; ++i) tally_.add(lane.notes[i]);
}

Figures Recorder::snapshot() {
  for (Lane& lane : lanes_) {
    const std::lock_guard lock(lane.mutex);
    add_up(lane);
  }
  const std::lock_guard lock(mutex_);
  return tally_.read(names_, second());
}

}  // namespace picket::figures
