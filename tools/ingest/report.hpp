#pragma once

// A run on one page: the key figures, the alerts, the five widgets, and the fields that widgets
// need and that did not come. The program prints it with `--report` and writes it with
// `--report-json`. A report can be made at any time, and as of any time: the windows of its figures
// end there.

#include "ingest/received.hpp"
#include "ingest/widgets.hpp"
#include "picket/alerts.hpp"
#include "picket/figures.hpp"

#include <optional>
#include <string>
#include <vector>

namespace picket::ingest {

struct Report {
  WallTime until{};
  Figures figures{};
  std::vector<AlertChange> alerts{};
  Widgets widgets{};
  std::vector<std::string> missing{};  // see `required_fields.hpp`
};

struct ReportOptions {
  /// The moment as of which windows are counted and recoveries told.
  WallTime until{};
  std::vector<std::string> tags = default_tags();
  std::vector<AlertRule> rules{};
};

Report report_on(const Received& received, ReportOptions options);

/// When the last error or run of a command happened; the epoch if none did.
WallTime end_of(const Received& received);

/// `now`, a time in RFC 3339, seconds since 1970, or `+60`: so many seconds after `last`. Nothing
/// when it is none of these.
std::optional<WallTime> parse_until(const std::string& text, WallTime last, WallTime now);

/// For a terminal, at most 100 columns wide.
std::string to_text(const Report& report);

/// One document; `figures` has the members of `picket::to_json(Stats)` of the same name.
std::string to_json(const Report& report);

}  // namespace picket::ingest
