// Reads rows of trace headers, one JSON object a line, and answers each with a line of what picket
// makes of them. For programs that compare other makers' parsers with ours, see
// tools/check/trace-headers.

#include "picket/json.hpp"
#include "trace_rows.hpp"

#include <iostream>
#include <string>

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const picket::Result<picket::Value> row = picket::parse_json(line);
    if (!row || row->at("incoming").as_list() == nullptr) {
      std::cerr << "trace_header_probe: no row: " << line << '\n';
      return 2;
    }
    std::cout << picket::to_json(picket::tests::answer(*row)) << '\n';
  }
  return 0;
}
