#pragma once

// What the next run makes of the files of `crash_files.hpp`: the host learns that there was a
// crash, and reports that were not sent go into the spool, from where the worker sends them like
// all else, after `finished_report.hpp` has seen to them. Only files of processes that are gone are
// touched, each by the one process that could lock it.

#include "client/config.hpp"
#include "protocol/loss_ledger.hpp"
#include "transport/spool.hpp"

#include <optional>
#include <string>

namespace picket::crash {

/// Whether an earlier run ended in a crash of which nobody has been told. A host that does not want
/// to be told, without `on_crashed_last_run`, has been told by this.
/// Threads: init.
std::optional<bool> look_for_crash(const Options& options, const std::string& dsn) noexcept;

/// Tells the host, and moves reports into the spool.
/// Threads: the worker.
void pick_up(const client::Config& config, transport::Spool& spool, protocol::LossLedger& ledger);

}  // namespace picket::crash
