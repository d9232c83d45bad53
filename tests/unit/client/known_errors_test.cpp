#include "client/known_errors.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <new>
#include <regex>
#include <stdexcept>
#include <variant>

namespace picket::client {
namespace {

template <class Work>
KnownFacts facts_of(Work&& work) {
  try {
    work();
  } catch (const std::exception& error) {
    return known_facts(error);
  }
  return {};
}

TEST_SUITE("client/known_errors") {
  TEST_CASE("a filesystem_error tells its paths") {  // S4.7
    const KnownFacts one =
        facts_of([] { static_cast<void>(std::filesystem::file_size("/does/not/exist")); });
    CHECK(*one.data.find("path1") == Value("/does/not/exist"));
    CHECK(one.data.find("path2") == nullptr);
    const KnownFacts two = facts_of([] { std::filesystem::rename("/no/a", "/no/b"); });
    CHECK(*two.data.find("path2") == Value("/no/b"));
  }

  TEST_CASE("the code of a regex_error is told in words") {  // S4.7
    const KnownFacts facts = facts_of([] { const std::regex expression("(unfinished"); });
    CHECK(*facts.data.find("code") == Value("error_paren"));
    CHECK(facts.description == "a ( has no ), or the other way round");
  }

  TEST_CASE("a future_error tells its code") {  // S4.7
    const KnownFacts facts = facts_of([] {
      std::promise<int> promise;
      promise.set_value(1);
      promise.set_value(2);
    });
    CHECK(*facts.data.find("category") == Value("future"));
    CHECK(*facts.data.find("code") ==
          Value(static_cast<int>(std::future_errc::promise_already_satisfied)));
    CHECK_FALSE(facts.data.find("message")->as_text()->empty());
  }

  TEST_CASE("what says little by itself is explained") {  // S4.7
    CHECK(facts_of([] { throw std::bad_alloc(); }).description ==
          "memory was asked for and not to be had");
    const std::variant<int, float> number(1);
    CHECK(facts_of([&] { static_cast<void>(std::get<float>(number)); }).description ==
          "a variant holds another alternative than was asked for, or none");
    CHECK(facts_of([] { std::function<void()>()(); }).description ==
          "an empty function was called");
    CHECK(facts_of([] {
            std::ifstream stream;
            stream.exceptions(std::ios::failbit);
            stream.open("/does/not/exist");
          }).description == "a stream failed that was told to throw");
  }

  TEST_CASE("of other exceptions nothing is added") {
    const KnownFacts facts = known_facts(std::runtime_error("x"));
    CHECK(facts.data.empty());
    CHECK(facts.description.empty());
  }
}

}  // namespace
}  // namespace picket::client
