#include "picket/client.hpp"

#include "base/contain.hpp"
#include "base/diagnostics.hpp"
#include "base/never_destroyed.hpp"
#include "client/core.hpp"
#include "client/start.hpp"
#include "scope/span_maker.hpp"

#include <utility>

namespace picket {
namespace {

scope::ThreadScopes scopes_of(const Scope* inner) {
  return {.isolation = inner != nullptr ? inner->state() : nullptr};
}

}  // namespace

Client Client::create(Options options) noexcept {
  return Client(client::start(std::move(options), client::Role::further));
}

bool Client::is_enabled() const noexcept { return core_ && core_->is_enabled(); }

InitStatus Client::status() const noexcept { return core_ ? core_->status() : InitStatus::no_dsn; }

std::string Client::message() const {
  return core_ ? core_->message() : "picket is off: no client was made";
}

const Options& Client::options() const noexcept {
  static base::NeverDestroyed<Options> none;
  return core_ ? core_->config().options : *none;
}

Scope Client::scope() const { return core_ ? Scope(core_->global()) : Scope(); }

EventId Client::capture_exception(const std::exception& error, const CaptureOptions& options,
                                  const Scope* inner, SourceLocation location) const noexcept {
  if (!is_enabled()) return {};
  return base::contain(EventId{},
                       [&] { return core_->capture(error, options, scopes_of(inner), location); });
}

EventId Client::capture_exception(const std::exception_ptr& error, const CaptureOptions& options,
                                  const Scope* inner, SourceLocation location) const noexcept {
  if (!is_enabled()) return {};
  return base::contain(EventId{},
                       [&] { return core_->capture(error, options, scopes_of(inner), location); });
}

EventId Client::capture_message(std::string_view text, Level level, const CaptureOptions& options,
                                const Scope* inner, SourceLocation location) const noexcept {
  if (!is_enabled()) return {};
  return base::contain(
      EventId{}, [&] { return core_->capture(text, level, options, scopes_of(inner), location); });
}

EventId Client::capture_event(Event event, const CaptureOptions& options, const Scope* inner,
                              SourceLocation location) const noexcept {
  if (!is_enabled()) return {};
  return base::contain(EventId{}, [&] {
    return core_->capture(std::move(event), options, scopes_of(inner), location);
  });
}

bool Client::should_capture_error(std::string_view type) const noexcept {
  return !is_enabled() || base::contain(true, [&] { return core_->should_capture(type); });
}

Transaction Client::start_transaction(const TransactionArgs& args,
                                      const Scope* inner) const noexcept {
  if (!is_enabled()) return {};
  Transaction begun;
  base::contain([&] {
    scope::SpanMaker::begin(begun, core_->start_transaction(args, scopes_of(inner)), false);
  });
  return begun;
}

bool Client::flush(std::chrono::milliseconds timeout) const noexcept {
  return !core_ || core_->flush(base::deadline_in(timeout));
}

bool Client::flush_to_spool(std::chrono::milliseconds timeout) const noexcept {
  return core_ && core_->flush_to_spool(base::deadline_in(timeout));
}

bool Client::purge(std::chrono::milliseconds timeout) const noexcept {
  return core_ && core_->purge(base::deadline_in(timeout));
}

DrainReport Client::drain(std::chrono::milliseconds timeout) const noexcept {
  return base::contain(DrainReport{}, [&] {
    DrainReport report;
    report.finished = !core_ || core_->drain(base::deadline_in(timeout));
    report.stats = stats();
    return report;
  });
}

bool Client::close(std::chrono::milliseconds timeout) const noexcept {
  return !core_ || core_->close(base::deadline_in(timeout));
}

Stats Client::stats() const { return core_ ? core_->stats() : Stats{}; }

}  // namespace picket
