// The guards of `picket/tracing.hpp`: they own a span of a tree and its place as the current one.

#include "base/contain.hpp"
#include "base/text.hpp"
#include "figures/span_name.hpp"
#include "scope/span_maker.hpp"
#include "scope/thread_scopes.hpp"
#include "stacktrace/demangle.hpp"
#include "stacktrace/exception_info.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace picket {

using tracing::ActiveSpan;
using tracing::SpanIndex;
using tracing::SpanStore;

namespace {

constexpr std::string_view kHttpStatus = "http.response.status_code";

/// 0 for what is no status.
std::uint16_t http_status(const ValueRef& value) noexcept {
  std::int64_t number = 0;
  if (const auto* plain = std::get_if<std::int64_t>(&value.storage())) number = *plain;
  return number >= 100 && number <= 599 ? static_cast<std::uint16_t>(number) : std::uint16_t{0};
}

constexpr std::size_t kMaxErrorText = 1024;  // bytes; the event of the error has more of it

}  // namespace

SpanHandle::SpanHandle() noexcept = default;
SpanHandle::SpanHandle(const SpanHandle&) noexcept = default;
SpanHandle::SpanHandle(SpanHandle&&) noexcept = default;
SpanHandle& SpanHandle::operator=(const SpanHandle&) noexcept = default;
SpanHandle& SpanHandle::operator=(SpanHandle&&) noexcept = default;
SpanHandle::~SpanHandle() = default;

// In the child of a fork the locks of a tree may be held by threads that do not exist there.
bool SpanHandle::is_usable() const noexcept { return tree_ && !tree_->is_forked(); }

template <class Change>
SpanHandle& SpanHandle::change(Change&& change) noexcept {
  if (is_usable() && tree_->is_recording()) {
    base::contain([&] { tree_->edit(index_, std::forward<Change>(change)); });
  }
  return *this;
}

SpanHandle& SpanHandle::set_data(std::string_view key, ValueRef value) noexcept {
  if (key == kHttpStatus) http_status_ = http_status(value);
  return change(
      [&](SpanStore& store) { store.add_fact(index_, SpanStore::FactKind::datum, key, value); });
}

SpanHandle& SpanHandle::set_data(Attributes data) noexcept {
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data[i].key == kHttpStatus) http_status_ = http_status(data[i].value);
  }
  return change([&](SpanStore& store) {
    for (std::size_t i = 0; i < data.size(); ++i) {
      store.add_fact(index_, SpanStore::FactKind::datum, data[i].key, data[i].value);
    }
  });
}

SpanHandle& SpanHandle::set_tag(std::string_view key, ValueRef value) noexcept {
  return change(
      [&](SpanStore& store) { store.add_fact(index_, SpanStore::FactKind::tag, key, value); });
}

SpanHandle& SpanHandle::set_status(SpanStatus status) noexcept {
  status_ = status;
  return change([&](SpanStore& store) { store.set_status(index_, status); });
}

SpanHandle& SpanHandle::set_status(std::string_view text) noexcept {
  const SpanStatus status = parse_span_status(text);
  if (status == SpanStatus::unknown && tree_ && text != to_text(SpanStatus::unknown)) {
    diag::debug("'{}' is no status of a span; it is sent as unknown", text);
  }
  return set_status(status);
}

SpanHandle& SpanHandle::set_op(std::string_view op) noexcept {
  return change([&](SpanStore& store) { store.set_op(index_, op); });
}

SpanHandle& SpanHandle::set_description(std::string_view description) noexcept {
  return change([&](SpanStore& store) { store.set_description(index_, description); });
}

SpanHandle& SpanHandle::set_measurement(std::string_view key, double value,
                                        std::string_view unit) noexcept {
  return change([&](SpanStore& store) { store.add_measurement(index_, key, value, unit); });
}

SpanHandle& SpanHandle::add_link(const SpanLink& link) noexcept {
  return change([&](SpanStore& store) { store.add_link(index_, link); });
}

SpanHandle& SpanHandle::set_failed(const std::exception_ptr& error) noexcept {
  if (!error || !is_recording()) return *this;
  base::contain([&] {
    const SpanStatus status = status_from_exception(error);
    const auto thrown = stacktrace::inspect(error);
    const std::string name = thrown.type ? stacktrace::demangle(thrown.type->name()) : "";
    const std::string_view type = stacktrace::unwrap_nested(name);
    const std::string value = stacktrace::describe_value(thrown);
    const std::string_view text = base::utf8_prefix(value, kMaxErrorText);
    change([&](SpanStore& store) {
      if (store.status(index_) == SpanStatus::unset) store.set_status(index_, status);
      if (!type.empty()) store.add_fact(index_, SpanStore::FactKind::datum, "error.type", type);
      if (!text.empty()) store.add_fact(index_, SpanStore::FactKind::datum, "error", text);
    });
  });
  return *this;
}

Span SpanHandle::start_child(const SpanArgs& args) const noexcept {
  if (!is_usable()) return {};
  return base::contain(Span(), [&] {
    return scope::SpanMaker::detached(
        scope::start_child({.tree = tree_, .id = id_, .index = index_}, args), args);
  });
}

void SpanHandle::finish() noexcept { end(false, std::nullopt); }

void SpanHandle::finish(WallTime end_time) noexcept { end(false, end_time); }

