#include "ingest/server.hpp"

#include "ingest/auth.hpp"
#include "ingest/certificate.hpp"
#include "ingest/decode.hpp"
#include "ingest/fault_plan.hpp"
#include "ingest/journal.hpp"
#include "picket/dsn.hpp"
#include "picket/event_id.hpp"
#include "picket/json.hpp"

#include <fmt/format.h>

#include <atomic>
#include <exception>
#include <optional>

namespace picket::ingest {
namespace {

// The header wins over the payload (P2.3).
std::string event_id_of(const ReceivedEnvelope& envelope) {
  const Value* header = envelope.headers.find("event_id");
  std::optional<EventId> id = header ? EventId::parse(header->text_or("")) : std::nullopt;
  for (const ReceivedItem& item : envelope.items) {
    if (id) break;
    id = EventId::parse(item.payload.at("event_id").text_or(""));
  }
  return id ? id->to_string() : std::string();
}

// The old endpoint takes one bare event; from here on it is an envelope like any other.
Result<Envelope> wrap_store_event(const std::string& body) {
  const Result<Value> event = parse_json(body);
  if (!event) return event.error();
  Envelope envelope;
  if (const Value& id = event->at("event_id"); id.as_text()) envelope.headers.set("event_id", id);
  const bool transaction = event->at("type").text_or("") == "transaction";
  envelope.items.push_back({Object{{"type", transaction ? "transaction" : "event"}}, body});
  return envelope;
}

// What leaves when all goes as planned.
Sent sent_of(const HttpReply& reply) {
  switch (reply.wire) {
    case Wire::answer:
      return Sent::all;
    case Wire::drip:
      return reply.limit ? Sent::part : Sent::all;
    case Wire::partial:
    case Wire::huge:
    case Wire::huge_head:
      return Sent::part;
    case Wire::reset:
    case Wire::close:
    case Wire::garbage:
      break;
  }
  return Sent::nothing;
}

struct Route {
  std::string endpoint{};
  std::string project{};
};

// `{prefix}/api/{project}/{endpoint}/` (P1.4)
std::optional<Route> find_route(std::string_view path, std::string_view prefix) {
  if (path.substr(0, prefix.size()) != prefix) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (path.substr(0, 5) != "/api/" || path.back() != '/') return std::nullopt;
  path = path.substr(5, path.size() - 6);
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Route route{std::string(path.substr(slash + 1)), std::string(path.substr(0, slash))};
  if (route.endpoint != "envelope" && route.endpoint != "store") return std::nullopt;
  return route;
}

}  // namespace

class IngestServer::Impl {
 public:
  explicit Impl(IngestOptions options)
      : options_(std::move(options)),
        received_(options_.max_kept_bytes),
        plan_(options_.faults, options_.chaos) {}

  Result<std::monostate> start();
  void stop() noexcept;
  HttpReply answer(HttpRequest& request);

  const IngestOptions& options() const { return options_; }
  Received& received() { return received_; }
  FaultPlan& plan() { return plan_; }
  const HttpHost& host() const { return *host_; }
  std::string ca_file() const { return certificate_ ? certificate_->certificate_file() : ""; }

 private:
  HttpReply answer_endpoint(HttpRequest& request, const Route& route);
  void take_in(HttpRequest& request, const Route& route, ReceivedEnvelope& envelope);
  void judge(const Envelope& parsed, ReceivedEnvelope& envelope);
  HttpReply reply_to(const ReceivedEnvelope& envelope) const;
  void store(ReceivedEnvelope envelope, const HttpReply& reply);
  void wait_on_purpose(Milliseconds time);

