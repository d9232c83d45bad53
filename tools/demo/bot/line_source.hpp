#pragma once

// The lines that the bot is given, from a file or from standard input. Whoever waits for one can be
// told to stop.

#include <cstddef>
#include <string>

namespace bot {

class LineSource {
 public:
  /// Reads `file`; empty: standard input.
  /// Errors: throws `std::system_error` when there is no such file.
  explicit LineSource(const std::string& file);
  ~LineSource();
  LineSource(const LineSource&) = delete;
  LineSource& operator=(const LineSource&) = delete;

  /// Waits for a line; false at the end of the input, and once it was stopped.
  /// Threads: one.
  bool next(std::string& line);

  /// Threads: any.
  void stop() const noexcept;

 private:
  bool take_line(std::string& line);
  bool wait() const;  // false: stopped
  bool read_more();   // false: the end of the input

  int input_;
  int stop_;  // an eventfd, readable once it was stopped
  std::string buffer_{};
  std::size_t searched_ = 0;  // of `buffer_`, without a line end
};

}  // namespace bot
