// Stage: the host's callbacks. A hook that throws drops what it was shown: it may have been about
// to remove a secret. Spec: P7.4 to P7.6.

#include "base/diagnostics.hpp"
#include "client/pipeline.hpp"
#include "picket/privacy.hpp"
#include "scope/merge.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace picket::client {
namespace {

/// Calls a hook; what it throws counts as "drop".
template <class Hook, class... Args>
Verdict ask(const char* name, const Hook& hook, Args&... args) {
  try {
    return hook(args...);
  } catch (const std::exception& error) {
    const char* const what = error.what();
    diag::error("{} threw, what it was shown is dropped: {}", name,
                scrub_text(what == nullptr ? "" : what));
  } catch (...) {
    diag::error("{} threw, what it was shown is dropped", name);
  }
  return Verdict::drop;
}

}  // namespace

void Pipeline::filter_breadcrumbs(Event& event) const {
  const auto& hook = config_->options.before_breadcrumb;
  if (!hook) return;
  std::erase_if(event.breadcrumbs, [&](Breadcrumb& breadcrumb) {
    return ask("before_breadcrumb", hook, breadcrumb) == Verdict::drop;
  });
}

std::optional<protocol::DiscardReason> Pipeline::ask_hooks(Draft& draft, Hint& hint) const {
  const Options& options = config_->options;
  const bool is_transaction = draft.record.tree != nullptr;
  const auto drops = [&](const char* name, const auto& hook, protocol::DiscardReason reason) {
    const std::size_t spans = draft.event.spans.size();
    if (ask(name, hook, draft.event, hint) == Verdict::drop) return true;
    count_lost_spans(draft, spans, reason);
    return false;
  };
  constexpr auto kByProcessor = protocol::DiscardReason::event_processor;
  for (const auto& processor : scope::processors(draft.record.scopes)) {
    if (drops("an event processor", *processor, kByProcessor)) return kByProcessor;
  }
  for (const auto& processor : options.event_processors) {
    if (processor && drops("an event processor", processor, kByProcessor)) return kByProcessor;
  }
  constexpr auto kByHook = protocol::DiscardReason::before_send;
  const BeforeSend& last = is_transaction ? options.before_send_transaction : options.before_send;
  const char* const name = is_transaction ? "before_send_transaction" : "before_send";
  if (last && drops(name, last, kByHook)) return kByHook;
  return std::nullopt;
}

bool Pipeline::has_hooks(const Draft& draft) const {
  const Options& options = config_->options;
  const BeforeSend& last =
      draft.record.tree ? options.before_send_transaction : options.before_send;
  return options.before_breadcrumb || last || !options.event_processors.empty() ||
         !scope::processors(draft.record.scopes).empty();
}

std::optional<protocol::DiscardReason> Pipeline::run_hooks(Draft& draft) {
  if (!has_hooks(draft)) return std::nullopt;

  // Hooks see breadcrumbs as values; without hooks they go from the scope to the wire as they are.
  if (draft.breadcrumbs_are_views) {
    for (const auto& view : draft.breadcrumbs) {
      draft.event.breadcrumbs.push_back(scope::to_breadcrumb(view));
    }
    draft.breadcrumbs_are_views = false;
  }
  filter_breadcrumbs(draft.event);

  Hint hint{.exception = draft.record.exception,
            .location = draft.record.location,
            .origin = draft.record.origin,
            .attachments = std::move(draft.attachments)};
  const auto start = draft.event.start_timestamp;
  if (const auto reason = ask_hooks(draft, hint)) return reason;
  draft.attachments = std::move(hint.attachments);
  draft.event.id = draft.record.id;  // the host already knows the event under this id
  if (!start || !draft.event.start_timestamp) draft.event.start_timestamp = start;
  return std::nullopt;
}

}  // namespace picket::client
