#include "bot/services.hpp"

#include "picket/picket.hpp"
#include "picket/task.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <unistd.h>

namespace bot {

namespace {

/// Runs one start step of the service `Service`; its span tells how it went. (T26)
template <class Service, class Step>
void start(std::string_view name, Step&& step) {
  auto span = picket::start_span({.op = "setup", .description = picket::type_name<Service>()});
  try {
    picket::init_service<Service>(name, step);
    span.set_data("setup.status", "success");
  } catch (const std::exception& error) {
    span.set_data("setup.status", "failed")
        .set_data("setup.error", error.what())
        .set_data("setup.error_type", picket::type_name(typeid(error)));
    throw;
  }
}

void tell_complete() {
  picket::configure_global_scope(
      [](picket::Scope& scope) { scope.set_tag("setup_complete", true); });
}

}  // namespace

TemporaryFile::TemporaryFile()
    : path_((std::filesystem::temp_directory_path() / "picket-bot-XXXXXX").string()) {
  const int descriptor = mkstemp(path_.data());
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), path_);
  close(descriptor);
}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

Services::Services(const ServiceOptions& options)
    : breaks_at_end_(options.broken.contains("end")), pace_(options.pace) {
  {
    const auto setup = options.trace_lifecycle
                           ? picket::start_transaction({.op = "lifecycle", .name = "setup"})
                           : picket::Transaction();
    start<db::Pool>("open", [&] { start_database(options); });
    start<Cache>("connect", [&] { start_cache(options); });
    start<Modules>("load", [&] { start_modules(options); });
  }
  tell_complete();
  conversations_ = std::make_unique<Conversations>();
}

void Services::close(Shutdown& shutdown) {
  shutdown.phase("chat", [&] { chat_.reset(); });
  shutdown.phase("cache", [&] { close_cache(); });
  shutdown.phase("database", [&] { lock_.reset(); });
}

void Services::close_cache() {
  if (breaks_at_end_) throw CacheError("the cache does not close");
  cache_->disconnect();
}

picket::Object Services::stats() const {
  picket::Object stats = to_context(tally_);
  stats.set("reloads", to_context(modules_->reloads()));
  return stats;
}

void Services::start_database(const ServiceOptions& options) {
  std::string file = options.database;
  if (file.empty()) {
    temporary_ = std::make_unique<TemporaryFile>();
    file = temporary_->path();
  }
  pool_ =
      std::make_unique<db::Pool>(file, options.connections, options.busy_timeout, options.patience);
  repository_ = std::make_unique<CaseRepository>(*pool_);
  repository_->create_schema();
  repository_->insert_expired(options.expired_cases);
  if (options.broken.contains("tables")) repository_->drop_schema();
  if (options.broken.contains("database")) lock_database(file, options.repair_after);
}

void Services::lock_database(const std::string& file, std::uint64_t repair_after) {
  lock_ = std::make_unique<db::ExclusiveLock>(file);
  pool_->on_failure([this, repair_after](std::uint64_t failures) {
    if (failures == repair_after) lock_.reset();
  });
}

void Services::start_cache(const ServiceOptions& options) {
  constexpr std::size_t kCapacity = 256;
  if (options.broken.contains("cache")) throw CacheError("the cache refused the connection");
  cache_ = std::make_unique<Cache>(kCapacity);
  chat_ = std::make_unique<ChatApi>(options.chat_url);
  case_service_ = std::make_unique<CaseService>(*repository_, *cache_, *chat_);
}

void Services::start_modules(const ServiceOptions& options) {
  modules_ = std::make_unique<Modules>(settings_, options.broken.contains("module") ? "fun" : "");
}

}  // namespace bot
