#include "client/figures.hpp"

#include "base/contain.hpp"
#include "client/admission_candidate.hpp"
#include "client/core.hpp"
#include "figures/recorder.hpp"
#include "figures/span_name.hpp"
#include "scope/scope_state.hpp"
#include "stacktrace/demangle.hpp"

#include <string>
#include <variant>

namespace picket::client {

using figures::Dimension;
using figures::Recorder;
using std::chrono::nanoseconds;

namespace {

constexpr std::string_view kKindTag = "error.type";

std::string short_type(const std::string& mangled) {
  const std::string name = stacktrace::demangle(mangled.c_str());
  return stacktrace::split_type_name(stacktrace::unwrap_nested(name)).type;
}

/// Who it is, by the first thing that tells; 0: nobody.
std::uint64_t hash_of(const User& user) noexcept {
  for (const auto* each : {&user.id, &user.username, &user.email, &user.ip_address}) {
    if (*each && !(*each)->empty()) return figures::hash_of_user(**each);
  }
  return 0;
}

/// What an error counts as, as far as the capture itself says; the rest is in the scopes.
struct Noted {
  explicit Noted(const Candidate& candidate) noexcept;
  void look_at(const scope::ScopeData& data) noexcept;  // from the inside out
  [[nodiscard]] bool is_complete() const noexcept { return level_is_known && user != 0; }

  Level level = Level::error;
  bool level_is_known = false;
  std::uint64_t user = 0;
};

Noted::Noted(const Candidate& candidate) noexcept : level(candidate.level) {
  if (candidate.event != nullptr) level = candidate.event->level;
  if (candidate.options.level) level = *candidate.options.level;
  level_is_known = candidate.options.level.has_value();
  if (candidate.options.user) user = hash_of(*candidate.options.user);
  if (user == 0 && candidate.event != nullptr && candidate.event->user) {
    user = hash_of(*candidate.event->user);
  }
}

void Noted::look_at(const scope::ScopeData& data) noexcept {
  if (!level_is_known && data.level) {
    level = *data.level;
    level_is_known = true;
  }
  if (user == 0 && data.user) user = hash_of(*data.user);
}

/// Tags come as views of texts, or of values that hold one; others are no kinds.
std::string_view text_of(const ValueRef& value) noexcept {
  if (const auto* text = std::get_if<std::string_view>(&value.storage())) return *text;
  const auto* const held = std::get_if<const Value*>(&value.storage());
  return held != nullptr ? (*held)->text_or({}) : std::string_view();
}

std::string_view kind_of(const Candidate& candidate) {
  const Attributes& tags = candidate.options.tags;
  for (std::size_t i = tags.size(); i-- > 0;) {
    if (tags[i].key != kKindTag) continue;
    const std::string_view kind = text_of(tags[i].value);
    if (!kind.empty()) return kind;
  }
  if (candidate.event == nullptr) return "generic";
  const auto found = candidate.event->tags.find(kKindTag);
  return found == candidate.event->tags.end() ? std::string_view("generic") : found->second;
}

Recorder::NameId type_of(const Candidate& candidate, Recorder& recorder) {
  if (candidate.type != nullptr) return recorder.type_of(candidate.type->name(), short_type);
  const Exception* const outermost = candidate.outermost();
  return recorder.name_of(Dimension::type, outermost != nullptr ? outermost->type : "message");
}

}  // namespace

// A database error is told by its kind, so whoever captures one has nothing more to do.
void Core::note_error(const Candidate& candidate) noexcept {
  Recorder* const recorder = figures().get();
  if (recorder == nullptr) return;
  base::contain([&] {
    Noted noted(candidate);
    for (const scope::ScopeState* const scope : candidate.scopes) {
      if (scope == nullptr || noted.is_complete()) continue;
      scope->peek([&](const scope::ScopeData* data) {
        if (data != nullptr) noted.look_at(*data);
      });
    }
    if (noted.level < Level::error) return;
    const std::string_view kind = kind_of(candidate);
    recorder->error(recorder->name_of(Dimension::kind, kind), type_of(candidate, *recorder),
                    noted.user);
    if (kind == "database") recorder->database_error();
  });
}

void record_command(Core& core, std::string_view name, figures::Outcome outcome,
                    std::optional<nanoseconds> duration) noexcept {
  Recorder* const recorder = core.figures().get();
  if (recorder == nullptr) return;
  recorder->command(recorder->name_of(Dimension::command, name), outcome, duration);
  if (duration) core.look_at_run(*duration);
}

void record_database(Core& core, std::string_view operation, std::string_view table,
                     nanoseconds duration) noexcept {
  Recorder* const recorder = core.figures().get();
  if (recorder == nullptr) return;
  const figures::JoinedName name(operation, table);
  recorder->database(recorder->name_of(Dimension::database, name.view()), duration);
}

void record_api(Core& core, std::string_view endpoint, std::optional<int> status,
                nanoseconds duration) noexcept {
  Recorder* const recorder = core.figures().get();
  if (recorder == nullptr) return;
  recorder->api(recorder->name_of(Dimension::api, figures::api_name(endpoint)),
                figures::status_class(status), duration);
}

void record_suppressed(Core& core) noexcept {
  if (Recorder* const recorder = core.figures().get()) recorder->suppressed();
}

}  // namespace picket::client
