// picket-ingest: the fake Sentry server as a program. See --help.

#include "ingest/alert_replay.hpp"
#include "ingest/json_lines.hpp"
#include "ingest/report.hpp"
#include "ingest/server.hpp"
#include "ingest/transcript.hpp"
#include "ingest/waterfall.hpp"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <mutex>

namespace picket::ingest {
namespace {

struct Settings {
  IngestOptions server{};
  std::vector<std::string> faults{};
  std::string chaos{};
  std::uint64_t chaos_requests = 0;  // 0: to the end
  std::string json_file{};
  std::string transcript_file{};
  std::string traces_file{};
  std::string raw_folder{};
  bool report = false;
  std::string report_file{};
  std::string report_until = "now";
  std::vector<std::string> tags = default_tags();
  bool quiet = false;
  double max_seconds = 0;      // 0: until a signal
  std::size_t exit_after = 0;  // 0: until a signal
};

constexpr const char* kFaultHelp = R"(Faults (--fault, may be repeated; the first that fits acts):
  [ENDPOINT@]WHICH:ACTION[,OPTION...]
  ENDPOINT  envelope or store; both when left out
  WHICH     3   1-2   4-   *   requests, counted from 1; connections for drop and tls
  ACTION    503        any status from 200 to 599; 2xx takes the envelope in
            ok         the usual answer, for options
            hang       never answers
            reset      TCP reset instead of an answer
            close      ends the connection instead
            partial    ends it in the middle of the answer
            garbage    answers with bytes that are not HTTP
            drip       answers byte by byte
            stall      does not read the body, then resets the connection
            huge       answers with a body that does not end
            huge-head  answers with headers that do not end
            drop       ends a new connection before a byte was read
            tls        ends a new connection in the middle of the TLS handshake
  OPTION    delay=500ms    wait before that
            limit=2s       end it then: hang, stall, drip, huge, huge-head
            every=50ms     between two bytes: drip
            size=100000    so many bytes at most: huge, huge-head
            resume         read on and answer after the limit: stall
            processed      take the envelope in, then fail: its answer is lost
            Header=value   in the answer
Examples:
  --fault '1-2:503' --fault '3:429,Retry-After=2' --fault '4:hang' --fault '5:reset'
  --fault '*:200,X-Sentry-Rate-Limits=60:error:key'
  --fault '6:stall,limit=2s,resume' --fault '7:drip,every=20ms,limit=1s' --fault '1:drop'

Chaos (--chaos SEED or SEED:RATE; RATE is the share of requests that fail, 0.5 if left out) draws
one fault for each request that no --fault fits: errors, limits of at most a second, answers that
are lost, cut, late or too long, connections that break. The same seed gives the same faults.

The journal (--journal) has one line per request, written before the answer leaves; it is complete
up to the moment at which a process is killed:
  <number> <accepted|rejected|refused> <all|part|nothing of the answer> <status> <event id> <types>
)";

void define(CLI::App& app, Settings& settings) {
  app.description(
      "A local server that takes Sentry envelopes, checks them strictly and shows what came.\n"
      "The first line it prints is a DSN for your client. Ends on SIGINT, SIGTERM, --max-seconds\n"
      "or --exit-after, then prints the transcript: envelope by envelope, then a waterfall of\n"
      "each trace, over all processes that took part. Exit code 1: it could not start.");
  app.footer(kFaultHelp);
  app.add_option("--port", settings.server.port, "port on 127.0.0.1; 0 for a free one")
      ->capture_default_str();
  app.add_flag("--https", settings.server.https,
               "TLS with a fresh certificate; its file is printed on the second line");
  app.add_option("--key", settings.server.public_key, "public key of the DSN")
      ->capture_default_str();
  app.add_option("--project", settings.server.project, "project id of the DSN")
      ->capture_default_str();
  app.add_option("--prefix", settings.server.path_prefix, "path before /api, such as /sentry");
  app.add_option("--fault", settings.faults, "fail on purpose, see below")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--chaos", settings.chaos, "fail at random, the same way for the same seed");
  app.add_option("--chaos-requests", settings.chaos_requests,
                 "after that many requests all is well");
  app.add_flag("--strict", settings.server.strict, "reject what Sentry would repair or drop");
  app.add_option("--json", settings.json_file,
                 "append one JSON document per envelope to this file, as they come");
  app.add_option("--journal", settings.server.journal,
                 "append one line per request to this file, safe against kill -9");
  app.add_option("--transcript", settings.transcript_file,
                 "write the transcript to this file instead of standard output");
  app.add_option("--traces", settings.traces_file,
                 "write one JSON document per trace to this file, at the end");
  app.add_option("--raw", settings.raw_folder,
                 "write each envelope as received, unpacked, to <number>.envelope in this folder")
      ->check(CLI::ExistingDirectory);
  app.add_flag("--report", settings.report,
               "print key figures, alerts and the five widgets of a dashboard at the end");
  app.add_option("--report-json", settings.report_file, "write them to this file, as one document");
  app.add_option("--report-until", settings.report_until,
                 "as of when: now, a time in RFC 3339 or in seconds since 1970, or +SECONDS after "
                 "the last error or command")
      ->capture_default_str();
  app.add_option("--tags", settings.tags, "whose values the report counts")
      ->delimiter(',')
      ->capture_default_str();
  app.add_flag("--quiet", settings.quiet, "no transcript on standard output");
  app.add_option("--max-seconds", settings.max_seconds, "end after that time")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--exit-after", settings.exit_after, "end after that many different events");
}

// Writes as envelopes arrive, from several server threads.
class Output {
 public:
  bool open(const Settings& settings) {
    raw_folder_ = settings.raw_folder;
    if (!settings.json_file.empty()) json_.open(settings.json_file, std::ios::app);
    if (!settings.transcript_file.empty()) transcript_.open(settings.transcript_file);
    if (!settings.traces_file.empty()) traces_.open(settings.traces_file);
    if (!settings.report_file.empty()) report_.open(settings.report_file);
    return (settings.json_file.empty() || json_.is_open()) &&
           (settings.transcript_file.empty() || transcript_.is_open()) &&
           (settings.traces_file.empty() || traces_.is_open()) &&
           (settings.report_file.empty() || report_.is_open());
  }

