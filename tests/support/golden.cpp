#include "support/golden.hpp"

#include "picket/json.hpp"

#include <fstream>
#include <iterator>

namespace picket::test {
namespace {

std::string join(const std::string& path, std::string_view step) {
  return path.empty() ? std::string(step) : path + "." + std::string(step);
}

std::string mismatch_at(const std::string& path, const std::string& expected,
                        const std::string& actual) {
  return (path.empty() ? "(top)" : path) + ": expected " + expected + ", got " + actual;
}

std::string difference_at(const std::string& path, const Value& expected, const Value& actual);

std::string object_difference(const std::string& path, const Object& expected,
                              const Object& actual) {
  for (const Member& member : expected) {
    const std::string at = join(path, member.key);
    const Value* const other = actual.find(member.key);
    if (other == nullptr) return mismatch_at(at, to_json(member.value), "nothing");
    std::string found = difference_at(at, member.value, *other);
    if (!found.empty()) return found;
  }
  for (const Member& member : actual) {
    if (expected.contains(member.key)) continue;
    return mismatch_at(join(path, member.key), "nothing", to_json(member.value));
  }
  return {};
}

std::string list_difference(const std::string& path, const List& expected, const List& actual) {
  if (expected.size() != actual.size()) {
    return mismatch_at(path, std::to_string(expected.size()) + " items",
                       std::to_string(actual.size()));
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    std::string found = difference_at(join(path, std::to_string(i)), expected[i], actual[i]);
    if (!found.empty()) return found;
  }
  return {};
}

std::string difference_at(const std::string& path, const Value& expected, const Value& actual) {
  if (expected.as_object() != nullptr && actual.as_object() != nullptr) {
    return object_difference(path, *expected.as_object(), *actual.as_object());
  }
  if (expected.as_list() != nullptr && actual.as_list() != nullptr) {
    return list_difference(path, *expected.as_list(), *actual.as_list());
  }
  if (expected == actual) return {};
  return mismatch_at(path, to_json(expected), to_json(actual));
}

}  // namespace

std::string difference(const Value& expected, const Value& actual) {
  return difference_at({}, expected, actual);
}

std::string golden_difference(std::string_view name, std::string_view json) {
  const std::string path = std::string(PICKET_TESTS_DIR) + "/golden/" + std::string(name);
  std::ifstream file(path, std::ios::binary);
  if (!file) return "no golden file " + path + " for " + std::string(json);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const Result<Value> expected = parse_json(text);
  if (!expected) return path + ": " + expected.error().message;
  const Result<Value> actual = parse_json(json);
  if (!actual) return "the payload is no JSON, " + actual.error().message;
  std::string found = difference(*expected, *actual);
  if (!found.empty()) found.append("\nin ").append(json);
  return found;
}

}  // namespace picket::test
