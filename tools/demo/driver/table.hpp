#pragma once

// Tables for people: columns as wide as they need to be up to a limit, long cells wrapped.

#include <cstddef>
#include <string>
#include <vector>

namespace demo {

struct Column {
  std::string title{};
  std::size_t max_width = 40;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One cell per column; a line break inside a cell is kept.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  /// The whole table with a line under its titles.
  [[nodiscard]] std::string to_text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace demo
