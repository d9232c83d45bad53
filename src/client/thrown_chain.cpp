#include "client/thrown_chain.hpp"

#include "base/text.hpp"
#include "client/known_errors.hpp"
#include "protocol/trim.hpp"
#include "stacktrace/exception_info.hpp"
#include "stacktrace/throw_site.hpp"

#include <algorithm>
#include <system_error>
#include <typeinfo>

namespace picket::client {
namespace {

// A text is cut here already, so that capturing a huge `what()` stays cheap; `trim` does the rest.
constexpr std::size_t kMaxTextBytes = protocol::kMaxMessageCharacters * 4 + 1;

std::string bounded(std::string_view text) {
  return std::string(base::utf8_prefix(text, kMaxTextBytes));
}

ThrownRecord describe(const std::type_info& type, const std::exception& error) {
  ThrownRecord record;
  record.mangled_type = type.name();
  if (const char* const what = error.what()) record.value = bounded(what);
  if (const auto* const system = dynamic_cast<const std::system_error*>(&error)) {
    record.code = ThrownRecord::Code{.value = system->code().value(),
                                     .category = system->code().category().name(),
                                     .message = bounded(system->code().message())};
  }
  KnownFacts known = known_facts(error);
  record.facts = std::move(known.data);
  record.description = std::move(known.description);
  return record;
}

/// The return addresses at the throw of the exception object at `object`.
std::vector<std::uintptr_t> throw_site_of(const void* object, const std::type_info* type) {
  stacktrace::Addresses addresses;
  if (type == nullptr || !stacktrace::find_throw_site(object, *type, addresses)) return {};
  const auto view = addresses.view();
  return {view.begin(), view.end()};
}

std::exception_ptr cause_of(const std::exception* error) {
  const auto* const nested = dynamic_cast<const std::nested_exception*>(error);
  return nested == nullptr ? std::exception_ptr{} : nested->nested_ptr();
}

/// Appends `exception` and what it was nested around. The pointers on the way are kept, because a
/// cause may be owned by nobody else.
void append_chain(std::exception_ptr exception, std::vector<ThrownRecord>& chain) {
  std::vector<std::exception_ptr> seen;
  while (exception && chain.size() < kMaxChain &&
         std::find(seen.begin(), seen.end(), exception) == seen.end()) {
    seen.push_back(exception);
    const stacktrace::ThrownObject thrown = stacktrace::inspect(exception);
    const std::exception* const error = thrown.as_std_exception;
    if (error != nullptr) {
      chain.push_back(describe(*thrown.type, *error));
      exception = cause_of(error);
    } else {
      ThrownRecord record;
      if (thrown.type != nullptr) record.mangled_type = thrown.type->name();
      record.value = bounded(stacktrace::describe_value(thrown));
      if (record.value.empty()) record.value = "(not derived from std::exception)";  // S4.7
      chain.push_back(std::move(record));
      exception = nullptr;
    }
    chain.back().throw_site = throw_site_of(thrown.object, thrown.type);
  }
}

}  // namespace

std::vector<ThrownRecord> thrown_chain(const std::exception_ptr& exception) {
  std::vector<ThrownRecord> chain;
  append_chain(exception, chain);
  return chain;
}

std::vector<ThrownRecord> thrown_chain(const std::exception& exception) {
  std::vector<ThrownRecord> chain;
  chain.push_back(describe(typeid(exception), exception));
  // Only an object that was thrown is found; not each reference is to one.
  chain.back().throw_site =
      throw_site_of(dynamic_cast<const void*>(&exception), &typeid(exception));
  append_chain(cause_of(&exception), chain);
  return chain;
}

std::exception_ptr current_if_same(const std::exception& error) noexcept {
  std::exception_ptr current = std::current_exception();
  if (!current) return nullptr;
  return stacktrace::inspect(current).as_std_exception == &error ? current : nullptr;
}

}  // namespace picket::client
