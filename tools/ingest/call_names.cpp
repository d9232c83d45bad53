#include "ingest/call_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace picket::ingest {
namespace {

std::string text_of(const Node& data, std::string_view key, std::string_view other_key) {
  return std::string(data[key].text_or(data[other_key].text_or("")));
}

// `GET /users`: a word in capitals before the rest.
std::string_view without_method(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == 0 || space == text.npos) return text;
  const std::string_view word = text.substr(0, space);
  const bool capitals =
      std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return capitals ? text.substr(space + 1) : text;
}

}  // namespace

bool is_in_family(std::string_view op, std::string_view root) {
  return op.starts_with(root) && (op.size() == root.size() || op[root.size()] == '.');
}

bool is_database_op(std::string_view op) {
  return is_in_family(op, "database") || is_in_family(op, "db") || is_in_family(op, "sql");
}

bool is_api_op(std::string_view op) {
  return is_in_family(op, "http") || is_in_family(op, "api") || op.ends_with("_api");
}

std::string joined(const std::string& first, const std::string& second) {
  return first.empty() || second.empty() ? first + second : first + ' ' + second;
}

std::string database_name(const Node& span) {
  const Node data = span["data"];
  const std::string operation = text_of(data, "db.operation", "db.operation.name");
  if (!operation.empty()) {
    return joined(operation, text_of(data, "db.collection.name", "db.sql.table"));
  }
  const std::string_view description = span["description"].text_or("");
  return std::string(description.empty() ? span["op"].text_or("") : description);
}

std::string api_name(std::string_view endpoint) {
  endpoint = without_method(endpoint);
  endpoint = endpoint.substr(0, endpoint.find_first_of("?#"));
  const std::size_t scheme = endpoint.find("://");
  if (scheme == endpoint.npos) return std::string(endpoint);
  endpoint.remove_prefix(scheme + 3);
  const std::size_t credentials = endpoint.substr(0, endpoint.find('/')).rfind('@');
  return std::string(credentials == endpoint.npos ? endpoint : endpoint.substr(credentials + 1));
}

std::string api_name(const Node& span) {
  const std::string name = api_name(span["description"].text_or(""));
  return name.empty() ? std::string(span["op"].text_or("")) : name;
}

std::string status_class(double status) {
  const int hundreds = static_cast<int>(status) / 100;
  return hundreds >= 2 && hundreds <= 5 ? fmt::format("{}xx", hundreds) : "none";
}

}  // namespace picket::ingest
