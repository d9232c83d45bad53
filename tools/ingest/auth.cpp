#include "ingest/auth.hpp"

#include "picket/dsn.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace picket::ingest {
namespace {

std::string to_lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

std::string_view trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\"");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\"") - start + 1);
}

struct Credentials {
  std::string key{};
  std::string version{};
};

void take_field(Credentials& into, std::string_view name, std::string_view value) {
  if (to_lower(name) == "sentry_key") into.key = value;
  if (to_lower(name) == "sentry_version") into.version = value;
}

// `Sentry name=value, name=value…`
std::optional<Credentials> read_header(std::string_view header) {
  header = trim(header);
  if (to_lower(header.substr(0, 7)) != "sentry ") return std::nullopt;
  header.remove_prefix(7);
  Credentials found;
  while (!header.empty()) {
    const std::size_t comma = header.find(',');
    const std::string_view pair = header.substr(0, comma);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    take_field(found, trim(pair.substr(0, equals)), trim(pair.substr(equals + 1)));
    header.remove_prefix(comma == std::string_view::npos ? header.size() : comma + 1);
  }
  return found;
}

AuthResult check(const Credentials& found, std::string_view where, std::string_view key) {
  if (found.key.empty()) return {401, fmt::format("{}: sentry_key is missing", where)};
  if (found.version.empty()) return {401, fmt::format("{}: sentry_version is missing", where)};
  if (found.version != "7") return {401, fmt::format("{}: sentry_version is not 7", where)};
  if (found.key != key) return {403, fmt::format("{}: sentry_key is not this project's", where)};
  return {200, {}, true};
}

}  // namespace

AuthResult check_request_auth(const HttpRequest& request, std::string_view key) {
  AuthResult result;
  if (const auto header = find_header(request.headers, "X-Sentry-Auth"); !header.empty()) {
    const auto found = read_header(header);
    if (!found) return {401, "X-Sentry-Auth: write `Sentry sentry_key=…, sentry_version=7`"};
    result = check(*found, "X-Sentry-Auth", key);
    if (result.status != 200) return result;
  }
  Credentials found;
  for (const auto& [name, value] : request.query) take_field(found, name, value);
  if (found.key.empty() && found.version.empty()) return result;
  return check(found, "query string", key);
}

AuthResult check_envelope_auth(const AuthResult& request, const Object& headers,
                               std::string_view key, std::string_view project) {
  if (request.status != 200) return request;
  const Value* text = headers.find("dsn");
  if (text == nullptr) {
    if (request.is_complete) return request;
    return {401, "no sentry_key in X-Sentry-Auth, query string or the envelope's dsn header"};
  }
  const Result<Dsn> dsn = Dsn::parse(text->text_or(""));
  if (!dsn) return {403, "envelope header dsn: " + dsn.error().message};
  if (dsn->public_key() != key) return {403, "envelope header dsn: its key is not this project's"};
  if (dsn->project_id() != project) return {403, "envelope header dsn: it names another project"};
  return {200, {}, true};
}

}  // namespace picket::ingest
