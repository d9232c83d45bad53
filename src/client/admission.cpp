#include "client/admission.hpp"

#include "base/contain.hpp"
#include "base/text.hpp"
#include "client/pipeline.hpp"
#include "protocol/trim.hpp"

#include <algorithm>
#include <utility>

namespace picket::client {
namespace {

constinit thread_local bool asking = false;

/// The time in which predicates run.
class Asking {
 public:
  Asking() noexcept { asking = true; }
  ~Asking() { asking = false; }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
};

}  // namespace

Admission::Admission(std::shared_ptr<const Config> config)
    : config_(std::move(config)),
      types_(config_->options.ignore_errors.texts()),
      limiter_(config_->options.error_limit, config_->options.clock),
      storms_(config_->options.storm_control),
      hints_(config_->debug, config_->options.clock) {}

bool Admission::is_asking() noexcept { return asking; }

bool Admission::is_ignored(const Candidate& candidate) {
  const IgnoreErrors& ignored = config_->options.ignore_errors;
  return (!ignored.texts().empty() && is_ignored_by_text(candidate)) ||
         (!ignored.predicates().empty() && is_ignored_by_predicate(candidate));
}

bool Admission::is_ignored_by_text(const Candidate& candidate) {
  const auto& texts = config_->options.ignore_errors.texts();
  if (candidate.type != nullptr) return types_.of(*candidate.type).is_ignored;
  if (candidate.event != nullptr) return is_ignored_error(*candidate.event, texts);
  const auto message = base::utf8_prefix(candidate.message, protocol::kMaxMessageCharacters * 4);
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& entry) { return base::matches_entry(message, entry); });
}

bool Admission::is_ignored_by_predicate(const Candidate& candidate) const {
  if (candidate.error == nullptr) return false;
  const Asking now;
  const auto& predicates = config_->options.ignore_errors.predicates();
  return std::any_of(predicates.begin(), predicates.end(), [&](const auto& predicate) {
    return predicate && base::contain(false, [&] { return predicate(*candidate.error); });
  });
}

TypeKey Admission::key_of(const Candidate& candidate) {
  if (candidate.type != nullptr) return types_.of(*candidate.type).key;
  const Exception* const made = candidate.outermost();
  return made == nullptr ? kNoType : type_key(made->type);
}

Admitted Admission::pass_counts(const Candidate& candidate) {
  Admitted admitted;
  if (limiter_.is_on()) {
    const ErrorLimiter::Grant grant = limiter_.take(key_of(candidate));
    if (!grant.is_granted) return {.refusal = Refusal::limit};
    admitted.counts.suppressed = grant.suppressed;
  }
  if (storms_.is_on()) {
    admitted.counts.occurrences = storms_.count(candidate);
    if (!StormControl::leaves(admitted.counts.occurrences)) {
      return refuse(candidate, admitted, Refusal::storm);
    }
  }
  return admitted;
}

/// What the limiter gave it to tell, another one has to tell.
Admitted Admission::refuse(const Candidate& candidate, Admitted admitted, Refusal why) {
  if (admitted.counts.suppressed > 0) {
    limiter_.give_back(key_of(candidate), admitted.counts.suppressed);
  }
  return {.refusal = why};
}

}  // namespace picket::client
