#include "client/admission_storm.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace picket::client {
namespace {

/// Of an error without a fingerprint.
std::uint64_t default_hash(const Candidate& candidate) {
  std::uint64_t key = join_hashes(hash_of_site(candidate.location), hash_of_type(candidate));
  if (candidate.type != nullptr || candidate.outermost() != nullptr) return key;
  key = join_hashes(key, static_cast<std::uint64_t>(candidate.level));
  const auto* const entry =
      candidate.event != nullptr && candidate.event->message ? &*candidate.event->message : nullptr;
  if (entry == nullptr) return join_hashes(key, hash(candidate.message));
  // Where there is a template, that is what groups.
  return join_hashes(key, hash(entry->message.empty() ? entry->formatted : entry->message));
}

/// `{{ default }}` stands for what there would be without a fingerprint. Spec: P3.15.
bool is_default(std::string_view part) noexcept {
  if (!part.starts_with("{{") || !part.ends_with("}}") || part.size() < 4) return false;
  return base::trim(part.substr(2, part.size() - 4)) == "default";
}

std::uint64_t hash_of(const std::vector<std::string>& fingerprint, const Candidate& candidate) {
  std::uint64_t key = fingerprint.size();
  for (const std::string& part : fingerprint) {
    key = join_hashes(key, is_default(part) ? default_hash(candidate) : hash(part));
  }
  return key;
}

std::uint64_t key_of(const Candidate& candidate) {
  if (!candidate.options.fingerprint.empty()) {
    return hash_of(candidate.options.fingerprint, candidate);
  }
  if (candidate.event != nullptr && !candidate.event->fingerprint.empty()) {
    return hash_of(candidate.event->fingerprint, candidate);
  }
  for (const scope::ScopeState* const scope : candidate.scopes) {
    if (scope == nullptr) continue;
    const auto data = scope->snapshot().data;
    if (data && !data->fingerprint.empty()) return hash_of(data->fingerprint, candidate);
  }
  return default_hash(candidate);
}

}  // namespace

std::uint64_t StormControl::count(const Candidate& candidate) {
  const std::uint64_t key = key_of(candidate);
  const std::lock_guard lock(mutex_);
  return ++seen_.use(key);
}

bool StormControl::leaves(std::uint64_t number) noexcept {
  while (number >= 10 && number % 10 == 0) number /= 10;
  return number == 1;
}

}  // namespace picket::client
