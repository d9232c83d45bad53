// What picket takes: memory for a scope, a breadcrumb, a span and a client that does nothing, the
// time of a start, and what it adds to a program. Each is measured in a process of its own. What a
// program grows by is the difference of two that CMake links, `picket_bench_program` with and
// without picket, stripped.
//
//   picket_bench_memory [--quick] [--json=FILE]     prints a table, as Markdown

#include "measure.hpp"
#include "picket/picket.hpp"
#include "report.hpp"
#include "workload.hpp"

#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace picket::bench {
namespace {

/// Taken from the heap by the whole process. Units: bytes.
double heap_in_use() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

Guard start(Options options = {}) {
  options.transport = discarding_transport();
  return init(with_defaults(std::move(options)));
}

Guard start_tracing() { return start({.traces_sample_rate = 1.0, .max_spans = 10'000}); }

/// Bytes that each of `count` things keeps; `make` makes them all and holds them until it is gone.
template <class Make>
double each_of(int count, Make make) {
  return in_child([&]() -> std::vector<double> {
           const Guard guard = start_tracing();
           const ScopeGuard unit_of_work = isolate();
           {
             [[maybe_unused]] const auto once = make(1);  // whatever is taken once, is
           }
           const double before = heap_in_use();
           const auto held = make(count);
           return {(heap_in_use() - before) / count};
         })
      .front();
}

double bytes_of_a_scope() {
  return each_of(1000, [](int count) {
    std::vector<Scope> scopes(static_cast<std::size_t>(count));
    for (Scope& scope : scopes) scope.set_tag("route", "/pay");
    return scopes;
  });
}

double bytes_of_a_fork() {
  return each_of(1000, [](int count) {
    Scope filled;
    for (const char* const key : {"feature", "guild_size", "command_type"}) {
      filled.set_tag(key, "moderation");
    }
    for (int i = 0; i < 100; ++i) filled.add_breadcrumb(kText);
    std::vector<Scope> forks{filled};
    for (int i = 0; i < count; ++i) forks.push_back(filled.fork());
    return forks;
  });
}

double bytes_of_a_breadcrumb() {
  constexpr int kScopes = 50;
  return each_of(kScopes * 100, [](int count) {
    std::vector<Scope> scopes(static_cast<std::size_t>(std::max(1, count / 100)));
    for (int i = 0; i < count; ++i) {
      scopes[static_cast<std::size_t>(i / 100)].add_breadcrumb(
          kText, {.category = "bench", .data = {{"number", 12}, {"text", "value"}}});
    }
    return scopes;
  });
}

double bytes_of_a_span() {
  return each_of(1000, [](int count) {
    auto transaction = start_transaction({.op = "command", .name = "ban_user"});
    for (int i = 0; i < count; ++i) {
      start_span({.op = "database", .description = "fetch_user_cases"}).set_data("case_count", i);
    }
    return transaction;
  });
}

/// Resident memory that a client adds which has nothing to do. Units: KiB.
double idle_kib() {
  return in_child([]() -> std::vector<double> {
           const double before = resident_kib();
           const Guard guard = start();
           flush(std::chrono::seconds(1));
           return {resident_kib() - before};
         })
      .front();
}

/// From the call of `init` to its return, the first in a process. Units: µs.
double first_init_us(bool active) {
  const auto once = [active]() -> std::vector<double> {
    const std::int64_t begin = wall_ns();
    const Guard guard = active ? start() : init({});
    return {static_cast<double>(wall_ns() - begin) / 1e3};
  };
  std::vector<double> took;
  for (int i = 0; i < 11; ++i) took.push_back(in_child(once).front());
  return median(took);
}

/// Beside this program.
std::filesystem::path path_of(const std::string& program) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / program;
}

/// Units: bytes.
double size_of(const std::string& program) {
  return static_cast<double>(std::filesystem::file_size(path_of(program)));
}

/// From its start to its end, the dynamic linker included. Units: µs.
double run_us(const std::string& program) {
  const std::string path = path_of(program).string();
  std::vector<double> took;
  for (int i = 0; i < 31; ++i) {
    const std::int64_t begin = wall_ns();
    const pid_t child = vfork();
    if (child == 0) {
      execl(path.c_str(), path.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) throw std::runtime_error(path + " does not run");
    took.push_back(static_cast<double>(wall_ns() - begin) / 1e3);
  }
  return median(took);
}

void run(const Arguments& arguments) {
  Report report("memory", {"what", "unit", "value"});
  const auto add = [&](const char* what, const char* unit, double value) {
    report.add({what, unit, value});
  };
  add("a scope with one tag", "bytes", bytes_of_a_scope());
  add("a fork of a scope with 3 tags and 100 breadcrumbs", "bytes", bytes_of_a_fork());
  add("a breadcrumb with a text of 43 bytes and two values", "bytes", bytes_of_a_breadcrumb());
  add("a span with op, description and one datum", "bytes", bytes_of_a_span());
  add("a client that has nothing to do, resident", "KiB", idle_kib());
  add("first init of a process without a DSN", "µs", first_init_us(false));
  add("first init of a process", "µs", first_init_us(true));
  const char* const kWith = "picket_bench_program_with";
  const char* const kWithout = "picket_bench_program_without";
  add("a stripped program that does nothing", "bytes", size_of(kWithout));
  add("what linking picket statically adds to it", "bytes", size_of(kWith) - size_of(kWithout));
  const char* const kPeer = "picket_bench_program_with_peer";
  const bool has_peer = std::filesystem::exists(path_of(kPeer));
  if (has_peer) {
    add("what linking sentry-native statically adds", "bytes", size_of(kPeer) - size_of(kWithout));
  }
  add("a run of the program that does nothing", "µs", run_us(kWithout));
  add("a run of the one that links picket and calls init without a DSN", "µs", run_us(kWith));
  if (has_peer) add("a run of the one with sentry-native, likewise", "µs", run_us(kPeer));
  report.write(arguments.json);
}

}  // namespace
}  // namespace picket::bench

int main(int argc, char** argv) {
  picket::bench::run(
      picket::bench::Arguments::parse(argc, argv, "picket_bench_memory [--quick] [--json=FILE]"));
  return 0;
}