  IngestOptions options_;
  Received received_;
  FaultPlan plan_;
  std::optional<Certificate> certificate_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stopped_ = false;
  std::optional<Journal> journal_;
  std::atomic<std::uint64_t> requests_{0};
  std::unique_ptr<HttpHost> host_;  // last: its threads use everything above
};

Result<std::monostate> IngestServer::Impl::start() {
  if (!options_.journal.empty()) {
    Result<Journal> journal = Journal::open(options_.journal);
    if (!journal) return journal.error();
    journal_.emplace(std::move(*journal));
  }
  HttpHostOptions host;
  host.on_connection = [this](std::uint64_t) { return plan_.next_connection(); };
  host.port = options_.port;
  host.max_body = options_.limits.envelope + (1u << 20);  // compression may add a little
  if (options_.https) {
    Result<Certificate> certificate = Certificate::create();
    if (!certificate) return certificate.error();
    certificate_.emplace(std::move(*certificate));
    host.certificate_file = certificate_->certificate_file();
    host.key_file = certificate_->key_file();
  }
  auto started = HttpHost::start(host, [this](HttpRequest& request) { return answer(request); });
  if (!started) return started.error();
  host_ = std::move(*started);
  return std::monostate{};
}

void IngestServer::Impl::stop() noexcept {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    stopping_.notify_all();
  }
  if (host_) host_->stop();
}

// Ends early when the server stops.
void IngestServer::Impl::wait_on_purpose(Milliseconds time) {
  std::unique_lock lock(mutex_);
  stopping_.wait_for(lock, time, [this] { return stopped_; });
}

void IngestServer::Impl::judge(const Envelope& parsed, ReceivedEnvelope& envelope) {
  Findings findings;
  std::vector<ParsedItem> payloads;
  const std::string_view first_line =
      envelope.endpoint == "store"
          ? std::string_view("{}")
          : std::string_view(envelope.raw).substr(0, envelope.raw.find('\n'));
  validate(parsed, first_line, options_.limits, findings, payloads);
  envelope.findings = findings.all();
  envelope.headers = parsed.headers;
  for (std::size_t i = 0; i < parsed.items.size(); ++i) {
    const EnvelopeItem& item = parsed.items[i];
    ReceivedItem kept{std::string(item.type()), item.headers, item.payload,
                      std::move(payloads[i].payload)};
    for (const Finding& finding : envelope.findings) {
      if (finding.item == i) kept.complaints.push_back(finding.to_string());
    }
    envelope.items.push_back(std::move(kept));
  }
  envelope.event_id = event_id_of(envelope);
  const Finding* fatal = findings.fatal();
  if (fatal == nullptr && options_.strict && !envelope.findings.empty()) {
    fatal = &envelope.findings.front();
  }
  if (fatal != nullptr) {
    envelope.verdict = Verdict::rejected;
    envelope.status = fatal->status;
    envelope.reason = fatal->to_string();
  }
}

// From bytes to a verdict; `status` and `reason` say what to answer.
void IngestServer::Impl::take_in(HttpRequest& request, const Route& route,
                                 ReceivedEnvelope& envelope) {
  const auto reject = [&](int status, std::string reason) {
    envelope.verdict = Verdict::rejected;
    envelope.status = status;
    envelope.reason = std::move(reason);
  };
  envelope.status = 200;
  if (request.too_large) return reject(413, "the request is larger than any envelope may be");
  Decoded decoded = decode(find_header(request.headers, "Content-Encoding"), request.body,
                           options_.limits.envelope);
  if (decoded.status != 200) return reject(decoded.status, decoded.error);
  envelope.raw = std::move(decoded.body);
  if (route.project != options_.project) return reject(403, "there is no such project here");
  const AuthResult auth = check_request_auth(request, options_.public_key);
  if (auth.status != 200) return reject(auth.status, auth.error);
  const Result<Envelope> parsed =
      route.endpoint == "store" ? wrap_store_event(envelope.raw) : Envelope::parse(envelope.raw);
  if (!parsed) return reject(400, parsed.error().message);
  const AuthResult full =
      check_envelope_auth(auth, parsed->headers, options_.public_key, options_.project);
  if (full.status != 200) return reject(full.status, full.error);
  judge(*parsed, envelope);
}

HttpReply IngestServer::Impl::reply_to(const ReceivedEnvelope& envelope) const {
  if (envelope.verdict == Verdict::rejected) return error_reply(envelope.status, envelope.reason);
  HttpReply reply;
  reply.body = envelope.event_id.empty() ? "{}" : to_json(Object{{"id", Value(envelope.event_id)}});
  return reply;
}

