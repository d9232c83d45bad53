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
using tracing::SpanStore;
using tracing::SpanTree;

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

// In the child of a fork the locks of a tree may be held by threads that do not exist there.
bool SpanHandle::is_usable() const noexcept { return tree_ && !tree_->is_forked(); }

/// What a call is about; nothing when there is no such thing any more.
template <class T, class Use>
T SpanHandle::with_span(Use&& use) const noexcept {
  return base::contain(T(), [&]() -> T {
    const ActiveSpan span = scope::SpanMaker::span_of(*this);
    return span.tree && !span.tree->is_forked() ? use(span) : T();
  });
}

template <class Change>
SpanHandle& SpanHandle::change(Change&& change) noexcept {
  if (index_ != tracing::kUnrecorded && is_usable() && tree_->is_recording()) {
    base::contain([&] { tree_->edit(index_, std::forward<Change>(change)); });
  }
  return *this;
}

void SpanHandle::add_data(std::string_view key, const ValueRef& value) noexcept {
  if (key == kHttpStatus) http_status_ = http_status(value);
  change([&](SpanStore& store) { store.add_fact(index_, SpanStore::FactKind::datum, key, value); });
}

void SpanHandle::add_data(const Attributes& data) noexcept {
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data[i].key == kHttpStatus) http_status_ = http_status(data[i].value);
  }
  change([&](SpanStore& store) {
    for (std::size_t i = 0; i < data.size(); ++i) {
      store.add_fact(index_, SpanStore::FactKind::datum, data[i].key, data[i].value);
    }
  });
}

void SpanHandle::add_tag(std::string_view key, const ValueRef& value) noexcept {
  change([&](SpanStore& store) { store.add_fact(index_, SpanStore::FactKind::tag, key, value); });
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
  Span child;
  base::contain([&] {
    const ActiveSpan parent = scope::SpanMaker::span_of(*this);
    if (parent.tree) scope::SpanMaker::begin_detached(child, parent, args);
  });
  return child;
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
  return with_span<std::string>(
      [](const ActiveSpan& span) { return base::to_hex(span.tree->trace_id()); });
}

std::string SpanHandle::span_id() const noexcept {
  return with_span<std::string>([](const ActiveSpan& span) { return base::to_hex(span.id); });
}

HeaderList SpanHandle::trace_headers(const PropagationTarget& target) const noexcept {
  return with_span<HeaderList>(
      [&](const ActiveSpan& span) { return span.tree->headers(span.id, target); });
}

Span& Span::operator=(Span&& other) noexcept {
  if (this != &other) {
    finish();
    take(other);
  }
  return *this;
}

void Span::take(Span& other) noexcept {
  SpanHandle::operator=(std::exchange(static_cast<SpanHandle&>(other), SpanHandle()));
  former_tree_ = std::move(other.former_tree_);
  former_id_ = other.former_id_;
  former_index_ = other.former_index_;
  is_inside_ = other.is_inside_;
  is_current_ = std::exchange(other.is_current_, false);
  is_open_ = std::exchange(other.is_open_, false);
  exceptions_ = other.exceptions_;
  figure_ = other.figure_;
  started_ = other.started_;
}

void Span::finish_at(std::optional<WallTime> end_time) noexcept {
  if (!std::exchange(is_open_, false)) return;
  if (index_ != tracing::kUnrecorded) {
    const bool records = tree_->is_recording();
    end(records && std::uncaught_exceptions() > exceptions_, end_time);
  }
  if (figure_ != 0) scope::SpanMaker::count(*this, end_time);
  if (std::exchange(is_current_, false)) scope::SpanMaker::leave(*this);
}

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

ActiveSpan SpanMaker::span_of(const SpanHandle& handle) noexcept {
  if (!handle.is_stand_in_) {
    return {.tree = handle.tree_, .id = handle.id_, .index = handle.index_};
  }
  ActiveSpan current = active_span();
  const bool is_same = current.tree && base::is_same(current.tree->root(), handle.id_);
  return is_same && !current.tree->is_recording() ? current : ActiveSpan{};
}

void SpanMaker::open(Span& guard, const SpanTree::Started& started) noexcept {
  guard.id_ = started.id;
  guard.index_ = started.index;
  guard.is_open_ = true;
  if (started.index != tracing::kUnrecorded) guard.exceptions_ = std::uncaught_exceptions();
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
  ActiveSpan* const place = span_in_place();
  if (place == nullptr || place->tree != guard.tree_ || !base::is_same(place->id, guard.id_)) {
    return;
  }
  place->id = guard.former_id_;
  place->index = guard.former_index_;
  if (!guard.is_inside_) place->tree = std::move(guard.former_tree_);  // `guard` keeps the present
}

void SpanMaker::begin_detached(Span& guard, const ActiveSpan& parent, const SpanArgs& args) {
  if (parent.tree->has_ended() || parent.tree->is_forked()) return;
  const auto started = parent.tree->start_child(parent.index, args);
  if (!started) return;
  guard.tree_ = parent.tree;
  open(guard, *started);
  measure(guard, args);
}

// A child of what is current belongs to the same tree, so the thread's own reference stays.
void SpanMaker::begin_current(Span& guard, const SpanArgs& args) {
  ActiveSpan* const place = span_in_place();
  if (place == nullptr || !place->tree) return;
  SpanTree& tree = *place->tree;
  if (tree.has_ended() || tree.is_forked()) return;
  if (!tree.is_recording() && figures::family_of(args.op) == figures::SpanFamily::none &&
      tree.passes_over(place)) {
    guard.is_stand_in_ = true;
    guard.id_ = tree.root();
    return;
  }
  const auto started = tree.start_child(place->index, args);
  if (!started) return;
  guard.tree_ = place->tree;
  guard.former_id_ = std::exchange(place->id, started->id);
  guard.former_index_ = std::exchange(place->index, started->index);
  guard.is_inside_ = guard.is_current_ = true;
  open(guard, *started);
  measure(guard, args);
}

void SpanMaker::begin(Transaction& guard, ActiveSpan root, bool is_current) noexcept {
  if (!root.tree) return;
  open(guard, {.id = root.id, .index = root.index});
  ActiveSpan* const place = is_current ? span_in_place() : nullptr;
  if (place != nullptr) {
    root.tree->set_home(place);
    guard.tree_ = root.tree;
    ActiveSpan former = std::exchange(*place, std::move(root));
    guard.former_tree_ = std::move(former.tree);
    guard.former_id_ = former.id;
    guard.former_index_ = former.index;
    guard.is_current_ = true;
  } else {
    guard.tree_ = std::move(root.tree);
  }
}

}  // namespace scope
}  // namespace picket
