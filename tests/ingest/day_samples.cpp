#include "ingest/day_samples.hpp"

namespace picket::ingest::tests {
namespace {

const Object kModeration{
    {"feature", "moderation"}, {"guild_size", "large"}, {"command_type", "moderation"}};
const Object kUtility{{"feature", "search"}, {"guild_size", "small"}, {"command_type", "utility"}};

Object with(Object tags, std::string_view key, std::string_view value) {
  tags.set(key, value);
  return tags;
}

// Twenty bans by two users; the database fails in some.
void send_bans(Day& day, int failures) {
  for (int i = 0; i < 20; ++i) {
    const double at = 10.0 * i, took = 40 + i;
    const bool failed = i < failures;
    const std::string user = i % 2 == 0 ? "1" : "2";
    day.send(DayTransaction{.from = at,
                            .milliseconds = took,
                            .name = "ban_user",
                            .status = failed ? "internal_error" : "ok",
                            .command = "ban_user",
                            .user = user,
                            .tags = kModeration,
                            .spans = {{.op = "database",
                                       .description = "fetch_user_cases",
                                       .from = at,
                                       .milliseconds = 10.0 + i},
                                      {.op = "discord_api",
                                       .description = "send_dm",
                                       .from = at + 0.02,
                                       .milliseconds = 15}}});
    day.command(at + took / 1000, "ban_user", took, failed ? "failed" : "ok");
    if (!failed) continue;
    day.send(DayError{.at = at + 0.02,
                      .type = "QueryError",
                      .value = fmt::format("case {} is locked", i),
                      .command = "ban_user",
                      .user = user,
                      .tags = with(kModeration, "error.type", "database")});
  }
}

// Mistakes of users make no errors; other services do.
void send_searches(Day& day) {
  for (int i = 0; i < 6; ++i) {
    day.send(
        DayTransaction{.from = 300.0 + i,
                       .milliseconds = 120,
                       .name = "search",
                       .command = "search",
                       .user = "3",
                       .tags = kUtility,
                       .spans = {{.op = "http.client",
                                  .description = "GET /search",
                                  .from = 300.0 + i,
                                  .milliseconds = 100,
                                  .data = {{"http.response.status_code", i == 0 ? 500 : 200}}}}});
    day.command(300.12 + i, "search", 120, i == 0 ? "failed" : i == 1 ? "user_error" : "ok");
  }
  day.send(DayError{.at = 300.1,
                    .type = "ApiError",
                    .command = "search",
                    .user = "3",
                    .tags = with(kUtility, "error.type", "api"),
                    .more = {{"fingerprint", List{"search", "{{ default }}"}}}});
}

}  // namespace

void send_a_day(Day& day) {
  day.release = "bot@1.0.0";
  send_bans(day, 1);
  send_searches(day);
  day.command(310, "ping", 1.5);
  day.command(311, "ping", 2.5);
  day.command(312, "reload", -1, "failed");  // its start was never told
  day.send_metrics();
  day.release = "bot@1.1.0";
  send_bans(day, 4);
  day.send_metrics();
  // A task: no command, no user.
  day.send(DayTransaction{.from = 400, .milliseconds = 2000, .op = "task", .name = "cleanup"});
  day.send(DayError{.at = 402, .type = "bad_alloc", .value = "std::bad_alloc"});
  day.send(DayError{.at = 403,
                    .more = {{"exception", nullptr},
                             {"logentry", Object{{"message", "queue of %s is full"},
                                                 {"formatted", "queue of mail is full"}}}}});
  day.send(DayError{.at = 404, .more = {{"level", "warning"}}});  // no error
}

}  // namespace picket::ingest::tests
