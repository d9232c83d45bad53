#pragma once

// `Options::dry_run`: envelopes go to the host's log instead of to a server, so that everybody can
// see what would leave the process.

#include "picket/options.hpp"
#include "picket/transport.hpp"

#include <memory>
#include <string_view>

namespace picket::client {

/// Where a dry run would send to when the host names no DSN.
inline constexpr std::string_view kDryRunDsn = "https://dry-run@localhost/0";

/// Writes each envelope item by item to `options.logger`, else to standard error, as JSON with one
/// member a line. It is scrubbed even where `options.scrub` is off, for logs have readers of their
/// own; bytes that are no JSON are counted. The keys of the DSN are masked.
/// Errors: every envelope counts as sent. Spec: S14.1, S14.4.
std::shared_ptr<Transport> make_dry_run_transport(const Options& options);

}  // namespace picket::client
