#include "crash/messenger.hpp"

#include "base/contain.hpp"
#include "base/ids.hpp"
#include "client/fatal.hpp"
#include "crash/finished_report.hpp"
#include "crash/signal_facts.hpp"
#include "transport/named_thread.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

namespace picket::crash {
namespace {

using std::chrono::nanoseconds;

// A bare system call, so both the handler and a thread may wait with it and wake the other.
void wait(std::atomic<std::uint32_t>& word, std::uint32_t value, const timespec* limit) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, limit, nullptr, 0);
}

void wake(std::atomic<std::uint32_t>& word) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 64, nullptr, nullptr, 0);
}

std::string hex(std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), kDigits[number & 15U]);
    number >>= 4U;
  } while (number != 0);
  return "0x" + text;
}

Exception exception_of(const Facts& facts) {
  Exception exception;
  auto [type, module] = type_as_told(facts.type.data());
  exception.type = std::move(type);
  exception.module = std::move(module);
  exception.value = facts.value.data();
  exception.thread_id = std::to_string(facts.thread);
  Mechanism& mechanism = exception.mechanism.emplace();
  mechanism.type = facts.is_exception ? client::kTerminateMechanism : "signalhandler";
  mechanism.handled = false;
  if (!facts.is_exception) mechanism.synthetic = true;
  Object signal{{"number", Value(facts.signal)},
                {"code", Value(facts.code)},
                {"name", Value(std::string(signal_name(facts.signal)))}};
  if (const auto name = code_name(facts.signal, facts.code); !name.empty()) {
    signal.set("code_name", Value(std::string(name)));
  }
  mechanism.meta.set("signal", Value(std::move(signal)));
  return exception;
}

Object context_of(const Facts& facts) {
  Object context;
  if (has_address(facts.signal, facts.code)) context.set("address", Value(hex(facts.address)));
  if (!facts.access.empty()) context.set("access", Value(std::string(facts.access)));
  context.set("instruction", Value(hex(facts.instruction)));
  context.set("process_id", Value(facts.process));
  return context;
}

std::unique_ptr<Event> event_of(const Facts& facts) {
  auto event = std::make_unique<Event>();
  event->id = facts.id;
  event->timestamp = facts.time;
  event->level = Level::fatal;
  event->exceptions.push_back(exception_of(facts));
  event->contexts["crash"] = context_of(facts);
  for (auto scope = facts.scopes.rbegin(); scope != facts.scopes.rend(); ++scope) {
    if (event->transaction.empty() && scope->data)
      event->transaction = scope->data->transaction_name;
  }
  return event;
}

tracing::TraceLink link_of(const Facts& facts) {
  if (facts.span.tree) {
    if (auto link = facts.span.tree->try_link(facts.span)) return *std::move(link);
  }
  if (facts.trace) return tracing::TraceLink::outside(*facts.trace);
  return tracing::TraceLink::outside(tracing::new_trace(base::random_unit()));
}

client::ThreadRecord failed_thread(const Facts& facts) {
  client::ThreadRecord thread;
  thread.id = static_cast<std::uint64_t>(facts.thread);
  thread.name = facts.thread_name.data();
  thread.crashed = thread.current = true;
  thread.main = facts.thread == facts.process;
  thread.owns_exception = true;
  thread.newest_is_exact = !facts.is_exception;
  const auto stack = facts.stack.view();
  thread.addresses.assign(stack.begin(), stack.end());
  if (facts.is_exception) return thread;
  for (std::size_t i = 0; i < facts.register_count; ++i) {
    thread.registers.emplace_back(facts.registers[i].name, facts.registers[i].value);
  }
  return thread;
}

client::ThreadRecord other_thread(const stacktrace::ThreadStack& stack) {
  client::ThreadRecord thread;
  thread.id = static_cast<std::uint64_t>(stack.id);
  thread.name = stack.name();
  thread.state = stacktrace::state_name(stack.state);
  thread.main = stack.is_main;
  thread.newest_is_exact = true;
  thread.addresses.assign(stack.addresses.begin(), stack.addresses.end());
  return thread;
}

client::CaptureRecord record_of(const Facts& facts) {
  client::CaptureRecord record;
  record.id = facts.id;
  record.timestamp = facts.time;
  record.origin = Hint::Origin::event;
  record.level = Level::fatal;
  record.level_is_explicit = true;
  record.event = event_of(facts);
  record.threads.push_back(failed_thread(facts));
  if (facts.threads != nullptr) {
    for (const stacktrace::ThreadStack& stack : facts.threads->threads()) {
      if (stack.id != facts.thread) record.threads.push_back(other_thread(stack));
    }
  }
  record.thread_id = static_cast<std::uint64_t>(facts.thread);
  record.scopes = facts.scopes;
  record.trace = link_of(facts);
  return record;
}

}  // namespace

Messenger::Messenger(std::shared_ptr<client::Core> core, Prepared& prepared)
    : core_(std::move(core)), prepared_(prepared) {
  thread_ = transport::start_named_thread("picket-crash", [this] { run(); });
}

Messenger::~Messenger() {
  std::uint32_t expected = kIdle;
  while (!word_.compare_exchange_weak(expected, kEnd)) {
    if (expected == kAsked) {  // it hangs in the telling of a failure that somebody has repaired
      thread_.detach();
      return;
    }
  }
  wake(word_);
  thread_.join();
}

void Messenger::run() noexcept {
  thread_id_.store(static_cast<int>(syscall(SYS_gettid)));
  base::contain([&] { prepared_.add_system_contexts(); });
  for (;;) {
    const std::uint32_t word = word_.load();
    if (word == kEnd) return;
    if (word != kAsked) {
      wait(word_, word, nullptr);
      continue;
    }
    const std::uint32_t result = deliver() ? kDone : kFailed;
    std::uint32_t expected = kAsked;
    word_.compare_exchange_strong(expected, result);
    wake(word_);
  }
}

bool Messenger::deliver() noexcept {
  return base::contain(false, [&] {
    const Facts& facts = *facts_.load();
    return core_->deliver_fault(record_of(facts), facts.thread, deadline_);
  });
}

bool Messenger::tell(const Facts& facts, base::Deadline deadline) noexcept {
  if (facts.thread == thread_id_.load()) return false;
  facts_.store(&facts);
  deadline_ = deadline;
  word_.store(kAsked);
  wake(word_);
  for (;;) {
    const std::uint32_t word = word_.load();
    if (word != kAsked) return word == kDone;
    const auto left = std::chrono::duration_cast<nanoseconds>(deadline - base::deadline_in({}));
    if (left.count() <= 0) return false;
    constexpr std::int64_t kSecond = 1'000'000'000;
    const timespec limit{.tv_sec = static_cast<time_t>(left.count() / kSecond),
                         .tv_nsec = static_cast<long>(left.count() % kSecond)};
    wait(word_, kAsked, &limit);
  }
}

void Messenger::give_up() noexcept {
  std::uint32_t expected = kAsked;
  word_.compare_exchange_strong(expected, kFailed);
  wake(word_);
}

}  // namespace picket::crash
