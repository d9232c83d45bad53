#include "driver/table.hpp"

#include <algorithm>
#include <string_view>

namespace demo {

namespace {

using Cell = std::vector<std::string>;  // the lines of a cell

/// How many columns of a terminal a UTF-8 text takes; good enough for what the demo prints.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// Where to break a text that is too long: after the last blank that fits, or hard.
std::size_t break_at(std::string_view text, std::size_t limit) {
  std::size_t hard = 0;
  for (std::size_t columns = 0; hard < text.size(); ++hard) {
    const bool starts_letter = (static_cast<unsigned char>(text[hard]) & 0xC0U) != 0x80U;
    if (starts_letter && columns++ == limit) break;
  }
  const auto blank = text.substr(0, hard + 1).rfind(' ');
  return blank == std::string_view::npos || blank < hard / 2 ? hard : blank + 1;
}

Cell wrap(std::string_view text, std::size_t limit) {
  Cell lines;
  while (true) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    while (width(line) > limit) {
      const std::size_t cut = break_at(line, limit);
      const std::string_view part = line.substr(0, cut);
      lines.emplace_back(part.substr(0, part.find_last_not_of(' ') + 1));
      line.remove_prefix(cut);
    }
    lines.emplace_back(line);
    if (end == text.size()) return lines;
    text.remove_prefix(end + 1);
  }
}

void pad(std::string& text, std::string_view part, std::size_t to) {
  text += part;
  text.append(to - std::min(to, width(part)) + 2, ' ');
}

void append_row(std::string& text, const std::vector<Cell>& cells,
                const std::vector<std::size_t>& widths) {
  std::size_t height = 0;
  for (const Cell& cell : cells) height = std::max(height, cell.size());
  for (std::size_t line = 0; line < height; ++line) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      pad(out, line < cells[i].size() ? cells[i][line] : "", widths[i]);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    text += out + '\n';
  }
}

}  // namespace

std::string Table::to_text() const {
  std::vector<std::vector<Cell>> rows(1);
  for (const Column& column : columns_) rows[0].push_back({column.title});
  for (const auto& row : rows_) {
    auto& cells = rows.emplace_back();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      cells.push_back(wrap(row.at(i), columns_[i].max_width));
    }
  }
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      for (const std::string& line : row[i]) widths[i] = std::max(widths[i], width(line));
    }
  }
  std::string text;
  append_row(text, rows[0], widths);
  std::vector<Cell> rule;
  for (const std::size_t columns : widths) {
    std::string dashes;
    for (std::size_t i = 0; i < columns; ++i) dashes += "─";
    rule.push_back({dashes});
  }
  append_row(text, rule, widths);
  for (std::size_t i = 1; i < rows.size(); ++i) append_row(text, rows[i], widths);
  return text;
}

}  // namespace demo
