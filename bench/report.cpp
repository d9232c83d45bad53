#include "report.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <stdexcept>
#include <utility>

namespace picket::bench {
namespace {

std::string to_text(const Cell& cell) {
  if (const auto* const text = std::get_if<std::string>(&cell)) return *text;
  return bench::to_text(std::get<double>(cell));
}

void write_text(std::ostream& out, std::string_view text) {
  out << '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out << '\\';
    out << c;
  }
  out << '"';
}

void write_cell(std::ostream& out, const Cell& cell) {
  if (const auto* const text = std::get_if<std::string>(&cell)) return write_text(out, *text);
  const double number = std::get<double>(cell);
  if (!std::isfinite(number)) {
    out << "null";
  } else {
    out << number;
  }
}

}  // namespace

std::string to_text(double number) {
  if (!std::isfinite(number)) return "–";
  char text[32];
  const double size = std::fabs(number);
  const int digits = size >= 100 || number == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  std::snprintf(text, sizeof text, "%.*f", digits, number);
  return text;
}

void Report::add(std::vector<Cell> row) {
  if (rows_.empty()) {
    std::printf("|");
    for (const std::string& column : columns_) std::printf(" %s |", column.c_str());
    std::printf("\n|");
    for (const Cell& cell : row) std::printf(cell.index() == 0 ? "---|" : "--:|");
    std::printf("\n");
  }
  std::printf("|");
  for (const Cell& cell : row) std::printf(" %s |", to_text(cell).c_str());
  std::printf("\n");
  std::fflush(stdout);
  rows_.push_back(std::move(row));
}

void Report::write(const std::string& path) const {
  if (path.empty()) return;
  std::ofstream out(path);
  out.precision(10);
  out << "{\n\"program\": ";
  write_text(out, program_);
  out << ",\n\"compiler\": ";
  write_text(out, __VERSION__);
  for (const auto& [name, value] : notes_) {
    out << ",\n";
    write_text(out, name);
    out << ": ";
    write_cell(out, value);
  }
  out << ",\n\"rows\": [";
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    out << (i == 0 ? "\n{" : ",\n{");
    for (std::size_t k = 0; k < columns_.size(); ++k) {
      if (k > 0) out << ", ";
      write_text(out, columns_[k]);
      out << ": ";
      write_cell(out, rows_[i][k]);
    }
    out << '}';
  }
  out << "\n]\n}\n";
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

Arguments Arguments::parse(int argc, char** argv, const char* usage) {
  Arguments found;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--quick") {
      found.quick = true;
    } else if (argument.starts_with("--json=")) {
      found.json = argument.substr(7);
    } else if (argument.starts_with("--only=")) {
      found.only = argument.substr(7);
    } else {
      std::fprintf(stderr, "%s\n", usage);
      std::exit(2);
    }
  }
  return found;
}

}  // namespace picket::bench
