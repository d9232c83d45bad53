#include "ingest/findings.hpp"

#include "ingest/formats.hpp"

#include <fmt/format.h>

#include <cmath>

namespace picket::ingest {
namespace {

std::string below(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

}  // namespace

std::string Finding::to_string() const {
  const std::string where = item ? fmt::format("item {} ({})", *item, type) : "envelope";
  return path.empty() ? fmt::format("{}: {}", where, text)
                      : fmt::format("{}: {}: {}", where, path, text);
}

Node Node::operator[](std::string_view key) const {
  const Object* members = object();
  return {members ? members->find(key) : nullptr, below(path_, key)};
}

Node Node::operator[](std::size_t index) const {
  const List* values = list();
  const bool inside = values != nullptr && index < values->size();
  return {inside ? &(*values)[index] : nullptr, below(path_, std::to_string(index))};
}

std::optional<double> Node::number() const {
  if (value_ == nullptr || !value_->is_number()) return std::nullopt;
  return value_->number_or(0);
}

std::optional<double> Node::integer() const {
  const auto value = number();
  if (!value || std::floor(*value) != *value) return std::nullopt;
  return value;
}

std::optional<double> Node::seconds() const { return text() ? parse_rfc3339(*text()) : number(); }

std::string_view Node::text_or(std::string_view fallback) const {
  return value_ ? value_->text_or(fallback) : fallback;
}

std::vector<Node> Node::elements() const {
  const Node inner = object() ? (*this)["values"] : *this;
  std::vector<Node> found;
  const List* values = inner.list();
  for (std::size_t i = 0; values != nullptr && i < values->size(); ++i) found.push_back(inner[i]);
  return found;
}

void Findings::enter(std::optional<std::size_t> item, std::string_view type) {
  item_ = item;
  type_ = type;
}

void Findings::reject(std::string_view path, std::string text, int status) {
  all_.push_back({true, status, item_, type_, std::string(path), std::move(text)});
}

void Findings::warn(std::string_view path, std::string text) {
  all_.push_back({false, 400, item_, type_, std::string(path), std::move(text)});
}

const Finding* Findings::fatal() const {
  for (const Finding& finding : all_) {
    if (finding.fatal) return &finding;
  }
  return nullptr;
}

}  // namespace picket::ingest
