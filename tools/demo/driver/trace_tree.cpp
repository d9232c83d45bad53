#include "driver/trace_tree.hpp"

#include "driver/json_path.hpp"
#include "ingest/trace.hpp"
#include "ingest/waterfall.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

namespace demo {

namespace {

using picket::ingest::TraceItem;
using picket::ingest::TraceNode;
using picket::ingest::TraceNodeKind;

/// What arrived of that trace, or of all.
std::vector<picket::ingest::Trace> traces_of(const Arrivals& arrivals,
                                             std::string_view trace_id = {}) {
  std::vector<TraceItem> items;
  const auto add = [&](const char* type, const std::vector<picket::Value>& payloads) {
    for (const picket::Value& payload : payloads) {
      if (!trace_id.empty() && trace_id_of(payload) != trace_id) continue;
      items.push_back({type, std::make_shared<const picket::Value>(payload)});
    }
  };
  add("transaction", arrivals.transactions);
  add("event", arrivals.events);
  return picket::ingest::build_traces(items);
}

/// `http://127.0.0.1:40123/search` loses its port.
std::string without_port(std::string text) {
  constexpr std::string_view kHost = "127.0.0.1:";
  const auto host = text.find(kHost);
  if (host == std::string::npos) return text;
  const auto start = host + kHost.size() - 1;
  const auto end = std::min(text.find_first_not_of("0123456789", start + 1), text.size());
  return text.erase(start, end - start);
}

/// A person knows a statement by its first words.
std::string shortened(const std::string& text) {
  constexpr std::size_t kMax = 60;
  return text.size() <= kMax ? text : text.substr(0, text.rfind(' ', kMax)) + " …";
}

std::string line_of(const TraceNode& node) {
  if (node.kind == TraceNodeKind::missing) return "missing span";
  std::string line = fmt::format("{} {}", node.op, shortened(without_port(node.name)));
  if (node.kind != TraceNodeKind::event) line += fmt::format(": {}", node.status);
  if (node.kind == TraceNodeKind::transaction) line += fmt::format(" [{}]", node.sender.release);
  return line;
}

const picket::List& spans_in(const picket::Value& transaction) {
  static const picket::List kNone;
  const auto* list = value_at(transaction, "spans").as_list();
  return list == nullptr ? kNone : *list;
}

}  // namespace

std::string trace_tree(const Arrivals& arrivals, std::string_view trace_id) {
  std::string text;
  for (const auto& trace : traces_of(arrivals, trace_id)) {
    for (const TraceNode* node : trace.nodes()) {
      if (!text.empty()) text += '\n';
      text += std::string(2 * node->depth, ' ') + line_of(*node);
    }
  }
  return text;
}

std::string waterfalls_of(const Arrivals& arrivals) {
  return picket::ingest::waterfalls(traces_of(arrivals));
}

std::string trace_id_of(const picket::Value& event) {
  return text_at(event, "contexts/trace/trace_id");
}

const picket::Value& span_of(const picket::Value& transaction, std::string_view op,
                             std::string_view description) {
  static const picket::Value kNull;
  for (const picket::Value& span : spans_in(transaction)) {
    if (text_at(span, "op") == op && text_at(span, "description") == description) return span;
  }
  return kNull;
}

std::vector<picket::Value> spans_of(const picket::Value& transaction, std::string_view op) {
  std::vector<picket::Value> found;
  for (const picket::Value& span : spans_in(transaction)) {
    if (text_at(span, "op") == op) found.push_back(span);
  }
  return found;
}

}  // namespace demo
