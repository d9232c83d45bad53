#include "crash/event_writer.hpp"

#include "client/fatal.hpp"
#include "client/system_contexts.hpp"
#include "crash/attempt.hpp"
#include "crash/signal_facts.hpp"
#include "picket/version.hpp"
#include "protocol/write_members.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

namespace picket::crash {
namespace {

using scope::ScopeData;
using std::chrono::milliseconds;

/// A text of hex digits, without an allocation.
template <std::size_t Size>
struct HexText {
  explicit HexText(const std::array<std::byte, Size>& bytes) noexcept {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (std::size_t i = 0; i < Size; ++i) {
      digits[2 * i] = kDigits[std::to_integer<unsigned>(bytes[i]) >> 4U];
      digits[2 * i + 1] = kDigits[std::to_integer<unsigned>(bytes[i]) & 15U];
    }
  }
  [[nodiscard]] std::string_view view() const noexcept { return {digits.data(), digits.size()}; }
  std::array<char, 2 * Size> digits{};
};

/// A number as a text.
struct NumberText {
  explicit NumberText(std::int64_t number) noexcept
      : size(static_cast<std::size_t>(
            std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr -
            digits.data())) {}
  [[nodiscard]] std::string_view view() const noexcept { return {digits.data(), size}; }
  std::array<char, 20> digits{};
  std::size_t size;
};

class EventWriter {
 public:
  EventWriter(json::FixedBuffer& out, const Facts& facts, Prepared& prepared) noexcept
      : out_(out), writer_(out), facts_(facts), prepared_(prepared) {}

  void write() noexcept {
    writer_.begin_object();
    identity();
    part([&] { exception(true); }) || part([&] { exception(false); });
    part([&] { threads(true); }) || part([&] { threads(false); });
    part([&] { contexts(); });
    part([&] { images(); });
    part([&] { tags(); });
    part([&] { user(); });
    part([&] { fingerprint(); });
    part([&] { request(); });
    part([&] { extra(); });
    std::size_t most = prepared_.max_breadcrumbs;
    while (most > 0 && !part([&] { breadcrumbs(most); })) most /= 2;
    writer_.end_object();
  }

 private:
  /// All of it or nothing: what does not fit, faults or takes too long is taken back.
  template <class Write>
  bool part(Write&& write) noexcept {
    constexpr milliseconds kMost{200};
    const json::Writer before = writer_;
    const std::size_t size = out_.size();
    const bool done = attempt(base::deadline_in(kMost), write);
    if (done && !out_.has_overflowed()) return true;
    writer_ = before;
    out_.rewind(size);
    return false;
  }

  /// From the inside out: what an inner scope says hides what an outer one says.
  template <class Look>
  void inwards_out(Look&& look) const {
    for (std::size_t i = facts_.scopes.size(); i-- > 0;) {
      if (const ScopeData* const data = facts_.scopes[i].data.get()) look(*data, i);
    }
  }
  template <class Has>
  [[nodiscard]] bool is_hidden(std::size_t scope, Has&& has) const {
    for (std::size_t i = scope + 1; i < facts_.scopes.size(); ++i) {
      const ScopeData* const inner = facts_.scopes[i].data.get();
      if (inner != nullptr && has(*inner)) return true;
    }
    return false;
  }

  void identity() {
    writer_.member("event_id", HexText(facts_.id.bytes()).view());
    writer_.key("timestamp");
    protocol::write_timestamp(writer_, facts_.time);
    writer_.member("platform", "native");
    writer_.member("level", "fatal");
    writer_.member("server_name", prepared_.server_name);
    writer_.member("release", prepared_.release);
    writer_.member("dist", prepared_.dist);
    writer_.member("environment", prepared_.environment);
    writer_.key("sdk");
    writer_.raw(prepared_.sdk);
    const std::string* name = nullptr;
    inwards_out([&](const ScopeData& data, std::size_t) {
      if (name == nullptr && !data.transaction_name.empty()) name = &data.transaction_name;
    });
    if (name != nullptr) writer_.member("transaction", *name);
  }

  void exception(bool with_stack) {
    writer_.key("exception");
    writer_.begin_object();
    writer_.key("values");
    writer_.begin_array();
    writer_.begin_object();
    writer_.member("type", facts_.type.data());
    writer_.member("value", facts_.value.data());
    writer_.member("thread_id", NumberText(facts_.thread).view());
    if (with_stack && facts_.stack.size > 0) stack();
    mechanism();
    writer_.end_object();
    writer_.end_array();
    writer_.end_object();
  }

  void stack() {
    writer_.key("stacktrace");
    writer_.begin_object();
    frames(facts_.stack.view());
    writer_.key("registers");
    writer_.begin_object();
    for (std::size_t i = 0; i < facts_.register_count && !facts_.is_exception; ++i) {
      writer_.key(facts_.registers[i].name);
      writer_.hex_address(facts_.registers[i].value);
    }
    writer_.end_object();
    writer_.member("instruction_addr_adjustment", facts_.is_exception ? "all" : "all_but_first");
    writer_.end_object();
  }

