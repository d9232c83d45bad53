#pragma once

// Who gets in. Before anything of a capture is taken, in particular its stack, it passes these
// steps, in the order of S2.3; the host's thread asks for them one by one in `Core::admit`:
//
//   active?                                         `Core::open_door`
//   ignored by type, predicate, or known text       `is_ignored`           event_processor
//   captured before?                                `Core::duplicate_of`   event_processor
//   counted in the key figures                      `Core::note_error`
//   too many of its type in this minute             `enter`                event_processor
//   one of a storm of equal errors                  `enter`                event_processor
//   sampled out                                     `enter`                sample_rate
//
// An `Admission` belongs to the engine of one process: a child of a fork begins with empty tables.

#include "client/admission_candidate.hpp"
#include "client/admission_hints.hpp"
#include "client/admission_limiter.hpp"
#include "client/admission_storm.hpp"
#include "client/admission_types.hpp"
#include "client/config.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace picket::client {

enum class Refusal : unsigned char { none, limit, storm, sampling };

/// How a capture came in, or why not.
struct Admitted {
  Refusal refusal = Refusal::none;
  AdmissionCounts counts{};
};

/// Threads: any.
class Admission {
 public:
  explicit Admission(std::shared_ptr<const Config> config);

  /// By what is known without looking at texts of exceptions; those are the worker's.
  /// Errors: what a predicate throws counts as no. Spec: S11.2.
  [[nodiscard]] bool is_ignored(const Candidate& candidate);

  /// Tells a debugging host of misuse. Spec: S11.4.
  void hint(const Candidate& candidate) {
    if (hints_.is_on()) hints_.look_at(candidate, hash_of_type(candidate));
  }

  /// The steps after the key figures; `draw` yields a number in [0, 1).
  template <class Draw>
  [[nodiscard]] Admitted enter(const Candidate& candidate, Draw&& draw) {
    Admitted admitted = pass_counts(candidate);
    if (admitted.refusal != Refusal::none || config_->sample_rate >= 1.0) return admitted;
    if (draw() < config_->sample_rate) return admitted;
    return refuse(candidate, admitted, Refusal::sampling);
  }

  /// Spec: S12.2.
  [[nodiscard]] bool should_capture(std::string_view type) {
    return !limiter_.is_on() || limiter_.ask(type_key(type));
  }

  /// True inside of a predicate of this thread: what is captured there would ask it again.
  [[nodiscard]] static bool is_asking() noexcept;

 private:
  [[nodiscard]] Admitted pass_counts(const Candidate& candidate);
  [[nodiscard]] Admitted refuse(const Candidate& candidate, Admitted admitted, Refusal why);
  [[nodiscard]] bool is_ignored_by_text(const Candidate& candidate);
  [[nodiscard]] bool is_ignored_by_predicate(const Candidate& candidate) const;
  [[nodiscard]] TypeKey key_of(const Candidate& candidate);

  std::shared_ptr<const Config> config_;
  TypeBook types_;
  ErrorLimiter limiter_;
  StormControl storms_;
  MisuseHints hints_;
};

}  // namespace picket::client
