#pragma once

// Merges scope snapshots into an event, outer to inner, the event's own data last.

#include "picket/event.hpp"
#include "protocol/write.hpp"
#include "scope/scope_state.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace picket::scope {

/// Everything but breadcrumbs and attachments. `scopes` run from the outermost to the innermost.
/// `level_is_explicit`: the capture call named a level, which no scope overrides. Spec: P7.3.
void apply(std::span<const ScopeSnapshot> scopes, Event& event, bool level_is_explicit);

/// The newest `max` breadcrumbs of all scopes by time, oldest first; equal times keep the order
/// outer to inner. Lifetime: the views live as long as the snapshots.
std::vector<protocol::BreadcrumbView> merge_breadcrumbs(std::span<const ScopeSnapshot> scopes,
                                                        std::size_t max);

/// A view as a breadcrumb of its own, for hooks.
Breadcrumb to_breadcrumb(const protocol::BreadcrumbView& view);

std::vector<std::shared_ptr<const Attachment>> attachments(std::span<const ScopeSnapshot> scopes);
std::vector<std::shared_ptr<const EventProcessor>> processors(
    std::span<const ScopeSnapshot> scopes);

}  // namespace picket::scope
