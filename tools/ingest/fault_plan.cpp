#include "ingest/fault_plan.hpp"

#include "picket/json.hpp"

#include <fmt/format.h>

namespace picket::ingest {

void FaultPlan::start_counting() {
  connections_ = requests_ = 0;
  requests_by_endpoint_.clear();
}

void FaultPlan::set_faults(std::vector<Fault> faults) {
  std::lock_guard lock(mutex_);
  faults_ = std::move(faults);
  start_counting();
}

void FaultPlan::set_chaos(std::optional<Chaos> chaos) {
  std::lock_guard lock(mutex_);
  chaos_ = std::move(chaos);
  start_counting();
}

std::optional<Fault> FaultPlan::next_request(const std::string& endpoint) {
  std::lock_guard lock(mutex_);
  const std::uint64_t any = ++requests_;
  const std::uint64_t own = ++requests_by_endpoint_[endpoint];
  for (const Fault& fault : faults_) {
    if (fault.fits(endpoint, fault.endpoint.empty() ? any : own)) return fault;
  }
  return chaos_ ? chaos_->for_request(any) : std::nullopt;
}

Opening FaultPlan::next_connection() {
  std::lock_guard lock(mutex_);
  const std::uint64_t number = ++connections_;
  std::optional<Fault> fault;
  for (auto known = faults_.begin(); known != faults_.end() && !fault; ++known) {
    if (known->fits_connection(number)) fault = *known;
  }
  const bool is_over = chaos_ && requests_ >= chaos_->requests;
  if (!fault && chaos_ && !is_over) fault = chaos_->for_connection(number);
  if (!fault) return Opening::serve;
  return fault->action == FaultAction::drop ? Opening::drop : Opening::cut_handshake;
}

HttpReply error_reply(int status, const std::string& reason) {
  HttpReply reply;
  reply.status = status;
  reply.body = to_json(Object{{"detail", reason}, {"causes", List{Value(reason)}}});
  std::string header = reason;  // a header is one line of ASCII
  for (char& c : header) {
    if (c < ' ' || c > '~') c = '?';
  }
  reply.headers.emplace_back("X-Sentry-Error", header);
  return reply;
}

HttpReply spoiled(const Fault& fault, HttpReply reply) {
  if (fault.action == FaultAction::answer && fault.status >= 300) {
    reply = error_reply(fault.status, fmt::format("status {} on purpose", fault.status));
  } else if (fault.action == FaultAction::answer && reply.status == 200) {
    reply.status = fault.status;
  }
  reply.headers.insert(reply.headers.end(), fault.headers.begin(), fault.headers.end());
  reply.every = fault.every;
  reply.size = fault.size;
  reply.limit = fault.limit;
  switch (fault.action) {
    case FaultAction::answer:
    case FaultAction::drop:
    case FaultAction::tls:
      break;
    case FaultAction::reset:
      reply.wire = Wire::reset;
      break;
    case FaultAction::stall:
      reply.wire = fault.resume ? Wire::answer : Wire::reset;
      break;
    case FaultAction::hang:
    case FaultAction::close:
      reply.wire = Wire::close;
      break;
    case FaultAction::partial:
      reply.wire = Wire::partial;
      break;
    case FaultAction::garbage:
      reply.wire = Wire::garbage;
      break;
    case FaultAction::drip:
      reply.wire = Wire::drip;
      break;
    case FaultAction::huge:
      reply.wire = Wire::huge;
      break;
    case FaultAction::huge_head:
      reply.wire = Wire::huge_head;
      break;
  }
  return reply;
}

}  // namespace picket::ingest
