#include "figures/span_name.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <variant>

namespace picket::figures {
namespace {

bool is_or_below(std::string_view op, std::string_view family) noexcept {
  return op.starts_with(family) && (op.size() == family.size() || op[family.size()] == '.');
}

/// The text of the first of two keys; empty when neither is there.
std::string_view text_of(const Attributes& data, std::string_view key,
                         std::string_view other_key) noexcept {
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data[i].key != key && data[i].key != other_key) continue;
    const ValueRef value = data[i].value;
    if (const auto* text = std::get_if<std::string_view>(&value.storage())) return *text;
  }
  return {};
}

/// `GET …`: a word in capitals before the URL.
std::string_view without_method(std::string_view text) noexcept {
  const auto space = text.find(' ');
  if (space == 0 || space == std::string_view::npos) return text;
  const bool is_method =
      std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(space),
                  [](char c) { return c >= 'A' && c <= 'Z'; });
  return is_method ? text.substr(space + 1) : text;
}

}  // namespace

SpanFamily family_of(std::string_view op) noexcept {
  if (op.empty()) return SpanFamily::none;
  switch (op.front()) {  // most ops are sorted out here
    case 'd':
      if (is_or_below(op, "db") || is_or_below(op, "database")) return SpanFamily::database;
      break;
    case 's':
      if (is_or_below(op, "sql")) return SpanFamily::database;
      break;
    case 'h':
      if (is_or_below(op, "http")) return SpanFamily::http;
      break;
    case 'a':
      if (is_or_below(op, "api")) return SpanFamily::api;
      break;
    default:
      break;
  }
  return op.ends_with("_api") ? SpanFamily::api : SpanFamily::none;
}

JoinedName::JoinedName(std::string_view first, std::string_view second) noexcept {
  append(first);
  if (!first.empty() && !second.empty()) append(" ");
  append(second);
}

void JoinedName::append(std::string_view text) noexcept {
  const auto fitting = base::utf8_prefix(text, text_.size() - size_);
  std::copy(fitting.begin(), fitting.end(), text_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += fitting.size();
}

JoinedName database_name(const SpanArgs& args) noexcept {
  const auto operation = text_of(args.data, "db.operation", "db.operation.name");
  if (!operation.empty()) {
    return {operation, text_of(args.data, "db.collection.name", "db.sql.table")};
  }
  return {args.description.empty() ? args.op : args.description, {}};
}

std::string_view api_name(const SpanArgs& args) noexcept {
  const auto name = api_name(args.description);
  return name.empty() ? args.op : name;
}

std::string_view api_name(std::string_view text) noexcept {
  text = without_method(text);
  text = text.substr(0, text.find_first_of("?#"));
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) return text;
  text = text.substr(scheme + 3);
  const auto credentials = text.substr(0, text.find('/')).rfind('@');
  return credentials == std::string_view::npos ? text : text.substr(credentials + 1);
}

}  // namespace picket::figures