  void write(const ReceivedEnvelope& envelope) {
    std::lock_guard lock(mutex_);
    if (json_.is_open()) json_ << to_json_line(envelope) << std::endl;
    if (transcript_.is_open()) transcript_ << transcript(envelope) << std::flush;
    if (!raw_folder_.empty()) {
      std::ofstream file(fmt::format("{}/{:06}.envelope", raw_folder_, envelope.number),
                         std::ios::binary);
      file << envelope.raw;
    }
  }

  // A trace is complete when nothing more can arrive.
  void write(const std::vector<Trace>& traces) {
    if (transcript_.is_open()) transcript_ << waterfalls(traces) << std::flush;
    for (const Trace& trace : traces) {
      if (traces_.is_open()) traces_ << to_json_line(trace) << '\n';
    }
    traces_.flush();
  }

  void write(const Report& report) {
    if (report_.is_open()) report_ << to_json(report) << std::endl;
  }

 private:
  std::mutex mutex_;
  std::string raw_folder_;
  std::ofstream json_, transcript_, traces_, report_;
};

// All waits end through a signal: the three below are blocked everywhere and taken only here.
class Ending {
 public:
  Ending() : main_(pthread_self()) {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  void end() { pthread_kill(main_, SIGUSR1); }

  void wait(double max_seconds) {
    if (max_seconds <= 0) {
      int signal = 0;
      sigwait(&signals_, &signal);
      return;
    }
    double whole = 0;
    const double part = std::modf(max_seconds, &whole);
    const timespec time{static_cast<time_t>(whole), static_cast<long>(part * 1e9)};
    sigtimedwait(&signals_, nullptr, &time);
  }

 private:
  pthread_t main_;
  sigset_t signals_{};
};

std::string summary(const IngestServer& server) {
  const Received& received = server.received();
  return fmt::format(
      "{} requests on {} connections: {} accepted, {} rejected, {} refused; {} duplicate events\n",
      received.request_count(), server.connection_count(), received.accepted().size(),
      received.rejected().size(), received.refused().size(), received.duplicate_count());
}

bool parse_faults(Settings& settings) {
  for (const std::string& text : settings.faults) {
    Result<Fault> fault = Fault::parse(text);
    if (!fault) {
      std::cerr << "picket-ingest: " << fault.error().message << "\n";
      return false;
    }
    settings.server.faults.push_back(std::move(*fault));
  }
  return true;
}

bool parse_chaos(Settings& settings) {
  if (settings.chaos.empty()) return true;
  Result<Chaos> chaos = Chaos::parse(settings.chaos);
  if (!chaos) {
    std::cerr << "picket-ingest: " << chaos.error().message << "\n";
    return false;
  }
  if (settings.chaos_requests > 0) chaos->requests = settings.chaos_requests;
  settings.server.chaos = std::move(*chaos);
  return true;
}

// Once the process is about to end, so that the output of other programs is not torn apart.
void print_transcript(const IngestServer& server, const std::vector<Trace>& traces,
                      const Settings& settings) {
  if (settings.quiet) return;
  if (settings.transcript_file.empty()) {
    for (const EnvelopePointer& envelope : server.received().all()) {
      std::cout << transcript(*envelope);
    }
    std::cout << waterfalls(traces);
  }
  std::cout << summary(server) << std::flush;
}

WallTime now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

bool check_report(const Settings& settings) {
  if (parse_until(settings.report_until, now(), now())) return true;
  std::cerr << "picket-ingest: `" << settings.report_until
            << "` is not a time for --report-until\n";
  return false;
}

Report make_report(const Received& received, const Settings& settings) {
  const auto until = parse_until(settings.report_until, end_of(received), now());
  return report_on(
      received, {.until = until.value_or(now()), .tags = settings.tags, .rules = default_rules()});
}

int run(Settings& settings) {
  Ending ending;  // before any thread starts: they inherit the mask
  Output output;
  if (!output.open(settings)) {
    std::cerr << "picket-ingest: --json, --transcript, --traces or --report-json names a file that "
                 "cannot "
                 "be written\n";
    return 1;
  }
  std::atomic<const Received*> received{nullptr};
  settings.server.on_received = [&](const ReceivedEnvelope& envelope) {
    output.write(envelope);
    const Received* all = received;
    if (settings.exit_after > 0 && all != nullptr &&
        all->wait_for_events(settings.exit_after, Milliseconds(0))) {
      ending.end();
    }
  };
  auto server = IngestServer::start(settings.server);
  if (!server) {
    std::cerr << "picket-ingest: " << server.error().message << "\n";
    return 1;
  }
  received = &(*server)->received();
  if (settings.exit_after > 0 &&  // those that came before the line above
      (*server)->received().wait_for_events(settings.exit_after, Milliseconds(0))) {
    ending.end();
  }
  std::cout << "DSN " << (*server)->dsn() << "\n";
  if (settings.server.https) std::cout << "CA " << (*server)->ca_file() << "\n";
  std::cout << std::flush;
  ending.wait(settings.max_seconds);
  (*server)->stop();
  const std::vector<Trace> traces = (*server)->received().traces();
  output.write(traces);
  print_transcript(**server, traces, settings);
  if (settings.report || !settings.report_file.empty()) {
    const Report report = make_report((*server)->received(), settings);
    output.write(report);
    if (settings.report) std::cout << to_text(report) << std::flush;
  }
  return 0;
}

}  // namespace
}  // namespace picket::ingest

int main(int argc, char** argv) {
  picket::ingest::Settings settings;
  CLI::App app;
  picket::ingest::define(app, settings);
  CLI11_PARSE(app, argc, argv);
  if (!picket::ingest::parse_faults(settings) || !picket::ingest::parse_chaos(settings) ||
      !picket::ingest::check_report(settings)) {
    return 1;
  }
  return picket::ingest::run(settings);
}
