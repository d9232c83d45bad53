// Stage: ops as the product knows them, see `Options::normalize_ops`. What is a known op stays; a
// short one gets its long name; an op below a short one, such as `sql.select`, the name of that;
// all others stay. A transaction without an op gets one from its name, if that tells.

#include "base/text.hpp"
#include "client/pipeline.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace picket::client {
namespace {

struct Name {
  std::string_view from;
  std::string_view to;
};

/// Spec: P4.14, T17.
constexpr std::array<std::string_view, 41> kKnown{"app.start",
                                                  "cache.flush",
                                                  "cache.get",
                                                  "cache.put",
                                                  "cache.remove",
                                                  "db.query",
                                                  "db.redis",
                                                  "db.sql.query",
                                                  "default",
                                                  "file.read",
                                                  "file.write",
                                                  "function",
                                                  "function.aws",
                                                  "function.gcp",
                                                  "function.azure",
                                                  "graphql.query",
                                                  "grpc.client",
                                                  "grpc.server",
                                                  "http.client",
                                                  "http.server",
                                                  "mark",
                                                  "middleware",
                                                  "navigation",
                                                  "queue.process",
                                                  "queue.publish",
                                                  "queue.receive",
                                                  "queue.submit",
                                                  "queue.task",
                                                  "rpc",
                                                  "rpc.client",
                                                  "rpc.server",
                                                  "serialize",
                                                  "subprocess",
                                                  "subprocess.wait",
                                                  "template.render",
                                                  "ui.load",
                                                  "view",
                                                  "view.render",
                                                  "websocket",
                                                  "websocket.client",
                                                  "websocket.server"};

/// A short op, and those below it.
constexpr std::array kShort{Name{"db", "db.query"},
                            Name{"database", "db.query"},
                            Name{"sql", "db.query"},
                            Name{"query", "db.query"},
                            Name{"redis", "db.redis"},
                            Name{"http", "http.client"},
                            Name{"api", "http.client"},
                            Name{"request", "http.client"},
                            Name{"cache", "cache.get"},
                            Name{"cache.set", "cache.put"},
                            Name{"cache.write", "cache.put"},
                            Name{"cache.delete", "cache.remove"},
                            Name{"cache.clear", "cache.flush"},
                            Name{"queue", "queue.task"},
                            Name{"task", "queue.task"},
                            Name{"job", "queue.task"},
                            Name{"background", "queue.task"},
                            Name{"cron", "queue.task"},
                            Name{"publish", "queue.publish"},
                            Name{"consume", "queue.process"},
                            Name{"template", "template.render"},
                            Name{"render", "template.render"},
                            Name{"graphql", "graphql.query"},
                            Name{"grpc", "grpc.client"},
                            Name{"process", "subprocess"},
                            Name{"func", "function"},
                            Name{"read_file", "file.read"},
                            Name{"write_file", "file.write"},
                            Name{"file", "file.read"}};

/// A transaction is what was asked of us, not what we asked of others.
constexpr std::array kShortOfRoots{Name{"http", "http.server"}, Name{"api", "http.server"},
                                   Name{"request", "http.server"}, Name{"grpc", "grpc.server"}};

/// The first word of a transaction's name, in lower case.
constexpr std::array kFirstWords{Name{"get", "http.server"},       Name{"post", "http.server"},
                                 Name{"put", "http.server"},       Name{"patch", "http.server"},
                                 Name{"delete", "http.server"},    Name{"head", "http.server"},
                                 Name{"options", "http.server"},   Name{"task", "queue.task"},
                                 Name{"job", "queue.task"},        Name{"cron", "queue.task"},
                                 Name{"background", "queue.task"}, Name{"worker", "queue.task"},
                                 Name{"consume", "queue.process"}, Name{"db", "db.query"},
                                 Name{"select", "db.query"},       Name{"migrate", "db.query"},
                                 Name{"render", "template.render"}};

bool is_known(std::string_view op) noexcept {
  return std::find(kKnown.begin(), kKnown.end(), op) != kKnown.end();
}

bool is_below(std::string_view op, std::string_view prefix) noexcept {
  return op.size() > prefix.size() && op.starts_with(prefix) && op[prefix.size()] == '.';
}

/// The name of the op itself, else that of the longest prefix; empty when there is neither.
template <class Table>
std::string_view look_up(std::string_view op, const Table& table) noexcept {
  const Name* best = nullptr;
  for (const Name& name : table) {
    if (op == name.from) return name.to;
    const bool is_longer = best == nullptr || name.from.size() > best->from.size();
    if (is_below(op, name.from) && is_longer) best = &name;
  }
  return best == nullptr ? std::string_view() : best->to;
}

std::string_view guess(std::string_view transaction) {
  if (transaction.starts_with('/')) return "http.server";
  const std::string word =
      base::to_lower(transaction.substr(0, transaction.find_first_of(" .:/_-")));
  const auto found = std::find_if(kFirstWords.begin(), kFirstWords.end(),
                                  [&](const Name& name) { return name.from == word; });
  return found == kFirstWords.end() ? std::string_view() : found->to;
}

void replace(std::string& op, std::string_view by) {
  if (!by.empty()) op = by;
}

void normalize_root(Event& event) {
  std::string& op = event.trace->op;
  if (op.empty()) return replace(op, guess(event.transaction));
  if (is_known(op)) return;
  const std::string lower = base::to_lower(op);
  const std::string_view of_root = look_up(lower, kShortOfRoots);
  replace(op, of_root.empty() ? look_up(lower, kShort) : of_root);
}

}  // namespace

void normalize_ops(Event& event) {
  if (event.trace) normalize_root(event);
  for (SpanData& span : event.spans) {
    if (!is_known(span.op)) replace(span.op, look_up(base::to_lower(span.op), kShort));
  }
}

}  // namespace picket::client
