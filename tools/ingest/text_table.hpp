#pragma once

// Tables for a terminal: columns as wide as their widest cell, numbers to the right.

#include <cstddef>
#include <string>
#include <vector>

namespace picket::ingest {

enum class Align { left, right };

class TextTable {
 public:
  struct Column {
    std::string title{};
    Align align = Align::right;
    std::size_t max_width = 32;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One cell for each column, of any bytes; long ones are cut.
  void add(const std::vector<std::string>& cells);

  /// Each line indented by two; `  none` without rows.
  [[nodiscard]] std::string to_text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_{};
};

}  // namespace picket::ingest
