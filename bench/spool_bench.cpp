// What a spool costs at the start: how long `init` takes while so many envelopes lie on disk, left
// behind by a process that is gone, and how long until the first of them has been sent.
//
//   picket_bench_spool [envelopes, by default 100000]     prints a table, as Markdown

#include "picket/picket.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kStarts = 21;

class Away final : public picket::Transport {
 public:
  picket::TransportResponse send(std::string_view) override { return {.error = "no network"}; }
};

class Counting final : public picket::Transport {
 public:
  picket::TransportResponse send(std::string_view) override {
    sent = true;
    return {.status = 200};
  }
  std::atomic<bool> sent{false};
};

picket::Options options(const std::string& directory,
                        std::shared_ptr<picket::Transport> transport) {
  picket::Options made;
  made.dsn = "http://key@127.0.0.1:9/1";
  made.logger = [](picket::Level, std::string_view) {};
  made.transport = std::move(transport);
  made.max_queue_items = 10'000;
  made.spool_directory = directory;
  made.spool_max_items = 1'000'000;
  made.spool_max_bytes = std::size_t{1} << 32U;
  return made;
}

/// In a process of its own, which then is gone.
void fill(const std::string& directory, int envelopes) {
  const pid_t filler = fork();
  if (filler == 0) {
    const auto guard = picket::init(options(directory, std::make_shared<Away>()));
    for (int i = 0; i < envelopes; ++i) {
      picket::capture_message("left behind " + std::to_string(i));
      if (i % 1000 == 999 && !picket::flush(60s)) std::_Exit(1);
    }
    std::_Exit(picket::flush_to_spool(60s) ? 0 : 1);
  }
  int status = 0;
  waitpid(filler, &status, 0);
  if (status != 0) throw std::runtime_error("the spool could not be filled");
}

double megabytes_in(const std::string& directory) {
  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    bytes += file.file_size();
  }
  return static_cast<double>(bytes) / (1024.0 * 1024.0);
}

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// One start, in a process of its own. The time of `init`, or until the first envelope is sent.
double start(const std::string& directory, bool until_sent) {
  int channel[2];
  if (pipe(channel) != 0) throw std::runtime_error("no pipe");
  const pid_t starter = fork();
  if (starter == 0) {
    const auto transport = std::make_shared<Counting>();
    const auto begin = Clock::now();
    const auto guard = picket::init(options(directory, transport));
    while (until_sent && !transport->sent) std::this_thread::sleep_for(100us);
    const double took = milliseconds(Clock::now() - begin);
    std::_Exit(write(channel[1], &took, sizeof took) == sizeof took ? 0 : 1);
  }
  double took = 0;
  const bool told = read(channel[0], &took, sizeof took) == sizeof took;
  waitpid(starter, nullptr, 0);
  close(channel[0]);
  close(channel[1]);
  if (!told) throw std::runtime_error("a start failed");
  return took;
}

void measure(int envelopes) {
  std::string directory = (std::filesystem::temp_directory_path() / "picket-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr) throw std::runtime_error("no directory");
  if (envelopes > 0) fill(directory, envelopes);
  const double size = megabytes_in(directory);
  std::vector<double> starts;
  for (int i = 0; i < kStarts; ++i) starts.push_back(start(directory, false));
  std::sort(starts.begin(), starts.end());
  std::printf("| %d | %.1f | %.2f | %.2f | ", envelopes, size, starts[kStarts / 2], starts.back());
  if (envelopes > 0) {
    std::printf("%.0f |\n", start(directory, true));
  } else {
    std::printf("– |\n");
  }
  std::fflush(stdout);
  std::filesystem::remove_all(directory);
}

}  // namespace

int main(int argc, char** argv) {
  const int envelopes = argc > 1 ? std::max(1, std::atoi(argv[1])) : 100'000;
  std::printf(
      "| envelopes on disk | MiB | init, median, ms | init, longest of %d, ms | first of them "
      "sent after, ms |\n|--:|--:|--:|--:|--:|\n",
      kStarts);
  for (const int count : {0, envelopes / 100, envelopes}) measure(count);
  return 0;
}
