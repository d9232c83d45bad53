#include "bot/request.hpp"

#include "bot/errors.hpp"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("demo/request");

using bot::parse_request;

TEST_CASE("a line names the person, the group, the command and its arguments") {
  const auto request = parse_request("@3 large !ban_user 123456789012345678 loud  spam", 7);

  REQUIRE(request);
  CHECK(request->number == 7);
  CHECK(request->person->name == "chris");
  REQUIRE(request->group != nullptr);
  CHECK(request->group->name == "large");
  CHECK(request->command == "ban_user");
  CHECK(request->args == std::vector<std::string>{"123456789012345678", "loud", "spam"});
  CHECK(request->text_from(1) == "loud spam");
  CHECK(request->text_from(9).empty());
}

TEST_CASE("a dash stands for a private chat") {
  CHECK(parse_request("@8 - !ping", 1)->group == nullptr);
}

TEST_CASE("without person and group the first person talks in private") {
  const auto request = parse_request("  !ping", 1);

  REQUIRE(request);
  CHECK(request->person->id == "1");
  CHECK(request->group == nullptr);
  CHECK(request->args.empty());
}

TEST_CASE("blank lines and comments are no requests") {
  for (const char* line : {"", "   ", "\t", "# @3 large !ping", "  #"}) {
    CAPTURE(line);
    CHECK_FALSE(parse_request(line, 1));
  }
}

TEST_CASE("a line that makes no sense is the user's mistake") {
  for (const char* line : {"ping", "@3", "@3 large", "@3 large ping", "@13 large !ping",
                           "@ large !ping", "@3 huge !ping", "!", "@3 large ! ping"}) {
    CAPTURE(line);
    CHECK_THROWS_AS(parse_request(line, 1), bot::UserError);
  }
}

TEST_SUITE_END();
