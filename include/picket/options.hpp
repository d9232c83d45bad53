#pragma once

// Everything a host can set. Every member has a safe default; a bad value is replaced by one and
// reported once, it never stops the host. An explicit option beats its environment variable, which
// beats the default; an empty variable counts as not set.

#include "picket/alerts.hpp"
#include "picket/attachment.hpp"
#include "picket/breadcrumb.hpp"
#include "picket/clock.hpp"
#include "picket/delivery.hpp"
#include "picket/event.hpp"
#include "picket/export.hpp"
#include "picket/figures.hpp"
#include "picket/http_client.hpp"
#include "picket/ignore.hpp"
#include "picket/level.hpp"
#include "picket/privacy.hpp"
#include "picket/span_data.hpp"
#include "picket/transport.hpp"
#include "picket/value.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket {

/// What a hook decides about the thing it was shown.
enum class Verdict : unsigned char { keep, drop };

/// Hooks run on the client's worker thread, one at a time. A hook that throws drops its item.
/// Captures made inside a hook are dropped, and it must not call `init` or `close`. Lifetime: what
/// a hook refers to outlives the client. Spec: P7.4 to P7.6.
using BeforeSend = std::function<Verdict(Event&, Hint&)>;
using EventProcessor = std::function<Verdict(Event&, Hint&)>;

/// Runs once for each breadcrumb of an event that is about to be sent.
using BeforeBreadcrumb = std::function<Verdict(Breadcrumb&)>;

/// What a sampler is asked about.
/// Lifetime: borrowed until the sampler returns.
/// Spec: P4.6 rule 4, S8.7.
struct SamplingContext {
  std::string_view name{};
  std::string_view op{};
  TransactionSource source = TransactionSource::custom;
  std::optional<bool> parent_sampled{};        // decided upstream, or by the transaction around
  std::optional<double> parent_sample_rate{};  // what the decision was made with, where known
  Attributes data{};                           // `TransactionArgs::sampling_data`
};

/// The share of such transactions to keep, 0 to 1. Unlike hooks it runs on the thread that starts
/// the transaction, so it is quick and thread-safe. What it throws counts as no answer; a number
/// outside 0 to 1 keeps none.
using TracesSampler = std::function<double(const SamplingContext&)>;

/// How the bodies of requests are compressed. Servers from before 2024 may not know zstd.
enum class Compression : unsigned char { none, gzip, zstd };

/// How many errors of one type leave in one minute of the clock. A type is the name of a class
/// without its namespace. Messages, and events without an exception, have no type: `total` alone
/// counts them.
/// Spec: S12.2, S12.3.
struct ErrorLimit {
  std::size_t per_type = 0;     // 0: no limit
  std::size_t total = 0;        // of everything together; 0: no limit
  std::size_t max_types = 100;  // remembered; the least recently used is forgotten first
};

/// What becomes of the host's log records, see `log.hpp`.
/// Spec: T19.
struct LogOptions {
  std::optional<Level> breadcrumbs_from = Level::debug;  // nothing: never
  std::optional<Level> events_from = Level::error;
  std::vector<std::string> excluded_loggers{};  // and those below them, `a.b` below `a`
};

/// One number that was recorded, see `metrics.hpp`.
struct Metric {
  enum class Type : unsigned char { counter, gauge, distribution };

  Type type = Type::counter;
  std::string name{};
  double value = 0;
  std::string unit{};
  WallTime timestamp{};
  std::string trace_id{};  // 32 hex digits
  std::string span_id{};   // 16 hex digits, or empty
  Object attributes{};
};
using BeforeSendMetric = std::function<Verdict(Metric&)>;

/// What is known of a run of this program that ended in a crash.
struct LastCrash {
  EventId event_id{};    // of its report
  WallTime timestamp{};  // of the crash
  std::string reason{};  // the signal's name, or the exception's type
};
using OnCrashedLastRun = std::function<void(const LastCrash&)>;

/// Receives picket's own diagnostics, one line each, without a line end. May be called from any
/// thread, from several at once.
using LogSink = std::function<void(Level, std::string_view line)>;

/// Spec: P7.1, S3.
struct Options {
  /// Where to send; empty: `SENTRY_DSN`; still empty: picket stays off.
  std::string dsn{};

