// Stage: the host's callbacks. A hook that throws drops what it was shown: it may have been about
// to remove a secret. Spec: P7.4 to P7.6.

#include "base/diagnostics.hpp"
#include "client/pipeline.hpp"
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
    diag::error("{} threw, what it was shown is dropped: {}", name, error.what());
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

std::optional<protocol::DiscardReason> Pipeline::run_hooks(Draft& draft) {
  const Options& options = config_->options;
  const auto scoped = scope::processors(draft.record.scopes);
  const bool any = options.before_breadcrumb || options.before_send || !scoped.empty() ||
                   !options.event_processors.empty();
  if (!any) return std::nullopt;

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
  for (const auto& processor : scoped) {
    if (ask("an event processor", *processor, draft.event, hint) == Verdict::drop) {
      return protocol::DiscardReason::event_processor;
    }
  }
  for (const auto& processor : options.event_processors) {
    if (processor && ask("an event processor", processor, draft.event, hint) == Verdict::drop) {
      return protocol::DiscardReason::event_processor;
    }
  }
  if (options.before_send &&
      ask("before_send", options.before_send, draft.event, hint) == Verdict::drop) {
    return protocol::DiscardReason::before_send;
  }
  draft.attachments = std::move(hint.attachments);
  draft.event.id = draft.record.id;  // the host already knows the event under this id
  return std::nullopt;
}

}  // namespace picket::client
