#pragma once

// The worker's half of a capture: from a `CaptureRecord` to an envelope. The stages run in this
// order, each in a file of its own; each may end the event, which is counted with its reason.
//
//   assemble.cpp   record to event: exceptions, message, ids
//   ignore.cpp     `ignore_errors`, `ignore_transactions`            event_processor
//   enrich.cpp     scopes, frame names, images, contexts, options
//   normalize.cpp  ops of spans, with `normalize_ops`
//   hooks.cpp      breadcrumb hook, event processors, `before_send…` event_processor, before_send
//   scrub.cpp      secrets are masked                                internal_sdk_error
//   finish.cpp     limits, JSON, attachments                         internal_sdk_error
//
// A pipeline belongs to one client and is shared with its queued jobs, because a worker that hangs
// in a hook may outlive the client.

#include "client/capture_record.hpp"
#include "client/config.hpp"
#include "client/known_breadcrumbs.hpp"
#include "client/known_stacks.hpp"
#include "client/system_contexts.hpp"
#include "privacy/scrubber.hpp"
#include "protocol/loss_ledger.hpp"
#include "protocol/outgoing_envelope.hpp"
#include "protocol/write.hpp"
#include "stacktrace/symbolizer.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picket::client {

/// An event on its way through the stages.
struct Draft {
  CaptureRecord record{};
  Event event{};
  std::vector<protocol::BreadcrumbView> breadcrumbs{};  // views into `record.scopes`, `masked`
  std::deque<std::string> masked{};   // texts of breadcrumbs that held a secret; they never move
  bool breadcrumbs_are_views = true;  // false: they are in `event`, hooks have seen them
  // Written before, where no hook wants to see them: the machine's contexts, and the stack of the
  // last exception. Neither is in `event`.
  const std::vector<protocol::ContextText>* context_texts = nullptr;
  std::shared_ptr<const StackText> stack_text{};
  std::vector<Attachment> attachments{};
  std::vector<protocol::Loss> lost_spans{};  // taken out by hooks, or for want of room
};

/// Notes what is missing of the `before` spans that a draft had. finish.cpp
void count_lost_spans(Draft& draft, std::size_t before, protocol::DiscardReason reason);

/// Threads: the worker, but for the constructor.
class Pipeline {
 public:
  Pipeline(std::shared_ptr<const Config> config, std::shared_ptr<protocol::LossLedger> ledger);

  /// The event's envelope; nothing when a stage ended it.
  std::optional<protocol::OutgoingEnvelope> run(CaptureRecord record);

  [[nodiscard]] const Config& config() const noexcept { return *config_; }
  [[nodiscard]] protocol::LossLedger& ledger() noexcept { return *ledger_; }

  /// Masks secrets in the name and the attributes. metrics_job.cpp
  void scrub(Metric& metric) const;

  /// The option's, else the machine's own; for what may be told with `send_default_pii` alone.
  [[nodiscard]] std::string_view host_name();  // enrich.cpp

 private:
  [[nodiscard]] bool is_ignored(const Event& event) const;  // ignore.cpp
  void settle_spans(const Draft& draft);
  void tell_drop(const CaptureRecord& record, protocol::DiscardReason reason) const;

  void enrich(Draft& draft);  // enrich.cpp
  void name_frames(Draft& draft);
  void name_known_stack(Draft& draft);
  void make_whole(Draft& draft);
  [[nodiscard]] std::string_view write_breadcrumbs(Draft& draft);  // finish.cpp
  void name_throw_sites(Draft& draft);
  [[nodiscard]] Stacktrace name_stack(const ThreadRecord& thread);
  static void place_stacks(Draft& draft, std::vector<Stacktrace> named);
  void add_options(Event& event) const;
  void add_system_contexts(Event& event);
  void add_system_contexts(Draft& draft);
  void write_system_contexts();
  [[nodiscard]] bool has_hooks(const Draft& draft) const;  // hooks.cpp

  std::optional<protocol::DiscardReason> run_hooks(Draft& draft);  // hooks.cpp
  std::optional<protocol::DiscardReason> ask_hooks(Draft& draft, Hint& hint) const;
  void filter_breadcrumbs(Event& event) const;

  void scrub(Draft& draft) const;  // scrub.cpp
  void scrub(Contexts& contexts) const;
  void scrub(protocol::BreadcrumbView& view, std::deque<std::string>& masked) const;
  void scrub(tracing::DynamicSamplingContext& context) const;

  std::optional<protocol::OutgoingEnvelope> finish(Draft& draft);  // finish.cpp
  [[nodiscard]] std::optional<std::string> write_payload(Draft& draft);
  void add_attachments(const Draft& draft, protocol::OutgoingEnvelope& envelope);
  void add_event(const Draft& draft, std::string_view payload,
                 protocol::OutgoingEnvelope& envelope) const;
  [[nodiscard]] std::string trace_header(const Draft& draft) const;

  std::shared_ptr<const Config> config_;
  std::shared_ptr<protocol::LossLedger> ledger_;
  stacktrace::Symbolizer symbolizer_;
  const privacy::Scrubber scrubber_;
  std::optional<SystemContexts> system_;  // read when the first event needs it
  Contexts clean_system_{};               // scrubbed and trimmed, as it goes over the wire
  std::vector<std::string> system_json_{};
  std::vector<protocol::ContextText> system_texts_{};  // views into both
  KnownStacks known_stacks_{};
  KnownBreadcrumbs known_breadcrumbs_{};
};

/// By type, `type: value` and message, of any exception of the chain. ignore.cpp
bool is_ignored_error(const Event& event, const std::vector<std::string>& entries);

/// Brings the ops of a transaction and its spans to Sentry's own names. normalize.cpp
void normalize_ops(Event& event);

/// Record to event: what was captured, before anything is added. assemble.cpp
Event assemble(CaptureRecord& record);

}  // namespace picket::client