  /// `package@version`; empty: `SENTRY_RELEASE`; still empty: left out. Spec: P3.2.
  std::string release{};

  /// Empty: `SENTRY_ENVIRONMENT`, else `production`, or `development` with `host_debug_mode`.
  /// Spec: P3.2, S3.2.
  std::string environment{};

  /// Says that the host runs in a debug mode of its own; `debug` is about picket's diagnostics.
  bool host_debug_mode = false;

  /// Build variant of the release, at most 64 of `a-zA-Z0-9_.-`.
  std::string dist{};

  /// Name of this host; empty: the machine's name with `send_default_pii`, else left out.
  std::string server_name{};

  /// Tells on the log what picket does. Unset: `SENTRY_DEBUG`, else false.
  std::optional<bool> debug{};

  /// The least serious line that is told; unset: `debug` when `debug` is on, else `warning`.
  std::optional<Level> diagnostic_level{};

  /// Where diagnostics go; empty: standard error. One per process: the last `init` sets it, its end
  /// puts standard error back. Lifetime: what it refers to outlives the client.
  LogSink logger{};

  /// Share of errors and messages that is kept, 0 to 1. Unset: `SENTRY_SAMPLE_RATE`, else 1.
  /// The decision is made before the stack is taken, so a sampled-out error costs nothing.
  std::optional<double> sample_rate{};

  /// Share of transactions that is kept, 0 to 1. Unset: `SENTRY_TRACES_SAMPLE_RATE`; still unset,
  /// and without a sampler: no transaction is sent, but traces are continued and passed on.
  /// A decision that came with the trace beats it. Spec: P4.6, P4.11.
  std::optional<double> traces_sample_rate{};

  /// Decides for each transaction, whatever came with the trace. Spec: P4.6, S8.9.
  TracesSampler traces_sampler{};

  /// Requests to which trace headers are added: texts looked for in the URL; `*` stands for any
  /// text, and an entry with a `*` has to match the whole. Unset: all; empty: none. Never the
  /// server of the DSN. Spec: P4.11.
  std::optional<std::vector<std::string>> trace_propagation_targets{};

  /// Adds the W3C header `traceparent` to them. Spec: P4.9.
  bool propagate_traceparent = false;

  /// Number of the organisation at Sentry; unset: from the host of the DSN. Spec: P1.3.
  std::optional<std::uint64_t> org_id{};

  /// Continues a trace only when both sides say that they are of the same organisation. When both
  /// say different ones it is never continued. Spec: P4.12.
  bool strict_trace_continuation = false;

  /// Child spans that a transaction keeps, at most 10 000, and at most about 1 MiB in all; further
  /// ones are counted as dropped. Spec: P4.3.
  std::size_t max_spans = 1000;

  /// Transactions that are not sent, by name, and spans that are not recorded, by op or
  /// description, with the rules of `ignore_errors`. Children of an ignored span become those of
  /// its parent. Spec: P4.17 rule 6, P7.5.
  std::vector<std::string> ignore_transactions{};
  std::vector<std::string> ignore_spans{};

  /// Transactions that are not sent because their datum `http.response.status_code` is in one of
  /// these ranges, both ends included. Spec: P4.6 rule 9.
  std::vector<std::pair<int, int>> trace_ignore_status_codes{};

  /// Errors that are not sent; counted as `event_processor`.
  IgnoreErrors ignore_errors{};

  /// At most so many errors per exception type and minute of the clock; further ones are
  /// suppressed, counted as `event_processor`, and told with the first one of a later minute in
  /// `contexts.picket.suppressed`. A child of a fork begins anew. Spec: S12.2.
  ErrorLimit error_limit{};

  /// Of equal errors the first leaves, then every one whose number is a power of ten, with the
  /// exact count in `contexts.picket.occurrences`; the others are counted as `event_processor`.
  /// Equal are those with one fingerprint, given to the capture or to a scope; without any, those
  /// of one exception type and capture site, and messages of one text, level and site. The 1000
  /// that were seen last are remembered.
  bool storm_control = false;

  /// Brings the ops of spans to Sentry's own names, such as `db.query`; rules of samplers see them
  /// as they were given. Spec: T17.
  bool normalize_ops = false;

