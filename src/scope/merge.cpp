#include "scope/merge.hpp"

#include "picket/json.hpp"

#include <algorithm>

namespace picket::scope {
namespace {

// Takes what the event does not have itself. Called from the inside out, so inner scopes win.
void add_named(const ScopeData& data, Event& event) {
  for (const auto& [key, value] : data.tags) event.tags.try_emplace(key, value);
  for (const auto& [name, block] : data.contexts) event.contexts.try_emplace(name, block);
  for (const Member& member : data.extra) {
    if (!event.extra.contains(member.key)) event.extra.set(member.key, member.value);
  }
}

void add_missing(const ScopeData& data, Event& event) {
  const bool is_anonymous = !event.user || *event.user == User{};
  if (is_anonymous && data.user) event.user = data.user;
  if (!event.request || *event.request == Request{}) {
    if (data.request) event.request = data.request;
  }
  if (event.is_transaction()) return;  // these are about errors; P7.3
  if (event.fingerprint.empty()) event.fingerprint = data.fingerprint;
  if (event.transaction.empty()) event.transaction = data.transaction_name;
}

template <class T>
std::vector<T> concatenate(std::span<const ScopeSnapshot> scopes,
                           std::vector<T> ScopeData::*member) {
  std::vector<T> all;
  for (const ScopeSnapshot& scope : scopes) {
    if (!scope.data) continue;
    const std::vector<T>& own = (*scope.data).*member;
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

}  // namespace

void apply(std::span<const ScopeSnapshot> scopes, Event& event, bool level_is_explicit) {
  bool has_level = level_is_explicit;
  for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
    const ScopeData* const data = scope->data.get();
    if (data == nullptr) continue;
    add_named(*data, event);
    add_missing(*data, event);
    if (!has_level && data->level) {
      event.level = *data->level;
      has_level = true;
    }
  }
}

std::vector<protocol::BreadcrumbView> merge_breadcrumbs(std::span<const ScopeSnapshot> scopes,
                                                        std::size_t max) {
  std::vector<protocol::BreadcrumbView> merged;
  std::size_t total = 0;
  std::size_t trails = 0;
  for (const ScopeSnapshot& scope : scopes) {
    const std::size_t size = std::min(max, scope.breadcrumbs.size());
    total += size;
    trails += size > 0 ? 1U : 0U;
  }
  merged.reserve(total);
  for (const ScopeSnapshot& scope : scopes) {
    scope.breadcrumbs.for_each(
        max, [&merged](const protocol::BreadcrumbView& view) { merged.push_back(view); });
  }
  if (trails < 2) return merged;  // one trail stays in the order of adding; Spec: S5.9
  std::stable_sort(merged.begin(), merged.end(), [](const auto& left, const auto& right) {
    return left.timestamp < right.timestamp;
  });
  if (merged.size() > max) {
    merged.erase(merged.begin(), merged.end() - static_cast<std::ptrdiff_t>(max));
  }
  return merged;
}

Breadcrumb to_breadcrumb(const protocol::BreadcrumbView& view) {
  Breadcrumb made{.timestamp = view.timestamp,
                  .type = std::string(view.type),
                  .category = std::string(view.category),
                  .message = std::string(view.message),
                  .level = view.level};
  if (view.data.empty()) return made;
  if (auto parsed = parse_json(view.data)) {
    if (const Object* const data = parsed->as_object()) made.data = *data;
  }
  return made;
}

std::vector<std::shared_ptr<const Attachment>> attachments(std::span<const ScopeSnapshot> scopes) {
  return concatenate(scopes, &ScopeData::attachments);
}

std::vector<std::shared_ptr<const EventProcessor>> processors(
    std::span<const ScopeSnapshot> scopes) {
  return concatenate(scopes, &ScopeData::processors);
}

}  // namespace picket::scope
