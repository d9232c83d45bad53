#pragma once

// What leaves the process, and what does not. Two tools: `sanitize` takes keys out of an object by
// hand; scrubbing happens by itself, after all hooks, to everything that is sent: values under
// sensitive keys become `[Filtered]`, secrets inside texts are masked. `Options::scrub` sets it,
// `Options::dry_run` shows what would be sent without sending it, and `secret.hpp` has a type for
// values that must never be written down.

#include "picket/export.hpp"
#include "picket/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace picket {

/// Spec: S14.3, S14.4, T14.
struct ScrubOptions {
  bool enabled = true;

  /// Further keys whose values are filtered; in any letter case, `-` and `_` are equal, and a key
  /// that contains one as a word counts too.
  std::vector<std::string> extra_keys{};

  /// Keys that are let through although they look sensitive; the whole key, in any letter case.
  std::vector<std::string> allowed_keys{};

  /// Masks user and password in URLs, secret query parameters, bearer tokens and authorization
  /// values inside of messages, exception values, breadcrumbs and span texts.
  bool texts = true;
};

/// Spec: S14.2.
struct SanitizeOptions {
  std::vector<std::string> keys{"password", "token"};
  bool ignore_case = true;
  bool recursive = true;
};

/// A copy of `object` without the members of these names.
/// Errors:  throws what allocation throws.
/// Threads: any.
/// Spec:    S14.2.
PICKET_EXPORT Object sanitize(const Object& object, const SanitizeOptions& options = {});

/// `text` with its secrets masked, as texts are scrubbed before they are sent. Linear in its
/// length. Errors:  throws what allocation throws. Threads: any. Spec:    S14.4, T14.
PICKET_EXPORT std::string scrub_text(std::string_view text);

}  // namespace picket