  /// A scope guard that is left by an exception keeps its data for the next capture on that thread,
  /// which may be the one in the handler outside of it. Spec: S7.1.
  bool keep_unwound_context = false;

  /// Newest breadcrumbs that an event carries; 0: none. At most 1000.
  std::size_t max_breadcrumbs = 100;

  /// Adds the stack of the capture site to messages and to hand-made events too.
  bool attach_stacktrace = false;

  /// Prefixes of functions, modules and binaries that are, or are not, the host's own code; the
  /// first list wins. Spec: P7.9.
  std::vector<std::string> in_app_include{};
  std::vector<std::string> in_app_exclude{};

  /// Source lines around the line of each frame of the host's own code, as many before as after, at
  /// most 10; 0: none. Read on the worker from the paths that the debug information names.
  std::size_t source_context_lines = 0;

  /// Where debug information that was split off is looked for, by build id and by name, after the
  /// binary's own folder.
  std::vector<std::string> debug_directories{"/usr/lib/debug"};

  /// Walks stacks by frame pointers, which is many times faster. Only for programs that are
  /// compiled with `-fno-omit-frame-pointer` as a whole: others get short stacks.
  bool unwind_by_frame_pointer = false;

  /// Reports exceptions that nobody catches, as fatal; then the terminate handler from before is
  /// called. Process-wide, by `picket::init` alone. Spec: P7.19.
  bool capture_uncaught = true;

  /// Reports SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP and SIGSYS, but for those named in
  /// `crash_signals_left_alone`; then the handlers from before are called, and the process ends as
  /// it would have. Process-wide, by `picket::init` alone. See `crash.hpp`. Spec: P7.19.
  bool capture_crashes = true;
  std::vector<int> crash_signals_left_alone{};

  /// What a dying process may take for its report, in all.
  std::chrono::milliseconds crash_timeout{2000};

  /// Adds the stacks of the other threads to the report of a crash, where they can be had in time.
  bool crash_all_threads = true;

  /// Told once after `init`, on the worker, when the run before this one crashed. Needs
  /// `spool_directory`. Spec: P7.18.
  OnCrashedLastRun on_crashed_last_run{};

  /// Masks secrets in everything that is sent. Spec: S14.3, S14.4.
  ScrubOptions scrub{};

  /// Sends the values of command arguments too; `send_default_pii` does as well. Spec: S5.4.
  bool capture_command_args = false;

  /// Sends nothing: what would be sent is written to `logger`, readable and scrubbed. Works without
  /// a DSN. Spec: S14.1.
  bool dry_run = false;

  /// Allows on the wire: the host name, `User::ip_address`, the full source path of the capture.
  /// Paths of binaries are always sent, a server cannot find symbols without. Spec: S14.1.
  bool send_default_pii = false;

  /// Sends one captured exception once, however often it is rethrown and captured again within
  /// one isolation scope. Spec: S4.6.
  bool dedupe = true;

  BeforeSend before_send{};              // errors and messages
  BeforeSend before_send_transaction{};  // transactions
  BeforeBreadcrumb before_breadcrumb{};
  BeforeSendMetric before_send_metric{};
  std::vector<EventProcessor> event_processors{};  // run in this order, before `before_send`

  /// Bounds of what waits for the worker and the network. A full queue gives up its least valuable
  /// item, counted as `queue_overflow`; the last sixteenth is kept for fatal events. Bytes are
  /// estimated; attachments in memory count too.
  std::size_t max_queue_items = 256;
  std::size_t max_queue_bytes = 32U << 20U;

  /// Larger attachments are dropped and counted. Bytes.
  std::size_t max_attachment_bytes = 20U << 20U;

  /// How long the end of the guard may wait for the queue to be sent.
  std::chrono::milliseconds shutdown_timeout{2000};

  /// What `capture_domain_error` calls the host's own errors: `<domain>_error`. Spec: S4.12.
  std::string domain = "app";

  /// Bytes of a query and of a response that a captured error carries at most. Spec: S4.9, S4.10.
  std::size_t max_query_bytes = 2048;
  std::size_t max_response_bytes = 4096;

  /// What stands before the names of the `record_*_metric` helpers. Empty: `domain`. Spec: T13.
  std::string metric_prefix{};

