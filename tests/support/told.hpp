#pragma once

// What arrived, as JSON: transactions, their spans, and breadcrumbs of events.

#include "picket/testing/captured.hpp"
#include "picket/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace picket::tests {

/// The transactions in the order of their end.
inline std::vector<Value> transactions(const testing::Captured& captured) {
  std::vector<Value> all;
  for (const auto& transaction : captured.transactions()) all.push_back(transaction.json());
  return all;
}

/// The list below `path`, empty when there is none.
inline List list_at(const Value& value, std::string_view path) {
  const List* const found = value.at(path).as_list();
  return found != nullptr ? *found : List();
}

inline List spans(const Value& transaction) { return list_at(transaction, "spans"); }

inline List breadcrumbs(const Value& event) { return list_at(event, "breadcrumbs.values"); }

inline std::string text_at(const Value& value, std::string_view path) {
  return std::string(value.at(path).text_or(""));
}

}  // namespace picket::tests
