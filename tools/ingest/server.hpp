#pragma once

// `IngestServer` stands in for Sentry on a loopback port: it takes envelopes as a real server
// does, checks them more strictly, keeps them for questions, and fails when it is told to.
// Tests run it in-process, the program `picket-ingest` wraps it for everybody else.
//
//   auto server = ingest::IngestServer::start({}).value();
//   options.dsn = server->dsn();
//   …
//   REQUIRE(server->received().wait_for_events(1, 5s));
//   CHECK(server->received().complaints() == "");

#include "ingest/chaos.hpp"
#include "ingest/fault.hpp"
#include "ingest/received.hpp"
#include "ingest/validate.hpp"
#include "picket/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace picket::ingest {

struct IngestOptions {
  std::uint16_t port = 0;  // 0: the system chooses a free one
  bool https = false;
  std::string public_key = "deadbeefdeadbeefdeadbeefdeadbeef";
  std::string project = "42";
  std::string path_prefix{};  // "" or "/a/b": what stands before /api
  std::vector<Fault> faults{};
  std::optional<Chaos> chaos{};  // for requests and connections that no fault fits
  std::string journal{};         // a file that outlives a kill, see `journal.hpp`; empty: none
  Limits limits{};
  bool strict = false;  // answer 400 to warnings too
  std::size_t max_kept_bytes = 512u << 20;

  /// Called on a server thread after each request was stored; must be thread-safe.
  std::function<void(const ReceivedEnvelope&)> on_received{};
};

/// A running server.
/// Threads: any.
class IngestServer {
 public:
  /// Errors: `Errc::unavailable` when the port is taken or the journal cannot be written;
  ///         `Errc::invalid_argument` for a key, project or prefix that makes no DSN.
  static Result<std::unique_ptr<IngestServer>> start(IngestOptions options);

  ~IngestServer();
  IngestServer(const IngestServer&) = delete;
  IngestServer& operator=(const IngestServer&) = delete;

  /// Ready to use by any Sentry client.
  [[nodiscard]] std::string dsn() const;

  /// `http://127.0.0.1:<port>`
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint16_t port() const noexcept;

  /// The certificate that a client must trust, a PEM file; empty without HTTPS.
  [[nodiscard]] std::string ca_file() const;

  [[nodiscard]] Received& received() noexcept;
  [[nodiscard]] const Received& received() const noexcept;

  /// TCP connections accepted so far, dropped ones included.
  [[nodiscard]] std::uint64_t connection_count() const noexcept;

  /// Each replaces what it names; the next request and connection are number 1 for both.
  void set_faults(std::vector<Fault> faults);
  void set_chaos(std::optional<Chaos> chaos);

  /// Ends all connections, hanging ones too. What was received stays. Idempotent.
  void stop() noexcept;

 private:
  class Impl;
  explicit IngestServer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace picket::ingest