void SpanHandle::end(bool failed, std::optional<WallTime> end_time) noexcept {
  if (is_usable()) base::contain([&] { tree_->end(index_, failed, end_time); });
}

bool SpanHandle::is_recording() const noexcept {
  return tree_ && index_ != tracing::kUnrecorded && tree_->is_recording() && !tree_->has_ended();
}

std::string SpanHandle::trace_id() const noexcept {
  if (!is_usable()) return {};
  return base::contain(std::string(), [&] { return base::to_hex(tree_->trace().trace_id); });
}

std::string SpanHandle::span_id() const noexcept {
  if (!is_usable()) return {};
  return base::contain(std::string(), [&] { return base::to_hex(id_); });
}

HeaderList SpanHandle::trace_headers(const PropagationTarget& target) const noexcept {
  if (!is_usable()) return {};
  return base::contain(HeaderList(), [&] { return tree_->headers(id_, target); });
}

Span::Span() noexcept = default;

Span::Span(Span&& other) noexcept { take(other); }

Span& Span::operator=(Span&& other) noexcept {
  if (this != &other) {
    finish();
    take(other);
  }
  return *this;
}

Span::~Span() { finish(); }

void Span::take(Span& other) noexcept {
  SpanHandle::operator=(std::exchange(static_cast<SpanHandle&>(other), SpanHandle()));
  former_ = std::exchange(other.former_, SpanHandle());
  is_current_ = std::exchange(other.is_current_, false);
  is_open_ = std::exchange(other.is_open_, false);
  exceptions_ = other.exceptions_;
  figure_ = other.figure_;
  started_ = other.started_;
}

void Span::finish() noexcept { finish_at(std::nullopt); }

void Span::finish(WallTime end_time) noexcept { finish_at(end_time); }

void Span::finish_at(std::optional<WallTime> end_time) noexcept {
  if (!std::exchange(is_open_, false)) return;
  end(std::uncaught_exceptions() > exceptions_, end_time);
  if (figure_ != 0) scope::SpanMaker::count(*this, end_time);
  if (!std::exchange(is_current_, false)) return;
  scope::SpanMaker::leave(*this);
}

Transaction::Transaction() noexcept = default;
Transaction::Transaction(Transaction&& other) noexcept = default;
Transaction& Transaction::operator=(Transaction&& other) noexcept = default;
Transaction::~Transaction() = default;

Transaction& Transaction::set_name(std::string_view name, TransactionSource source) noexcept {
  if (is_usable()) base::contain([&] { tree_->set_name(name, source); });
  return *this;
}

namespace scope {

SpanHandle SpanMaker::handle(ActiveSpan span) noexcept {
  SpanHandle made;
  made.tree_ = std::move(span.tree);
  made.id_ = span.id;
  made.index_ = span.index;
  return made;
}

void SpanMaker::own(Span& guard, ActiveSpan span, bool is_current) noexcept {
  if (!span.tree) return;
  if (is_current) guard.former_ = handle(exchange_span(span));
  static_cast<SpanHandle&>(guard) = handle(std::move(span));
  guard.is_current_ = is_current;
  guard.is_open_ = true;
  guard.exceptions_ = std::uncaught_exceptions();
}

/// Measures with a clock of its own only what has no record that does.
void SpanMaker::measure(Span& guard, const SpanArgs& args) noexcept {
  if (!guard.tree_ || figures::family_of(args.op) == figures::SpanFamily::none) return;
  guard.figure_ = guard.tree_->figure_of(args);
  const bool has_record = guard.index_ != tracing::kUnrecorded;
  if (guard.figure_ != 0 && !has_record) guard.started_ = guard.tree_->moment(args.start_time);
}

// One that ends after its transaction is left out there, so it does not count here either.
void SpanMaker::count(const Span& guard, std::optional<WallTime> end) noexcept {
  if (!guard.is_usable()) return;
  base::contain([&] {
    std::optional<std::chrono::nanoseconds> length;
    if (guard.index_ != tracing::kUnrecorded) {
      length = guard.tree_->length(guard.index_);
    } else if (!guard.tree_->has_ended()) {
      length = guard.tree_->moment(end) - guard.started_;
    }
    if (length) {
      guard.tree_->count(guard.figure_, *length, guard.http_status_, guard.status_);
    }
  });
}

void SpanMaker::leave(Span& guard) noexcept {
  SpanHandle former = std::move(guard.former_);
  leave_span(guard.tree_.get(), guard.id_,
             {.tree = std::move(former.tree_), .id = former.id_, .index = former.index_});
}

Span SpanMaker::detached(ActiveSpan span, const SpanArgs& args) noexcept {
  Span guard;
  own(guard, std::move(span), false);
  measure(guard, args);
  return guard;
}

Span SpanMaker::current(ActiveSpan span, const SpanArgs& args) noexcept {
  Span guard;
  own(guard, std::move(span), true);
  measure(guard, args);
  return guard;
}

Transaction SpanMaker::transaction(ActiveSpan root, bool is_current) noexcept {
  Transaction guard;
  own(guard, std::move(root), is_current);
  return guard;
}

ActiveSpan start_child(const ActiveSpan& parent, const SpanArgs& args) {
  if (!parent.tree || parent.tree->has_ended()) return {};
  const auto started = parent.tree->start_child(parent.index, args);
  if (!started) return {};
  return {.tree = parent.tree, .id = started->id, .index = started->index};
}

}  // namespace scope
}  // namespace picket
