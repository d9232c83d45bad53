// The half of a core that a dying process needs, see `fatal.hpp`.

#include "client/capture_job.hpp"
#include "client/core.hpp"
#include "client/fatal.hpp"
#include "client/thrown_chain.hpp"
#include "stacktrace/exception_info.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket::client {
namespace {

using protocol::DiscardReason;

Event event_of(const Fatal& fatal) {
  Exception exception;
  exception.type = fatal.type;
  exception.value = fatal.value;
  exception.mechanism = Mechanism{.type = std::string(kTerminateMechanism), .handled = false};
  Event event;
  event.exceptions.push_back(std::move(exception));
  return event;
}

ThreadRecord failed_thread(std::uint64_t id, const Fatal& fatal) {
  ThreadRecord thread;
  thread.id = id;
  char name[16] = {};
  if (pthread_getname_np(pthread_self(), name, sizeof name) == 0) thread.name = name;
  thread.crashed = thread.current = thread.owns_exception = true;
  thread.main = id == static_cast<std::uint64_t>(getpid());
  thread.addresses.assign(fatal.addresses.begin(), fatal.addresses.end());
  return thread;
}

bool is_of_thread_class(const Frame& frame) {
  const std::string_view name = frame.function;
  return name.ends_with("thread::~thread") || name.ends_with("thread::operator=");
}

}  // namespace

FatalFate Core::capture(const Fatal& fatal, const CaptureScopes& scopes,
                        const scope::ScopeState* global) {
  Engine* const engine = is_enabled() ? this->engine() : nullptr;
  if (engine == nullptr || engine->worker->is_own_thread()) return FatalFate::refused;

  CaptureOptions options;
  options.level = Level::fatal;
  options.mechanism = kTerminateMechanism;
  options.handled = false;
  const stacktrace::ThrownObject thrown = stacktrace::inspect(fatal.exception);
  const Candidate candidate{.options = options,
                            .type = thrown.type,
                            .error = thrown.as_std_exception,
                            .scopes = {scopes.current.get(), scopes.isolation.get(), global}};
  // Inside of a predicate of the host nobody asks it again.
  if (fatal.exception && !Admission::is_asking() && engine->admission.is_ignored(candidate)) {
    refuse(*engine, DiscardReason::event_processor, "ignore_errors");
    return FatalFate::unwanted;
  }
  note_error(candidate);
  if (config_->sample_rate < 1.0 && draw() >= config_->sample_rate) {
    refuse(*engine, DiscardReason::sample_rate, "sample_rate");
    return FatalFate::unwanted;
  }
  auto job = begin(*engine, options, Hint::Origin::exception, {}, {});
  CaptureRecord& record = job->record();
  record.id = fatal.id;
  record.threads.push_back(failed_thread(record.thread_id, fatal));
  record.exception = fatal.exception;
  if (fatal.exception) {
    record.thrown = thrown_chain(fatal.exception);
  } else {
    record.event = std::make_unique<Event>(event_of(fatal));
  }
  submit(*engine, std::move(job), scopes, global);
  return FatalFate::taken;
}

std::string_view why_terminated(std::string_view type, std::span<const Frame> frames) {
  if (type != kNoException) return {};
  // The library's headers may call `std::terminate` through a function of their own.
  const auto newest = std::find_if(frames.rbegin(), frames.rend(), [](const Frame& frame) {
    return frame.function != "std::__terminate";
  });
  if (newest == frames.rend() || !is_of_thread_class(*newest)) return {};
  return "a std::thread was destroyed or assigned to while it was joinable";
}

void explain_terminate(Event& event) {
  if (event.exceptions.empty() || !event.exceptions.back().stacktrace) return;
  Exception& failure = event.exceptions.back();
  const std::string_view why = why_terminated(failure.type, failure.stacktrace->frames);
  if (!why.empty()) failure.value = why;
}

}  // namespace picket::client
