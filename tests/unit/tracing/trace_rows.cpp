#include "trace_rows.hpp"

#include "picket/json.hpp"
#include "support/ear.hpp"
#include "tracing/baggage.hpp"
#include "tracing/propagation.hpp"
#include "tracing/trace.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <utility>

namespace picket::tests {
namespace {

using tracing::DynamicSamplingContext;
using tracing::Trace;

constexpr base::SpanId kOurSpan{std::byte{0x0F}, std::byte{0x1E}, std::byte{0x2D}, std::byte{0x3C},
                                std::byte{0x4B}, std::byte{0x5A}, std::byte{0x69}, std::byte{0x78}};

std::optional<std::uint64_t> org_of(const Value& row) {
  const Value& org = row.at("options.org_id");
  if (!org.is_number()) return std::nullopt;
  return static_cast<std::uint64_t>(org.number_or(0));
}

bool has_option(const Value& row, std::string_view path) {
  const bool* const option = row.at(path).as_bool();
  return option != nullptr && *option;
}

// Borrows the texts of `row`.
IncomingTrace incoming_of(const Value& row) {
  IncomingTrace incoming;
  for (const Value& pair : *row.at("incoming").as_list()) {
    incoming.add(pair.at("0").text_or(""), pair.at("1").text_or(""));
  }
  return incoming;
}

Value to_value(const std::vector<std::pair<std::string, std::string>>& members) {
  Object object;
  for (const auto& [key, value] : members) object.set(key, value);
  return object;
}

Value to_value(const Trace& trace) {
  Object object;
  object.set("trace", tracing::to_sentry_trace(
                          {trace.trace_id, trace.parent_span_id, trace.parent_sampled}));
  object.set("sample_rand", trace.sample_rand.to_string());
  if (trace.parent_sample_rate) object.set("sample_rate", *trace.parent_sample_rate);
  object.set("context", trace.context ? to_value(trace.context->members) : Value());
  return object;
}

// What a service without tracing passes on: the decision as it came.
HeaderList outgoing_of(const Trace& trace, const Value& row) {
  const tracing::Identity identity{"4f1e2d3c4b5a69788796a5b4c3d2e1f0", "shop@1.4.0", "staging",
                                   org_of(row)};
  const DynamicSamplingContext context =
      trace.context ? *trace.context
                    : tracing::describe(identity, {.trace_id = trace.trace_id,
                                                   .sample_rand = trace.sample_rand,
                                                   .sampled = trace.parent_sampled});
  return tracing::make_headers({trace.trace_id, kOurSpan, trace.parent_sampled}, context,
                               row.at("existing").text_or(""),
                               has_option(row, "options.traceparent"));
}

void set_outgoing(Object& answer, const HeaderList& headers) {
  List list;
  std::string baggage;
  for (const auto& [name, value] : headers) {
    list.emplace_back(List{name, value});
    if (name == "baggage") baggage = value;
  }
  answer.set("outgoing", std::move(list));
  answer.set("sent", to_value(tracing::parse_sentry_members(baggage)));
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Value answer(const Value& row, double draw) {
  Ear ear(Level::debug);
  const IncomingTrace incoming = incoming_of(row);
  const auto trace =
      tracing::continue_trace(incoming, {org_of(row), has_option(row, "options.strict")}, draw);
  Object answer;
  answer.set("continued", trace ? to_value(*trace) : Value());
  if (trace) set_outgoing(answer, outgoing_of(*trace, row));
  std::string told;
  for (const std::string& line : ear.lines) told.append(told.empty() ? "" : "\n").append(line);
  if (!told.empty()) answer.set("told", told);
  return answer;
}

std::string expanded(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t start = text.find("{{");
    out.append(text.substr(0, start));
    if (start == std::string_view::npos) return out;
    const std::size_t end = text.find("}}", start);
    const std::string_view inside = text.substr(start + 2, end - start - 2);
    const std::size_t star = inside.rfind('*');
    int times = 0;
    std::from_chars(inside.data() + star + 1, inside.data() + inside.size(), times);
    for (int i = 0; i < times; ++i) {
      for (const char c : inside.substr(0, star))
        out.append(c == '#' ? std::to_string(i) : std::string(1, c));
    }
    text.remove_prefix(end + 2);
  }
}

std::vector<Value> golden_rows() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(PICKET_TESTS_DIR "/golden/trace_headers")) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Value> rows;
  for (const auto& path : paths) {
    const Result<Value> file = parse_json(expanded(read_file(path)));
    if (!file || file->as_list() == nullptr)
      throw std::runtime_error(path.string() + " is no list");
    rows.insert(rows.end(), file->as_list()->begin(), file->as_list()->end());
  }
  return rows;
}

}  // namespace picket::tests
