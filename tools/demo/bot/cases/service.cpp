#include "bot/cases/service.hpp"

#include "bot/errors.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bot {

namespace {

void require_id(const std::string& user_id) {
  const bool digits = std::ranges::all_of(user_id, [](char c) { return c >= '0' && c <= '9'; });
  if (user_id.empty() || user_id.size() > 20 || !digits) {
    throw UserError(fmt::format("'{}' is not a user id", user_id));
  }
}

std::string summary(const std::vector<Case>& cases) {
  if (cases.empty()) return "no cases";
  std::string text = fmt::format("{} cases:", cases.size());
  for (const Case& item : cases) text += fmt::format(" {} ({})", item.kind, item.reason);
  return text;
}

}  // namespace

[[gnu::noinline]] std::string CaseService::history(const std::string& user_id,
                                                   const Person& actor) {
  require_id(user_id);
  if (auto known = cache_.find(user_id)) return *known;
  std::string text = summary(repository_.find_by_user(user_id, actor.id));
  cache_.store(user_id, text);
  return text;
}

[[gnu::noinline]] bool CaseService::ban(const std::string& user_id, const std::string& reason,
                                        const Person& actor) {
  require_id(user_id);
  if (reason.empty()) throw UserError("a ban needs a reason");
  if (actor.role != Role::moderator) throw UserError("only moderators may ban");
  const std::size_t earlier = repository_.find_by_user(user_id, actor.id).size();
  repository_.insert_ban(user_id, reason, actor.id);
  cache_.forget(user_id);
  if (!chat_.is_configured()) return false;
  const std::string text = fmt::format("{} ({} earlier cases)", reason, earlier);
  return is_delivered([&] { chat_.send_dm(user_id, "ban", text); });
}

[[gnu::noinline]] std::size_t CaseService::remove_expired() {
  const std::size_t count = repository_.delete_expired();
  cache_.clear();
  return count;
}

[[gnu::noinline]] std::string CaseService::appeals(const Person& actor) {
  return summary(repository_.find_appeals(actor.id));
}

}  // namespace bot
