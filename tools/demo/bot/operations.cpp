#include "bot/operations.hpp"

#include "bot/errors.hpp"
#include "bot/leak.hpp"
#include "bot/request.hpp"
#include "bot/tasks.hpp"
#include "picket/captures.hpp"
#include "picket/picket.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <vector>

#include <fmt/format.h>

namespace bot {

namespace {

using Words = std::vector<std::string>;

std::string cleanup(Services& services, const Words&) {
  try {
    return fmt::format("cleanup: deleted {} records", tasks::cleanup(services));
  } catch (const std::exception&) {
    return "cleanup failed";
  }
}

std::string probe(Services&, const Words& words) {
  tasks::probe(words[1], words[2], number_of<std::size_t>(words[3]));
  return fmt::format("did {} {} times", words[2], words[3]);
}

std::string break_something(Services& services, const Words& words) {
  if (words[1] != "cache") throw UserError(fmt::format("{} cannot be broken", words[1]));
  services.cache().disconnect();
  return "the cache is gone";
}

std::string advance(Services& services, const Words& words) {
  if (!services.pace().is_manual()) throw UserError("the clock moves by itself");
  const std::chrono::duration<double> time(number_of<double>(words[1]));
  services.pace().pass(std::chrono::duration_cast<std::chrono::microseconds>(time));
  return fmt::format("it is {} s later", words[1]);
}

std::string say(Services&, const Words& words) {
  const auto level = picket::parse_level(words[1]);
  if (!level) throw UserError(fmt::format("there is no level '{}'", words[1]));
  picket::capture_message(text_of(words, 2), *level);
  return "said";
}

std::string db_errors(Services&, const Words& words) {
  const auto count = number_of<std::size_t>(words[1]);
  for (std::size_t i = 0; i < count; ++i) {
    try {
      throw DatabaseError(fmt::format("the database is away, {}", i + 1));
    } catch (const DatabaseError& error) {
      picket::capture_database_error(error, {.operation = "fetch", .table = "cases"});
    }
  }
  return fmt::format("{} database errors", count);
}

/// The platform hangs up now and then; worth a line, not an error. (T26)
std::string disconnect(Services& services, const Words&) {
  const picket::Object stats = services.stats();
  picket::capture_message("disconnected from the chat platform", picket::Level::info,
                          {.contexts = {{"bot_stats", stats}}});
  return "disconnected";
}

std::string leak_secrets(Services&, const Words&) {
  leak();
  return "leaked";
}

struct Operation {
  std::string_view name;
  std::size_t least;  // words, with the name
  std::size_t most;
  std::string (*run)(Services&, const Words&);
};

constexpr std::size_t kMany = 1000;
constexpr std::array kOperations{
    Operation{"advance", 2, 2, advance},       Operation{"break", 2, 2, break_something},
    Operation{"cleanup", 1, 1, cleanup},       Operation{"db_errors", 2, 2, db_errors},
    Operation{"disconnect", 1, 1, disconnect}, Operation{"leak", 1, 1, leak_secrets},
    Operation{"probe", 4, 4, probe},           Operation{"say", 3, kMany, say},
};

}  // namespace

std::string operate(Services& services, std::string_view line) {
  const Words words = words_of(line.substr(1));
  const auto found = std::ranges::find_if(kOperations, [&](const Operation& operation) {
    return !words.empty() && operation.name == words[0] && words.size() >= operation.least &&
           words.size() <= operation.most;
  });
  if (found == kOperations.end()) throw UserError(fmt::format("there is no operation {}", line));
  return found->run(services, words);
}

}  // namespace bot
