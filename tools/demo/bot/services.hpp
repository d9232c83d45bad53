#pragma once

// What commands work with. The services start in order; each leaves a breadcrumb when it is up, and
// a report when it is not.

#include "bot/cache.hpp"
#include "bot/cases/repository.hpp"
#include "bot/cases/service.hpp"
#include "bot/chat_api.hpp"
#include "bot/conversations.hpp"
#include "bot/db/connection.hpp"
#include "bot/db/pool.hpp"
#include "bot/modules.hpp"
#include "bot/pace.hpp"
#include "bot/settings.hpp"
#include "bot/shutdown.hpp"
#include "bot/tally.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

namespace bot {

struct ServiceOptions {
  std::string database{};  // a file; empty: a temporary one
  std::size_t connections = 4;
  std::chrono::milliseconds busy_timeout{2000};
  db::Patience patience{};
  std::string chat_url{};          // empty: there is no chat platform
  std::size_t expired_cases = 0;   // to start with
  std::uint64_t repair_after = 0;  // failures until a broken database works again; 0: never
  std::set<std::string> broken{};  // of `kBreakable`
  bool trace_lifecycle = false;    // start and end are transactions; errors of the start then
                                   // belong to one, which makes them harder to find
  std::shared_ptr<Pace> pace = std::make_shared<Pace>();
};

/// `cache`: the cache does not start. `database`: a second connection keeps the database locked.
/// `tables`: the table of cases is gone. `module`: one does not load. `end`: the cache does not
/// close.
inline const std::set<std::string> kBreakable{"cache", "database", "end", "module", "tables"};

/// A file in the temporary folder that ends with its owner.
class TemporaryFile {
 public:
  TemporaryFile();
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

class Services {
 public:
  /// Errors: throws what stopped a service, reported.
  explicit Services(const ServiceOptions& options);

  /// Closes one after the other. Nobody may use them any more.
  void close(Shutdown& shutdown);

  [[nodiscard]] Cache& cache() noexcept { return *cache_; }
  [[nodiscard]] ChatApi& chat() noexcept { return *chat_; }
  [[nodiscard]] CaseService& cases() noexcept { return *case_service_; }
  [[nodiscard]] Modules& modules() noexcept { return *modules_; }
  [[nodiscard]] Conversations& conversations() noexcept { return *conversations_; }
  [[nodiscard]] Tally& tally() noexcept { return tally_; }

  /// What was done since the start, with reloads of modules. (T26, T27)
  [[nodiscard]] picket::Object stats() const;

  [[nodiscard]] Pace& pace() noexcept { return *pace_; }
  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }

 private:
  void start_database(const ServiceOptions& options);
  void lock_database(const std::string& file, std::uint64_t repair_after);
  void start_cache(const ServiceOptions& options);
  void start_modules(const ServiceOptions& options);
  void close_cache();

  Tally tally_{};
  bool breaks_at_end_ = false;

  std::shared_ptr<Pace> pace_;
  Settings settings_{{{"welcome_channel", "710000000000000001"}}};
  std::unique_ptr<TemporaryFile> temporary_;
  std::unique_ptr<db::Pool> pool_;
  std::unique_ptr<CaseRepository> repository_;
  std::unique_ptr<db::ExclusiveLock> lock_;
  std::unique_ptr<Cache> cache_;
  std::unique_ptr<ChatApi> chat_;
  std::unique_ptr<CaseService> case_service_;
  std::unique_ptr<Modules> modules_;
  std::unique_ptr<Conversations> conversations_;  // last: all begin with the notes of the start
};

}  // namespace bot
