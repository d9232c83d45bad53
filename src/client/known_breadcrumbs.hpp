#pragma once

// The breadcrumbs of the event before, as the JSON that they were written as. Most of those of the
// next event are the same ones, not only equal: they lie where they lay, in memory that nothing
// else can be in meanwhile, because their trails are kept.

#include "protocol/write.hpp"
#include "scope/breadcrumb_trail.hpp"
#include "scope/scope_state.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace picket::client {

/// Threads: the worker.
class KnownBreadcrumbs {
 public:
  /// More than this is not kept for the next event. Units: bytes.
  static constexpr std::size_t kMaxBytes = 256U << 10U;

  /// All of `views`, which are those of `scopes`, with commas between. Those that the event before
  /// had not are appended to a string by `write(string, view)`, oldest first.
  /// Errors:   what `write` throws passes through; nothing is known then.
  /// Lifetime: the text lasts until the next call.
  template <class Write>
  std::string_view text_of(const std::array<scope::ScopeSnapshot, 3>& scopes,
                           const std::vector<protocol::BreadcrumbView>& views, Write&& write) {
    const std::size_t known = keep_known(views);
    views_.clear();  // so that nothing is known when something is thrown
    for (std::size_t i = known; i < views.size(); ++i) {
      if (i > 0) text_ += ',';
      write(text_, views[i]);
      ends_.push_back(text_.size());
    }
    keep(scopes, views);
    return text_;
  }

 private:
  std::size_t keep_known(const std::vector<protocol::BreadcrumbView>& views);
  void keep(const std::array<scope::ScopeSnapshot, 3>& scopes,
            const std::vector<protocol::BreadcrumbView>& views);

  std::array<scope::BreadcrumbTrail, 3> trails_{};  // keep the memory of the views
  std::vector<protocol::BreadcrumbView> views_{};
  std::vector<std::size_t> ends_{};  // of each in `text_`
  std::string text_{};
};

}  // namespace picket::client
