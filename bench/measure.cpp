#include "measure.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>

namespace picket::bench {
namespace {

std::int64_t read_clock(clockid_t clock) noexcept {
  timespec time{};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

[[noreturn]] void run_and_tell(const std::function<std::vector<double>()>& work, int channel) {
  try {
    const std::vector<double> values = work();
    const std::size_t size = values.size() * sizeof(double);
    const bool told = write(channel, values.data(), size) == static_cast<ssize_t>(size);
    std::_Exit(told ? 0 : 1);
  } catch (const std::exception&) {
    std::_Exit(2);
  }
}

}  // namespace

std::int64_t wall_ns() noexcept { return read_clock(CLOCK_MONOTONIC); }
std::int64_t thread_cpu_ns() noexcept { return read_clock(CLOCK_THREAD_CPUTIME_ID); }
std::int64_t process_cpu_ns() noexcept { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

Took cost_of_the_clocks() {
  static const Took cost = [] {
    std::vector<double> cpu, wall;
    for (int i = 0; i < 201; ++i) {
      const std::int64_t wall_begin = wall_ns();
      const std::int64_t cpu_begin = thread_cpu_ns();
      cpu.push_back(static_cast<double>(thread_cpu_ns() - cpu_begin));
      wall.push_back(static_cast<double>(wall_ns() - wall_begin));
    }
    return Took{median(cpu), median(wall)};
  }();
  return cost;
}

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto last = static_cast<double>(values.size() - 1);
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(share * last + 0.5);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

double resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6));
  }
  throw std::runtime_error("no VmRSS in /proc/self/status");
}

std::vector<double> in_child(const std::function<std::vector<double>()>& work) {
  int channel[2];
  if (pipe(channel) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(channel[0]);
    run_and_tell(work, channel[1]);
  }
  close(channel[1]);
  std::vector<double> values;
  for (double one = 0; read(channel[0], &one, sizeof one) == sizeof one;) values.push_back(one);
  close(channel[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("a process that measures failed");
  return values;
}

}  // namespace picket::bench
