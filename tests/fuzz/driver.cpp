// Runs a fuzz target without a fuzzer: over every file of its corpus, then over mutations of them.
// The mutations follow from a fixed seed and are bounded in number and size, so a run is always the
// same. What made the target abort is left behind in `<program>.input`.

#include "fuzz.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int kMutations = 10'000;
constexpr std::size_t kMaxSeedSize = 4096;  // larger files are run, but cut before they are mutated
constexpr std::string_view kWords[] = {"\n",
                                       "\r\n",
                                       "{",
                                       "}",
                                       "[",
                                       "]",
                                       "\"",
                                       ":",
                                       ",",
                                       "//",
                                       "@",
                                       "-1",
                                       "0",
                                       "1e999",
                                       "\\ud800",
                                       "\xED\xA0\x80",
                                       "65536",
                                       "null",
                                       "\"type\"",
                                       "{}\n",
                                       "\"length\"",
                                       "18446744073709551615",
                                       "9223372036854775808",
                                       "[[[[[[[[",
                                       "=",
                                       ";",
                                       "%2",
                                       ",sentry-a=",
                                       "sentry-transaction"};

std::string crash_file;
std::string current;  // what the target is looking at

extern "C" void keep_current(int signal) {  // signal-safe: open, write and raise alone
  const int file = open(crash_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const ssize_t written = write(file, current.data(), current.size());
  static_cast<void>(written);  // there is nobody left to tell
  std::signal(signal, SIG_DFL);
  raise(signal);
}

void run(std::string input) {
  current = std::move(input);
  // A block of exactly that size: one byte too far is seen by the address sanitizer.
  const auto block = std::make_unique<std::uint8_t[]>(current.size());
  std::copy(current.begin(), current.end(), block.get());
  LLVMFuzzerTestOneInput(block.get(), current.size());
}

std::vector<std::string> read_corpus(int count, char** folders) {
  std::vector<std::filesystem::path> paths;
  for (int i = 0; i < count; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(folders[i])) {
      paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());  // folders are listed in no order
  std::vector<std::string> inputs;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

class Mutator {
 public:
  std::string mutate(const std::vector<std::string>& corpus) {
    std::string input = corpus[below(corpus.size())].substr(0, kMaxSeedSize);
    for (std::size_t times = 1 + below(4); times > 0; --times) change(input, corpus);
    return input;
  }

 private:
  void change(std::string& input, const std::vector<std::string>& corpus) {
    const std::size_t place = below(input.size() + 1);
    switch (below(6)) {
      case 0:
        input.resize(place);
        break;
      case 1:
        input.erase(place, 1 + below(8));
        break;
      case 2:
        input.insert(place, kWords[below(std::size(kWords))]);
        break;
      case 3:
        input.insert(place, 1, static_cast<char>(below(256)));
        break;
      case 4:
        if (place < input.size()) input[place] = static_cast<char>(below(256));
        break;
      default: {
        const std::string& other = corpus[below(corpus.size())];
        input.insert(place, other, below(other.size() + 1), below(64));
      }
    }
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::mt19937_64 random_{20260301};  // NOLINT(cert-msc51-cpp): the same on every run
};

}  // namespace

int main(int argc, char** argv) {
  crash_file = std::string(argv[0]) + ".input";
  for (const int signal : {SIGABRT, SIGSEGV}) std::signal(signal, keep_current);
  const std::vector<std::string> corpus = read_corpus(argc - 1, argv + 1);
  picket::fuzz::require(!corpus.empty(), "there is a corpus");
  run({});
  for (const std::string& input : corpus) run(input);
  Mutator mutator;
  for (int i = 0; i < kMutations; ++i) run(mutator.mutate(corpus));
  return 0;
}
