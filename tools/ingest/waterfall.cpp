#include "ingest/waterfall.hpp"

#include "ingest/plain_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace picket::ingest {
namespace {

// The columns of a line, 100 in all: the longest status has 19.
constexpr std::size_t kLabel = 46;
constexpr std::size_t kBar = 20;
constexpr std::size_t kSender = 20;  // at most, within the label
constexpr std::size_t kWords = 16;   // at least, beside a sender

constexpr std::size_t kLevels = 6;  // of the tree that are drawn; deeper ones stand below these
constexpr std::size_t kFirst = 60;  // lines of a long trace before the cut, and after it
constexpr std::size_t kLast = 40;
constexpr std::size_t kMaxShifts = 10;
constexpr std::size_t kMaxTraces = 50;

void add_count(std::string& text, std::size_t count, std::string_view one, std::string_view many) {
  if (count == 0) return;
  text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, count == 1 ? one : many);
}

std::string counts(const TraceNodes& nodes) {
  std::map<TraceNodeKind, std::size_t> of;
  for (const TraceNode* node : nodes) ++of[node->kind];
  std::string text;
  add_count(text, of[TraceNodeKind::transaction], "transaction", "transactions");
  add_count(text, of[TraceNodeKind::span], "span", "spans");
  add_count(text, of[TraceNodeKind::event], "event", "events");
  add_count(text, of[TraceNodeKind::missing], "missing", "missing");
  return text;
}

std::string clock_time(double seconds) {
  if (!(seconds >= 0 && seconds < 253402300800.0)) return "?";  // before the year 10000
  const auto ms = static_cast<std::int64_t>(std::floor(seconds * 1000 + 0.5));
  return fmt::format("{:%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(ms / 1000)),
                     ms % 1000);
}

// Ten columns; the microseconds go where there is no room for them.
std::string duration(double milliseconds) {
  if (milliseconds < 999999.9995) return fmt::format("{:.3f}", milliseconds);
  return milliseconds < 1e10 ? fmt::format("{:.0f}", milliseconds)
                             : fmt::format("{:.3e}", milliseconds);
}

// Blocks of an eighth of a column to a whole one.
constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};

class Axis {
 public:
  Axis(double start, double end) : start_(start), length_(end - start) {}

  [[nodiscard]] std::string head() const {
    return fmt::format("0{:>{}}", duration(length_ * 1000) + " ms", kBar - 1);
  }

  // Begins in the column of the start; what is shorter than a column stays in it.
  [[nodiscard]] std::string bar(const TraceNode& node) const {
    if (node.kind == TraceNodeKind::missing) return {};
    const std::size_t start = eighths(node.shifted_start()), end = eighths(node.shifted_end());
    const std::size_t from = std::min(start / 8, kBar - 1);
    std::string text(from, ' ');
    if (node.kind == TraceNodeKind::event) return text + "◆";
    if (end - start < 8) return text + kEighths[std::max<std::size_t>(end - start, 1)];
    for (std::size_t column = from * 8; column < end; column += 8) {
      text += kEighths[std::min<std::size_t>(end - column, 8)];
    }
    return text;
  }

 private:
  [[nodiscard]] std::size_t eighths(double time) const {
    if (length_ <= 0) return 0;
    const double part = std::clamp((time - start_) / length_, 0.0, 1.0);
    return static_cast<std::size_t>(std::lround(part * kBar * 8));
  }

  double start_;
  double length_;
};

bool is_last_child(const TraceNode& node) {
  return node.parent == nullptr || node.parent->children.back() == &node;
}

// From the node upwards, so that a deep tree costs no more than a flat one.
std::string branches(const TraceNode& node) {
  if (node.depth == 0) return {};
  std::string text = is_last_child(node) ? "└─ " : "├─ ";
  const TraceNode* at = node.parent;
  for (std::size_t level = 1; at->depth > 0 && level < kLevels; ++level, at = at->parent) {
    text.insert(0, is_last_child(*at) ? "   " : "│  ");
  }
  return at->depth > 0 ? "…  " + text : text;
}

std::string words(const TraceNode& node) {
  if (node.kind == TraceNodeKind::missing) {
    return fmt::format("? span {} never arrived", cut(one_line(node.span_id), 16));
  }
  const std::string op = one_line(node.op, 60), name = one_line(node.name);
  if (op.empty() && name.empty()) return "(no name)";
  return op.empty() || name.empty() ? op + name : op + ' ' + name;
}

