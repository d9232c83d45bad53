#include "protocol/trim.hpp"

#include "base/diagnostics.hpp"
#include "base/text.hpp"
#include "protocol/characters.hpp"
#include "protocol/fit.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace picket::protocol {
namespace {

// In characters, from the tables of P3.
constexpr std::size_t kMaxName = 256;       // types, functions, files
constexpr std::size_t kMaxShortName = 128;  // user, breadcrumb type and category
constexpr std::size_t kMaxEmail = 75;
constexpr std::size_t kMaxTransaction = 200;
constexpr std::size_t kMaxLogger = 64;
constexpr std::size_t kMaxDist = 64;

// In bytes.
constexpr std::size_t kMaxRelease = 200;
constexpr std::size_t kMaxEnvironment = 64;
constexpr std::size_t kMaxSmallData = 2048;  // a breadcrumb's data, a message's parameters
constexpr std::size_t kMaxExtraValue = 16'384;
constexpr std::size_t kMaxExtra = 262'144;
constexpr std::size_t kMaxModules = 8192;

constexpr bool is_line_break(char c) noexcept { return c == '\n' || c == '\r'; }

constexpr bool is_alphanumeric(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

constexpr bool is_tag_key_character(char c) noexcept {
  return is_alphanumeric(c) || c == '_' || c == '.' || c == ':' || c == '-';
}

void cut(std::optional<std::string>& text, std::size_t max_characters) {
  if (text) cut_characters(*text, max_characters);
}

void strip(std::string& text) {
  const std::string_view stripped = base::trim(text);
  if (stripped.size() != text.size()) text = std::string(stripped);
}

// What P3.2 forbids in both.
bool is_plain_name(std::string_view text, std::size_t max_bytes) noexcept {
  return !text.empty() && text.size() <= max_bytes && text != "." && text != ".." &&
         text.find_first_of("/\r\n\t\f") == std::string_view::npos;
}

bool is_valid_dist(std::string_view dist) noexcept {
  return dist.size() <= kMaxDist && std::all_of(dist.begin(), dist.end(), [](char c) {
           return is_alphanumeric(c) || c == '_' || c == '.' || c == '-';
         });
}

// An invalid value makes the server drop the attribute, or the session, so it is not sent.
template <class IsValid>
void keep_if_valid(std::string& text, std::string_view name, IsValid&& is_valid) {
  strip(text);
  if (text.empty() || is_valid(text)) return;
  diag::warn("{} is left out, it is not a valid {}: {}", name, name, base::ellipsize(text, 200));
  text.clear();
}

void trim_identity(Event& event) {
  std::erase_if(event.logger, is_line_break);
  cut_characters(event.logger, kMaxLogger);
  strip(event.transaction);
  cut_characters(event.transaction, kMaxTransaction);
  cut_characters(event.server_name, kMaxName);
  keep_if_valid(event.release, "release", is_valid_release);
  keep_if_valid(event.dist, "dist", is_valid_dist);
  keep_if_valid(event.environment, "environment", is_valid_environment);
}

/// As most are, which is cheaper to see than to make a clean one: ASCII without blanks at its ends.
bool is_plainly_clean(const Tags::value_type& tag) noexcept {
  const auto& [key, value] = tag;
  const auto is_visible = [](char c) { return c > ' ' && c < '\x7F'; };
  return !key.empty() && key.size() <= kMaxTagCharacters &&
         std::all_of(key.begin(), key.end(), is_tag_key_character) && !value.empty() &&
         value.size() <= kMaxTagCharacters && is_visible(value.front()) &&
         is_visible(value.back()) &&
         std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c < '\x7F'; });
}

bool is_clean(const Tags::value_type& tag) {
  if (is_plainly_clean(tag)) return true;
  return clean_tag_key(tag.first) == tag.first && clean_tag_value(tag.second) == tag.second &&
         !tag.first.empty() && !tag.second.empty();
}

void trim_tags(Tags& tags) {
  if (std::all_of(tags.begin(), tags.end(), is_clean)) return;
  Tags clean;
  for (const auto& [key, value] : tags) {
    std::string clean_key = clean_tag_key(key);
    std::string clean_value = clean_tag_value(value);
    if (clean_key.empty() || clean_value.empty()) continue;
    clean.insert_or_assign(std::move(clean_key), std::move(clean_value));
  }
  tags = std::move(clean);
}

void trim_data(Event& event) {
  trim(event.contexts);
  for (Member& member : event.extra) fit(member.value, kMaxExtraValue);
  fit_members(event.extra, kMaxExtra);
  std::size_t bytes = 2;
  for (auto it = event.modules.begin(); it != event.modules.end();) {
    bytes += it->first.size() + it->second.size() + 6;
    it = bytes > kMaxModules ? event.modules.erase(it) : std::next(it);
  }
}

// The server refuses a frame that names neither a function, a file nor an address.
bool says_nothing(const Frame& frame) noexcept {
  return frame.function.empty() && frame.filename.empty() && frame.instruction_addr == 0;
}

void trim_frames(std::optional<Stacktrace>& stacktrace) {
  if (!stacktrace) return;
  std::vector<Frame>& frames = stacktrace->frames;
  std::erase_if(frames, says_nothing);
  keep_ends(frames, kMaxFrames);
  for (Frame& frame : frames) {
    for (std::string* text :
         {&frame.function, &frame.raw_function, &frame.symbol, &frame.filename, &frame.abs_path}) {
      cut_characters(*text, kMaxName);
    }
    cut_characters(frame.context_line, kMaxName);
    for (std::vector<std::string>* lines : {&frame.pre_context, &frame.post_context}) {
      for (std::string& line : *lines) cut_characters(line, kMaxName);
    }
  }
}