  void frames(std::span<const std::uintptr_t> newest_first) {
    writer_.key("frames");
    writer_.begin_array();
    for (std::size_t i = newest_first.size(); i-- > 0;) {
      writer_.begin_object();
      writer_.key("instruction_addr");
      writer_.hex_address(newest_first[i]);
      writer_.end_object();
    }
    writer_.end_array();
  }

  void mechanism() {  // P3.7, P3.8
    writer_.key("mechanism");
    writer_.begin_object();
    writer_.member("type", facts_.is_exception ? client::kTerminateMechanism : "signalhandler");
    writer_.key("handled");
    writer_.boolean(false);
    flag("synthetic", !facts_.is_exception);
    writer_.key("meta");
    writer_.begin_object();
    writer_.key("signal");
    writer_.begin_object();
    writer_.key("number");
    writer_.number(facts_.signal);
    writer_.key("code");
    writer_.number(facts_.code);
    writer_.member("name", signal_name(facts_.signal));
    writer_.member("code_name", code_name(facts_.signal, facts_.code));
    writer_.end_object();
    writer_.end_object();
    writer_.end_object();
  }

  void threads(bool all) {
    writer_.key("threads");
    writer_.begin_object();
    writer_.key("values");
    writer_.begin_array();
    failed_thread();
    if (all && facts_.threads != nullptr) {
      for (const stacktrace::ThreadStack& thread : facts_.threads->threads()) {
        if (thread.id != facts_.thread) other_thread(thread);
      }
    }
    writer_.end_array();
    writer_.end_object();
  }

  void failed_thread() {
    writer_.begin_object();
    writer_.member("id", NumberText(facts_.thread).view());
    writer_.member("name", facts_.thread_name.data());
    flag("crashed", true);
    flag("current", true);
    flag("main", facts_.thread == facts_.process);
    writer_.end_object();
  }

  void other_thread(const stacktrace::ThreadStack& thread) {
    writer_.begin_object();
    writer_.member("id", NumberText(thread.id).view());
    writer_.member("name", thread.name());
    flag("main", thread.is_main);
    writer_.member("state", stacktrace::state_name(thread.state));
    if (!thread.addresses.empty()) {
      writer_.key("stacktrace");
      writer_.begin_object();
      frames(thread.addresses);
      writer_.member("instruction_addr_adjustment", "all_but_first");
      flag("snapshot", true);
      writer_.end_object();
    }
    writer_.end_object();
  }

  void flag(std::string_view name, bool is_set) {
    if (!is_set) return;
    writer_.key(name);
    writer_.boolean(true);
  }

  void images() {
    writer_.key("debug_meta");
    writer_.begin_object();
    writer_.key("images");
    writer_.begin_array();
    write_images(writer_);
    writer_.end_array();
    writer_.end_object();
  }

  static auto has_context(std::string_view name) noexcept {
    return [name](const ScopeData& data) {
      return std::any_of(data.contexts.begin(), data.contexts.end(),
                         [name](const auto& block) { return block.first == name; });
    };
  }

  void contexts() {
    writer_.key("contexts");
    writer_.begin_object();
    if (facts_.has_ids) {
      writer_.key("trace");
      writer_.begin_object();
      writer_.member("trace_id", HexText(facts_.ids.trace_id).view());
      writer_.member("span_id", HexText(facts_.ids.span_id).view());
      if (facts_.ids.parent_span_id != base::SpanId{}) {
        writer_.member("parent_span_id", HexText(facts_.ids.parent_span_id).view());
      }
      writer_.end_object();
    }
    writer_.key("crash");
    writer_.begin_object();
    if (has_address(facts_.signal, facts_.code)) {
      writer_.key("address");
      writer_.hex_address(facts_.address);
    }
    writer_.member("access", facts_.access);
    writer_.key("instruction");
    writer_.hex_address(facts_.instruction);
    writer_.key("process_id");
    writer_.number(facts_.process);
    writer_.end_object();
    inwards_out([&](const ScopeData& data, std::size_t at) {
      for (const auto& [name, block] : data.contexts) {
        if (block.empty() || name == "crash" || is_hidden(at, has_context(name))) continue;
        protocol::member(writer_, name, block);
      }
    });
    if (prepared_.has_contexts.load()) {
      for (const auto& [name, json] : prepared_.contexts) {
        const auto has = has_context(name);
        if (std::any_of(facts_.scopes.begin(), facts_.scopes.end(),
                        [&](const auto& scope) { return scope.data && has(*scope.data); })) {
          continue;
        }
        writer_.key(name);
        writer_.raw(json);
      }
    }
    writer_.end_object();
  }