// Where a process begins: at its transactions, and at events that hang in another's span.
std::string sender_text(const Trace& trace, const TraceNode& node, std::size_t room) {
  const bool event = node.kind == TraceNodeKind::event;
  const bool foreign = node.parent == nullptr || !(node.parent->sender == node.sender);
  if (node.kind != TraceNodeKind::transaction && !(event && foreign)) return {};
  const std::string label = one_line(trace.sender_label(node.sender));
  return label.empty() ? label : fmt::format(" [{}]", cut(label, room));
}

std::string label(const Trace& trace, const TraceNode& node) {
  const std::string tree = branches(node);
  const std::size_t room = std::min(kSender, kLabel - columns(tree) - kWords - 3);
  const std::string sender = sender_text(trace, node, room);
  return fit(tree + words(node), kLabel - columns(sender)) + sender;
}

std::string line(const Trace& trace, const Axis& axis, const TraceNode& node) {
  const bool measured = node.kind == TraceNodeKind::transaction || node.kind == TraceNodeKind::span;
  const bool moved = node.kind == TraceNodeKind::transaction && node.clock_shift != 0;
  const std::string status = node.status == "ok" ? "" : one_line(node.status);
  std::string text = fmt::format("  {}{}{} {:>10} {}", label(trace, node), moved ? '~' : ' ',
                                 fit(axis.bar(node), kBar),
                                 measured ? duration(node.milliseconds()) : "", cut(status, 19));
  text.erase(text.find_last_not_of(' ') + 1);
  return text + '\n';
}

std::string lines(const Trace& trace, const Axis& axis) {
  const TraceNodes nodes = trace.nodes();
  const bool whole = nodes.size() <= kFirst + kLast;
  const std::size_t first = whole ? nodes.size() : kFirst;
  std::string text;
  for (std::size_t i = 0; i < first; ++i) text += line(trace, axis, *nodes[i]);
  if (whole) return text;
  const auto rest = nodes.end() - static_cast<std::ptrdiff_t>(kLast);
  text += fmt::format("  … {} more: {}\n", nodes.size() - kFirst - kLast,
                      counts({nodes.begin() + kFirst, rest}));
  for (auto node = rest; node != nodes.end(); ++node) text += line(trace, axis, **node);
  return text;
}

struct Shift {
  double least = 0;
  double most = 0;
};

// One line for each process whose clock is off.
std::string shifts(const Trace& trace) {
  std::map<std::string, Shift> by_sender;
  for (const TraceNode* node : trace.of_kind(TraceNodeKind::transaction)) {
    if (node->clock_shift == 0) continue;
    const Shift own{node->clock_shift, node->clock_shift};
    const auto [place, is_new] = by_sender.try_emplace(trace.sender_label(node->sender), own);
    place->second.least = std::min(place->second.least, own.least);
    place->second.most = std::max(place->second.most, own.most);
  }
  std::string text;
  std::size_t count = 0;
  for (const auto& [sender, shift] : by_sender) {
    if (++count > kMaxShifts) return text + "  ~ and others\n";
    const std::string first = fmt::format("{:+.3f} s", shift.least);
    const std::string last = fmt::format("{:+.3f} s", shift.most);
    text +=
        fmt::format("  ~ the clock of {} disagrees with its caller's, its bars are moved by {}{}\n",
                    cut(one_line(sender), kSender), first, first == last ? "" : " to " + last);
  }
  return text;
}

bool has_spans(const Trace& trace) {
  const TraceNodes nodes = trace.nodes();
  return std::any_of(nodes.begin(), nodes.end(), [](const TraceNode* node) {
    return node->kind == TraceNodeKind::transaction || node->kind == TraceNodeKind::span;
  });
}

}  // namespace

std::string waterfall(const Trace& trace) {
  const Axis axis(trace.start(), trace.end());
  return fmt::format("── trace {}  {}\n  {} {} {:>10}\n", cut(one_line(trace.id()), 64),
                     clock_time(trace.start()), fit(counts(trace.nodes()), kLabel), axis.head(),
                     "ms") +
         lines(trace, axis) + shifts(trace) + '\n';
}

std::string waterfalls(const std::vector<Trace>& traces) {
  std::string text;
  std::size_t count = 0;
  for (const Trace& trace : traces) {
    if (has_spans(trace) && ++count <= kMaxTraces) text += waterfall(trace);
  }
  if (count > kMaxTraces) text += fmt::format("… and {} more traces\n\n", count - kMaxTraces);
  return text;
}

}  // namespace picket::ingest