// Before the answer leaves: who has the answer finds the envelope here.
void IngestServer::Impl::store(ReceivedEnvelope envelope, const HttpReply& reply) {
  envelope.sent = sent_of(reply);
  envelope.status = envelope.sent == Sent::nothing ? 0 : reply.status;
  envelope.response_headers = reply.headers;
  envelope.response_body = reply.body;
  if (journal_) journal_->write(envelope);
  const EnvelopePointer stored = received_.add(std::move(envelope));
  if (options_.on_received) options_.on_received(*stored);
}

HttpReply IngestServer::Impl::answer_endpoint(HttpRequest& request, const Route& route) {
  const std::optional<Fault> fault = plan_.next_request(route.endpoint);
  const bool stalls = fault && fault->action == FaultAction::stall;
  const Milliseconds limit = fault ? fault->limit.value_or(std::chrono::hours(24)) : Milliseconds();
  ReceivedEnvelope envelope;
  envelope.number = ++requests_;
  envelope.endpoint = route.endpoint;
  envelope.arrived = std::chrono::system_clock::now();
  envelope.request_headers = request.headers;
  envelope.target = request.path;
  if (stalls && fault->takes_in()) wait_on_purpose(limit);
  const bool has_body = !stalls || fault->takes_in();
  HttpReply reply;
  if (has_body) {
    request.read_body();
    if (request.cut_off) return error_reply(400, "the client is gone");  // never a request
    envelope.wire_bytes = request.body.size();
    take_in(request, route, envelope);
    reply = reply_to(envelope);
  }
  if (fault) {
    reply = spoiled(*fault, std::move(reply));
    if (!fault->takes_in()) {
      envelope.verdict = Verdict::refused;
      envelope.reason = "a fault on purpose";
    }
  }
  store(std::move(envelope), reply);
  if (fault && fault->delay.count() > 0) wait_on_purpose(fault->delay);
  if (!has_body || (fault && fault->action == FaultAction::hang)) wait_on_purpose(limit);
  return reply;
}

HttpReply IngestServer::Impl::answer(HttpRequest& request) {
  try {
    const std::optional<Route> route = find_route(request.path, options_.path_prefix);
    if (route && request.method == "POST") return answer_endpoint(request, *route);
    request.read_body();
    if (!route) return error_reply(404, "the path is not /api/<project>/envelope/");
    return error_reply(405, "the method is not POST");
  } catch (const std::exception& error) {
    return error_reply(500, fmt::format("the ingest server itself failed: {}", error.what()));
  }
}

IngestServer::IngestServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

IngestServer::~IngestServer() { stop(); }

Result<std::unique_ptr<IngestServer>> IngestServer::start(IngestOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (auto started = impl->start(); !started) return started.error();
  std::unique_ptr<IngestServer> server(new IngestServer(std::move(impl)));
  const auto dsn = Dsn::parse(server->dsn());
  const IngestOptions& used = server->impl_->options();
  if (!dsn || dsn->public_key() != used.public_key || dsn->project_id() != used.project ||
      dsn->path() != used.path_prefix) {
    return Error{
        Errc::invalid_argument,
        "key, project and prefix make no DSN: a key holds none of `:@/`, a project no `/`, "
        "a prefix starts with `/` and does not end with it"};
  }
  return server;
}

std::string IngestServer::dsn() const {
  const IngestOptions& options = impl_->options();
  return fmt::format("{}://{}@127.0.0.1:{}{}/{}", options.https ? "https" : "http",
                     options.public_key, port(), options.path_prefix, options.project);
}

std::string IngestServer::url() const {
  return fmt::format("{}://127.0.0.1:{}", impl_->options().https ? "https" : "http", port());
}

std::uint16_t IngestServer::port() const noexcept { return impl_->host().port(); }
std::string IngestServer::ca_file() const { return impl_->ca_file(); }
Received& IngestServer::received() noexcept { return impl_->received(); }
const Received& IngestServer::received() const noexcept { return impl_->received(); }
void IngestServer::set_faults(std::vector<Fault> faults) {
  impl_->plan().set_faults(std::move(faults));
}
void IngestServer::set_chaos(std::optional<Chaos> chaos) {
  impl_->plan().set_chaos(std::move(chaos));
}

std::uint64_t IngestServer::connection_count() const noexcept {
  return impl_->host().connection_count();
}

void IngestServer::stop() noexcept { impl_->stop(); }

}  // namespace picket::ingest
