#pragma once

// A table of results: printed as Markdown for people, written as JSON for `bench/plot.py`.

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace picket::bench {

/// A text, or a number that is printed with three digits that matter.
using Cell = std::variant<std::string, double>;

class Report {
 public:
  Report(std::string program, std::vector<std::string> columns)
      : program_(std::move(program)), columns_(std::move(columns)) {}

  /// Prints the row; above the first one the head of the table.
  void add(std::vector<Cell> row);

  /// A fact about the run as a whole, JSON alone.
  void note(std::string name, Cell value) {
    notes_.emplace_back(std::move(name), std::move(value));
  }

  /// Errors: throws when the file cannot be written; an empty path does nothing.
  void write(const std::string& path) const;

 private:
  std::string program_;
  std::vector<std::string> columns_;
  std::vector<std::pair<std::string, Cell>> notes_{};
  std::vector<std::vector<Cell>> rows_{};
};

/// The arguments all bench programs know: `--quick`, `--json=FILE`, `--only=TEXT`.
struct Arguments {
  bool quick = false;
  std::string json{};
  std::string only{};  // rows whose name has it

  /// Errors: an unknown argument prints `usage` and ends the program.
  static Arguments parse(int argc, char** argv, const char* usage);
  [[nodiscard]] bool wants(std::string_view name) const {
    return name.find(only) != std::string_view::npos;
  }
};

std::string to_text(double number);

}  // namespace picket::bench
