#include "ingest/text_table.hpp"

#include "ingest/plain_text.hpp"

#include <algorithm>

namespace picket::ingest {
void TextTable::add(const std::vector<std::string>& cells) {
  std::vector<std::string> row;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    row.push_back(i < cells.size() ? cut(one_line(cells[i]), columns_[i].max_width) : "");
  }
  rows_.push_back(std::move(row));
}

std::string TextTable::to_text() const {
  if (rows_.empty()) return "  none\n";
  std::vector<std::vector<std::string>> all{{}};
  for (const Column& column : columns_) all.front().push_back(column.title);
  all.insert(all.end(), rows_.begin(), rows_.end());
  std::vector<std::size_t> widths(columns_.size());
  for (const auto& row : all) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::string text;
  for (const auto& row : all) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - columns(row[i]), ' ');
      line += "  " + (columns_[i].align == Align::left ? row[i] + blanks : blanks + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace picket::ingest
