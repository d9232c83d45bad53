// A DSN that is read prints in a form that reads back the same; one that is refused is never
// quoted.

#include "fuzz.hpp"

#include "picket/dsn.hpp"

#include <string>

using picket::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto dsn = picket::Dsn::parse(picket::fuzz::as_text(data, size));
  if (!dsn) {
    require(dsn.error().code == picket::Errc::invalid_dsn, "the code is stable");
    return 0;
  }
  require(!dsn->public_key().empty() && !dsn->host().empty() && !dsn->project_id().empty(),
          "every required part is there");
  require(dsn->port() != 0, "the port is one");
  const auto again = picket::Dsn::parse(dsn->to_string());
  require(again.has_value(), "the normal form is valid");
  require(*again == *dsn, "the normal form reads back the same");
  require(dsn->envelope_url().find_first_of("\r\n") == std::string::npos, "a URL is one line");
  static_cast<void>(dsn->org_id());
  static_cast<void>(dsn->masked());
  return 0;
}
