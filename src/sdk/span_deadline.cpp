// Deadlines of spans and transactions.

#include "base/contain.hpp"
#include "base/fork.hpp"
#include "base/thread_id.hpp"
#include "picket/threads.hpp"
#include "scope/span_maker.hpp"
#include "scope/thread_scopes.hpp"
#include "sdk/current_client.hpp"
#include "sdk/thread_report.hpp"
#include "sdk/watch_thread.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace picket {
namespace sdk {

class WatchedSpan final : public Watch {
 public:
  WatchedSpan(tracing::ActiveSpan span, std::chrono::milliseconds timeout)
      : span_(std::move(span)),
        timeout_(std::max(timeout, std::chrono::milliseconds(1))),
        isolation_(scope::isolation_scope()),
        current_(scope::current_scope()),
        thread_(base::thread_id()),
        due_(base::deadline_in(timeout_)) {}

  [[nodiscard]] base::Deadline due() const noexcept { return due_; }

  void call_off() noexcept { is_called_off_.store(true); }

  std::optional<base::Deadline> look(base::Deadline /*now*/) override {
    if (has_ended()) return std::nullopt;
    const auto core = current_core();
    if (!core) return std::nullopt;
    auto threads = take_threads(kWatchTimeout, thread_);
    if (has_ended()) return std::nullopt;  // meanwhile: the stack is of something else
    blame(threads, thread_);
    report(*core, std::move(threads));
    return std::nullopt;
  }

 private:
  [[nodiscard]] bool has_ended() const {
    return is_called_off_.load() || span_.tree->is_forked() || span_.tree->has_ended() ||
           span_.tree->length(span_.index).has_value();
  }

  void report(client::Core& core, std::vector<client::ThreadRecord> threads) {
    const std::string name = span_.tree->link(span_).transaction;
    Event event;
    event.exceptions.push_back(noticed(
        "DeadlineExceeded", fmt::format("{} is still running after {} ms", name, timeout_.count()),
        "auto.deadline", Object{{"timeout_ms", Value(std::int64_t{timeout_.count()})}}));
    core.capture(std::move(event), std::move(threads), {},
                 {.isolation = isolation_, .current = current_, .span = span_}, {});
  }

  const tracing::ActiveSpan span_;
  const std::chrono::milliseconds timeout_;
  const std::shared_ptr<scope::ScopeState> isolation_;
  const std::shared_ptr<scope::ScopeState> current_;
  const std::uint64_t thread_;
  const base::Deadline due_;
  std::atomic<bool> is_called_off_{false};
};

namespace {

std::shared_ptr<WatchedSpan> watch_span(tracing::ActiveSpan span,
                                        std::chrono::milliseconds timeout) {
  if (!is_active() || !span.tree || span.tree->is_forked() || span.tree->has_ended()) return {};
  auto watched = std::make_shared<WatchedSpan>(std::move(span), timeout);
  return add_watch(watched, watched->due()) ? watched : nullptr;
}

}  // namespace
}  // namespace sdk

SpanDeadline::SpanDeadline(const SpanHandle& span, std::chrono::milliseconds timeout) noexcept {
  if (!sdk::is_active() || !span) return;
  base::contain([&] { span_ = sdk::watch_span(scope::SpanMaker::span_of(span), timeout); });
}

SpanDeadline::SpanDeadline(std::chrono::milliseconds timeout) noexcept {
  if (!sdk::is_active()) return;
  base::contain([&] { span_ = sdk::watch_span(scope::active_span(), timeout); });
}

SpanDeadline::~SpanDeadline() {
  if (!span_) return;
  span_->call_off();
  sdk::remove_watch(*span_);
}

}  // namespace picket
