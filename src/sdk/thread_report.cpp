#include "sdk/thread_report.hpp"

#include "stacktrace/thread_stacks.hpp"
#include "stacktrace/unwind.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace picket::sdk {
namespace {

client::ThreadRecord record_of(const stacktrace::ThreadStack& thread) {
  client::ThreadRecord record;
  record.id = static_cast<std::uint64_t>(thread.id);
  record.name = thread.name();
  record.state = stacktrace::state_name(thread.state);
  record.main = thread.is_main;
  record.addresses.assign(thread.addresses.begin(), thread.addresses.end());
  record.newest_is_exact = true;
  return record;
}

unsigned whole(std::chrono::milliseconds timeout) noexcept {
  constexpr auto kMost = std::chrono::milliseconds(std::chrono::minutes(1));
  return static_cast<unsigned>(
      std::clamp(timeout, std::chrono::milliseconds::zero(), kMost).count());
}

}  // namespace

std::vector<client::ThreadRecord> take_threads(std::chrono::milliseconds timeout,
                                               std::uint64_t only) {
  // The signal is a thing of the whole process: it is taken when somebody needs it, not before.
  stacktrace::prepare_thread_stacks();
  const stacktrace::ThreadStacks stacks(stacktrace::StacksOwner::host, whole(timeout),
                                        static_cast<std::int32_t>(only));
  std::vector<client::ThreadRecord> records;
  records.reserve(stacks.threads().size() + 1);
  for (const stacktrace::ThreadStack& thread : stacks.threads()) {
    records.push_back(record_of(thread));
  }
  return records;
}

std::vector<std::uintptr_t> own_stack(const client::Core& core) {
  stacktrace::Addresses addresses;
  if (core.config().options.unwind_by_frame_pointer) {
    stacktrace::unwind_by_frame_pointer(addresses);
  } else {
    stacktrace::unwind(addresses);
  }
  const auto view = addresses.view();
  return {view.begin(), view.end()};
}

void blame(std::vector<client::ThreadRecord>& threads, std::uint64_t thread) noexcept {
  for (client::ThreadRecord& record : threads) {
    if (record.id != thread) continue;
    record.current = true;
    record.owns_exception = true;
  }
}

Exception noticed(std::string type, std::string value, std::string mechanism, Object data) {
  Exception exception;
  exception.type = std::move(type);
  exception.value = std::move(value);
  Mechanism& how = exception.mechanism.emplace();
  how.type = std::move(mechanism);
  how.data = std::move(data);
  return exception;
}

}  // namespace picket::sdk
