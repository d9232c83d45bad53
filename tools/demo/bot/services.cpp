#include "bot/services.hpp"

#include "bot/report.hpp"
#include "bot/type_name.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <unistd.h>

namespace bot {

namespace {

/// Runs one start step of the service `Service`, and tells how it went.
template <class Service, class Step>
void start(std::string_view step_name, Step&& step) {
  const std::string name = bare_name(typeid(Service));
  try {
    step();
  } catch (const std::exception& error) {
    report::service_failed(error, name, step_name);
    throw;
  }
  report::service_started(name);
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

Services::Services(const ServiceOptions& options) : pace_(options.pace) {
  start<db::Pool>("open", [&] { start_database(options); });
  start<Cache>("connect", [&] { start_cache(options); });
  start<Modules>("load", [&] { start_modules(); });
  conversations_ = std::make_unique<Conversations>();
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

void Services::start_modules() { modules_ = std::make_unique<Modules>(); }

}  // namespace bot