  void tags() {
    writer_.key("tags");
    writer_.begin_object();
    inwards_out([&](const ScopeData& data, std::size_t at) {
      for (const auto& tag : data.tags) {
        const auto has = [&](const ScopeData& inner) {
          return std::any_of(inner.tags.begin(), inner.tags.end(),
                             [&](const auto& other) { return other.first == tag.first; });
        };
        if (is_hidden(at, has)) continue;
        writer_.key(tag.first);
        writer_.text(tag.second);
      }
    });
    writer_.end_object();
  }

  void extra() {
    writer_.key("extra");
    writer_.begin_object();
    inwards_out([&](const ScopeData& data, std::size_t at) {
      for (const Member& fact : data.extra) {
        if (is_hidden(at, [&](const ScopeData& d) { return d.extra.contains(fact.key); })) continue;
        writer_.key(fact.key);
        writer_.value(fact.value);
      }
    });
    writer_.end_object();
  }

  template <class Member>
  const ScopeData* innermost_with(Member&& is_set) const {
    const ScopeData* found = nullptr;
    inwards_out([&](const ScopeData& data, std::size_t) {
      if (found == nullptr && is_set(data)) found = &data;
    });
    return found;
  }

  void user() {
    const auto* data =
        innermost_with([](const ScopeData& d) { return d.user && *d.user != User{}; });
    if (data == nullptr) return;
    writer_.key("user");
    protocol::write(writer_, *data->user, prepared_.send_default_pii);
  }

  void request() {
    const auto* data =
        innermost_with([](const ScopeData& d) { return d.request && *d.request != Request{}; });
    if (data == nullptr) return;
    writer_.key("request");
    protocol::write(writer_, *data->request);
  }

  void fingerprint() {
    const auto* data = innermost_with([](const ScopeData& d) { return !d.fingerprint.empty(); });
    if (data == nullptr) return;
    writer_.key("fingerprint");
    writer_.begin_array();
    for (const std::string& one : data->fingerprint) writer_.text(one);
    writer_.end_array();
  }

  void breadcrumbs(std::size_t most) {
    auto& room = prepared_.crumbs;  // never grows here
    std::size_t count = 0;
    std::size_t trails = 0;
    const auto keep = [&](const protocol::BreadcrumbView& view) {
      if (count < room.size()) room[count++] = view;
    };
    for (const scope::ScopeSnapshot& scope : facts_.scopes) {
      const std::size_t before = count;
      scope.breadcrumbs.for_each(most, std::ref(keep));  // a reference: nothing is allocated
      if (count > before) ++trails;
    }
    if (count == 0) return;
    const auto begin = room.begin();
    const auto end = begin + static_cast<std::ptrdiff_t>(count);
    if (trails > 1) {
      std::sort(begin, end, [](const auto& left, const auto& right) {
        return left.timestamp < right.timestamp;
      });
    }
    writer_.key("breadcrumbs");
    writer_.begin_object();
    writer_.key("values");
    writer_.begin_array();
    for (auto it = end - static_cast<std::ptrdiff_t>(std::min(count, most)); it != end; ++it) {
      protocol::write(writer_, *it);
    }
    writer_.end_array();
    writer_.end_object();
  }

  json::FixedBuffer& out_;
  json::Writer writer_;
  const Facts& facts_;
  Prepared& prepared_;
};

}  // namespace

Prepared::Prepared(const client::Config& config)
    : release(config.options.release),
      environment(config.options.environment),
      dist(config.options.dist),
      server_name(config.options.server_name),
      send_default_pii(config.options.send_default_pii),
      max_breadcrumbs(config.options.max_breadcrumbs) {
  json::Writer writer(sdk);
  protocol::write_sdk(writer, send_default_pii);
  json::Writer header(header_end);
  header.begin_object();
  if (config.dsn) header.member("dsn", config.dsn->to_string());
  header.key("sdk");
  header.begin_object();
  header.member("name", kSdkName);
  header.member("version", kVersion);
  header.end_object();
  header.end_object();
  header_end.front() = ',';  // it goes on behind the event id
  header_end.push_back('\n');
  crumbs.resize(3 * max_breadcrumbs);
}

void Prepared::add_system_contexts() {
  const client::SystemContexts system = client::read_system_contexts();
  for (const auto& [name, facts] : system.contexts) {
    std::string json;
    json::append_object(json, facts);
    contexts.emplace_back(name, std::move(json));
  }
  has_contexts.store(true);
}

void write_event(json::FixedBuffer& out, const Facts& facts, Prepared& prepared) noexcept {
  EventWriter(out, facts, prepared).write();
}

void write_header(json::FixedBuffer& out, const Facts& facts, const Prepared& prepared) noexcept {
  out.append("{\"event_id\":\"");
  out.append(HexText(facts.id.bytes()).view());
  out.append("\"");
  out.append(prepared.header_end);
}

void write_item_header(json::FixedBuffer& out, std::size_t payload) noexcept {
  out.append("{\"type\":\"event\",\"length\":");
  out.append(NumberText(static_cast<std::int64_t>(payload)).view());
  out.append("}\n");
}

}  // namespace picket::crash
