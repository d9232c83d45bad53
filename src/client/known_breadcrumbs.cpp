#include "client/known_breadcrumbs.hpp"

#include <algorithm>

namespace picket::client {
namespace {

bool is_same(std::string_view left, std::string_view right) noexcept {
  return left.data() == right.data() && left.size() == right.size();
}

/// The very same breadcrumb: what was added once never changes.
bool is_same(const protocol::BreadcrumbView& left, const protocol::BreadcrumbView& right) noexcept {
  return is_same(left.message, right.message) && is_same(left.data, right.data) &&
         is_same(left.category, right.category) && is_same(left.type, right.type) &&
         left.timestamp == right.timestamp && left.level == right.level;
}

}  // namespace

/// Leaves the text of those that are still there, which are the first of `views`. Returns how many.
std::size_t KnownBreadcrumbs::keep_known(const std::vector<protocol::BreadcrumbView>& views) {
  std::size_t first = 0;
  std::size_t known = 0;
  if (!views.empty()) {
    while (first < views_.size() && !is_same(views_[first], views.front())) ++first;
    const std::size_t most = std::min(views_.size() - first, views.size());
    while (known < most && is_same(views_[first + known], views[known])) ++known;
  }
  if (known == 0) {
    text_.clear();
    ends_.clear();
    return 0;
  }
  const std::size_t begin = first == 0 ? 0 : ends_[first - 1] + 1;  // behind the comma
  text_.resize(ends_[first + known - 1]);
  text_.erase(0, begin);
  ends_.resize(first + known);
  ends_.erase(ends_.begin(), ends_.begin() + static_cast<std::ptrdiff_t>(first));
  for (std::size_t& end : ends_) end -= begin;
  return known;
}

void KnownBreadcrumbs::keep(const std::array<scope::ScopeSnapshot, 3>& scopes,
                            const std::vector<protocol::BreadcrumbView>& views) {
  const bool is_large = text_.size() > kMaxBytes;
  for (std::size_t i = 0; i < trails_.size(); ++i) {
    trails_[i] = is_large ? scope::BreadcrumbTrail() : scopes[i].breadcrumbs;
  }
  if (!is_large) views_ = views;
}

}  // namespace picket::client
