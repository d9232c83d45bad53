// A DSN that is read prints in a form that reads back the same; blanks around it do not matter; and
// its keys stand neither in an error message, nor in the masked form, nor in the URL.

#include "fuzz.hpp"

#include "picket/dsn.hpp"

#include <string>

using picket::fuzz::require;

namespace {

using picket::Dsn;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The same text with keys that stand nowhere else in it.
void check_secrecy(std::string_view text) {
  constexpr std::string_view kPublic = "k3y0fth3h0st", kSecret = "p455w0rd0fit";
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos || contains(text, kPublic) || contains(text, kSecret))
    return;
  std::string_view rest = text.substr(scheme + 3);
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    rest.remove_prefix(at + 1);
  }
  std::string keyed(text.substr(0, scheme + 3));
  keyed.append(kPublic).append(1, ':').append(kSecret).append(1, '@').append(rest);
  const auto dsn = Dsn::parse(keyed);
  const std::string told = dsn ? dsn->masked() + dsn->envelope_url() : dsn.error().message;
  require(!contains(told, kPublic) && !contains(told, kSecret), "the keys are told to nobody");
  require(!dsn || (dsn->public_key() == kPublic && dsn->secret_key() == kSecret), "both are read");
}

void check_org_id(const Dsn& dsn) {
  const auto id = dsn.org_id();
  if (!id) return;
  std::string_view rest = dsn.host();
  require(rest.starts_with('o'), "an organisation's host starts with its letter");
  rest.remove_prefix(1);
  while (rest.starts_with('0') && !rest.starts_with("0.")) rest.remove_prefix(1);
  require(rest.starts_with(std::to_string(*id) + '.'), "then comes its number");
}

void check_parts(const Dsn& dsn) {
  require(!dsn.public_key().empty() && !dsn.host().empty() && !dsn.project_id().empty(),
          "every required part is there");
  require(dsn.scheme() == "http" || dsn.scheme() == "https", "the scheme is one of two");
  require(dsn.port() != 0, "the port is one");
  const std::string url = dsn.envelope_url();
  require(url.find_first_of("\r\n ") == std::string::npos, "a URL is one word");
  require(url.starts_with(dsn.scheme() + "://" + dsn.host()), "it leads to the host");
  require(url.ends_with(dsn.path() + "/api/" + dsn.project_id() + "/envelope/"), "and project");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = picket::fuzz::as_text(data, size);
  check_secrecy(text);
  const auto dsn = Dsn::parse(text);
  const auto padded = Dsn::parse(std::string(" \t").append(text).append("\r\n "));
  require(padded.has_value() == dsn.has_value(), "blanks around it do not matter");
  if (!dsn) {
    require(dsn.error().code == picket::Errc::invalid_dsn, "the code is stable");
    return 0;
  }
  require(*padded == *dsn, "blanks around it are cut");
  check_parts(*dsn);
  check_org_id(*dsn);
  const auto again = Dsn::parse(dsn->to_string());
  require(again.has_value(), "the normal form is valid");
  require(*again == *dsn, "the normal form reads back the same");
  require(again->to_string() == dsn->to_string(), "and is stable");
  return 0;
}