  /// Sends `metrics::*` and what `record_*_metric` makes. Spec: P5.3.
  bool enable_metrics = true;

  LogOptions logs{};

  /// Counts the figures of `picket::stats().figures`. Spec: S10.
  bool enable_figures = true;

  OnStats on_stats{};
  std::chrono::milliseconds stats_interval{60'000};

  /// Evaluated about once a second, and after each command that was slow. Spec: S10.7, S10.8.
  std::vector<AlertRule> alert_rules{};
  OnAlert on_alert{};

  /// Limits of one HTTP request.
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds request_timeout{30'000};

  /// Requests under way at once while answers are slow, at most 16; quick ones go one by one over
  /// one connection.
  std::size_t max_requests_in_flight = 4;

  /// How often an envelope is offered when the network fails or a load balancer answers 408, 502,
  /// 503 or 504, and for how long. 1: never again. After the last it is counted as
  /// `network_error` or `send_error`. What lies in the spool is not given up for an outage: there
  /// only failures count while others arrive. Spec: architecture "Where we part", P1.9.
  int max_attempts = 5;
  std::chrono::milliseconds max_retry_age = std::chrono::hours(1);

  /// While the server is out of reach one request at a time looks whether it is back: after this
  /// wait at first, twice as long with every further failure, with full jitter. Everything else
  /// waits meanwhile.
  std::chrono::milliseconds retry_backoff{1000};
  std::chrono::milliseconds retry_backoff_max{60'000};

  /// Where envelopes wait on disk while the server is out of reach, and what `close` cannot send in
  /// time; empty: nothing is ever written to disk. Several processes may share it. What a process
  /// left behind is sent by the next one. Made with mode 0700, files with 0600. Spec: P7.13.
  std::string spool_directory{};

  /// Bounds of what the directory holds for this DSN. The oldest of the least valuable leaves
  /// first, counted as `cache_overflow`, and so does what is older than the age.
  std::size_t spool_max_bytes = 64U << 20U;
  std::size_t spool_max_items = 10'000;
  std::chrono::seconds spool_max_age = std::chrono::hours(24 * 7);

  /// The pause between two envelopes that are sent from the spool.
  std::chrono::milliseconds spool_replay_interval{100};

  /// Halves the share of sampled transactions every ten seconds, at most ten times, while the queue
  /// overflows, the server is out of reach or a rate limit is active; healthy again, the full share
  /// is restored. Counted as `backpressure`. Spec: P7.12.
  bool enable_backpressure_handling = true;

  OnDelivery on_delivery{};

  /// Bodies of 1 KiB and more are compressed. Spec: P1.7.
  Compression compression = Compression::gzip;

  /// A PEM file of certificates to trust. Empty: `SSL_CERT_FILE` and `SSL_CERT_DIR`, else what the
  /// system trusts, wherever its distribution keeps that.
  std::string ca_certs{};

  /// PEM files with which picket shows the server who it is; the key may be in the same file.
  std::string client_certificate{};
  std::string client_key{};

  /// `http://`, `https://`, `socks5://` or `socks5h://` proxy; empty: the environment's, as libcurl
  /// reads it (`https_proxy`, `http_proxy`, `all_proxy`). Passwords in it are never logged.
  std::string proxy{};

  /// Hosts that are reached without a proxy, with commas between; empty: `no_proxy`.
  std::string no_proxy{};

  /// Envelopes are posted to this URL, exactly as it is, instead of to the DSN's. Spec: P7.14.
  std::string tunnel{};

  /// HTTP/2 where a TLS server offers it.
  bool http2 = true;

  /// Reports to the server how many items were dropped, and why. Spec: P5.9.
  bool send_client_reports = true;

  /// An HTTP stack to use instead of libcurl; the settings of HTTP above are then its own. In the
  /// child of a fork it is used as it is.
  std::shared_ptr<HttpClient> http_client{};

  /// Empty: HTTP to the DSN. In the child of a fork it is used as it is.
  std::shared_ptr<Transport> transport{};

  /// For tests: the time, and the numbers in [0, 1) that sampling compares with.
  Clock clock{};
  std::function<double()> random{};
};

}  // namespace picket