void trim_exception(Exception& exception) {
  cut_characters(exception.type, kMaxName);
  cut_characters(exception.value, kMaxMessageCharacters);
  cut_characters(exception.module, kMaxName);
  trim_frames(exception.stacktrace);
  if (!exception.mechanism) return;
  cut_characters(exception.mechanism->description, kMaxMessageCharacters);
  cut_characters(exception.mechanism->help_link, kMaxName);
}

void trim_breadcrumb(Breadcrumb& breadcrumb) {
  cut_characters(breadcrumb.type, kMaxShortName);
  cut_characters(breadcrumb.category, kMaxShortName);
  cut_characters(breadcrumb.message, kMaxMessageCharacters);
  fit(breadcrumb.data, kMaxSmallData);
}

void trim_message(LogEntry& message) {
  cut_characters(message.formatted, kMaxMessageCharacters);
  cut_characters(message.message, kMaxMessageCharacters);
  Value params(std::move(message.params));
  fit(params, kMaxSmallData);
  message.params = std::move(*params.as_list());
}

void trim_user(User& user) {
  cut(user.id, kMaxShortName);
  cut(user.username, kMaxShortName);
  cut(user.email, kMaxEmail);
  cut(user.name, kMaxShortName);
  cut(user.ip_address, kMaxShortName);
  fit(user.data, kMaxContextBytes);
}

bool is_hex(std::string_view text, std::size_t digits) noexcept {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == text.npos &&
         text.find_first_not_of('0') != text.npos;
}

void trim_measurements(Measurements& measurements) {
  std::erase_if(measurements, [](const auto& entry) { return !std::isfinite(entry.second.value); });
}

void trim_span(SpanData& span) {
  cut_characters(span.op, kMaxShortName);
  cut_characters(span.description, kMaxMessageCharacters);
  cut_characters(span.origin, kMaxShortName);
  fit(span.data, kMaxContextBytes);
  trim_tags(span.tags);
  trim_measurements(span.measurements);
  span.timestamp = std::max(span.timestamp, span.start_timestamp);
}

// One span without its ids makes the server refuse the whole transaction. Spec: P4.1.
void trim_spans(Event& event) {
  std::erase_if(event.spans, [](const SpanData& span) {
    return !is_hex(span.span_id, 16) || !is_hex(span.trace_id, 32);
  });
  for (SpanData& span : event.spans) trim_span(span);
  trim_measurements(event.measurements);
  event.timestamp = std::max(event.timestamp, *event.start_timestamp);
}

void trim_trace(TraceContext& trace) {
  cut_characters(trace.op, kMaxShortName);
  cut_characters(trace.description, kMaxMessageCharacters);
  cut_characters(trace.origin, kMaxShortName);
  fit(trace.data, kMaxContextBytes);
}

}  // namespace

void trim(Contexts& contexts) {
  for (auto& [name, facts] : contexts) fit(facts, kMaxContextBytes);
}

void trim(std::optional<Stacktrace>& stacktrace) { trim_frames(stacktrace); }

void trim(Event& event) {
  trim_identity(event);
  trim_tags(event.tags);
  trim_data(event);
  if (event.message) trim_message(*event.message);
  for (Exception& exception : event.exceptions) trim_exception(exception);
  for (Thread& thread : event.threads) trim_frames(thread.stacktrace);
  for (Breadcrumb& breadcrumb : event.breadcrumbs) trim_breadcrumb(breadcrumb);
  if (event.user) trim_user(*event.user);
  if (event.trace) trim_trace(*event.trace);
  if (event.is_transaction()) trim_spans(event);
}

void keep_ends(std::vector<Frame>& frames, std::size_t max_frames) {
  if (frames.size() <= max_frames) return;
  // Errors start at the newest call, so it keeps the larger share; the oldest tell which thread
  // and which request it was.
  const std::size_t oldest = max_frames / 5;
  const std::size_t newest = max_frames - oldest;
  const auto begin = frames.begin() + static_cast<std::ptrdiff_t>(oldest);
  frames.erase(begin, frames.end() - static_cast<std::ptrdiff_t>(newest));
}

std::string clean_tag_key(std::string_view key) {
  std::string clean;
  for (std::string_view rest = base::trim(key); !rest.empty() && clean.size() < kMaxTagCharacters;
       rest.remove_prefix(character_bytes(rest))) {
    clean.push_back(is_tag_key_character(rest.front()) ? rest.front() : '_');
  }
  return clean;
}

std::string clean_tag_value(std::string_view value) {
  std::string clean;
  std::size_t characters = 0;
  for (std::string_view rest = base::trim(value);
       !rest.empty() && characters < kMaxTagCharacters;) {
    const std::string_view character = rest.substr(0, character_bytes(rest));
    rest.remove_prefix(character.size());
    if (is_line_break(character.front())) continue;
    clean.append(character);
    ++characters;
  }
  strip(clean);  // the cut may have left a blank at the end
  return clean;
}

bool is_valid_release(std::string_view release) noexcept {
  return is_plain_name(release, kMaxRelease) && !base::equals_ignoring_case(release, "latest");
}

bool is_valid_environment(std::string_view environment) noexcept {
  return is_plain_name(environment, kMaxEnvironment) &&
         !base::equals_ignoring_case(environment, "none");
}

}  // namespace picket::protocol
