#include "driver/steps.hpp"

#include <array>

namespace demo {

namespace {

constexpr std::array kSteps{
    Step{"D1", "without a DSN the bot behaves the same",
         "no connection; replies and exit code as with monitoring", true,
         no_dsn},  // S1.1 S3.5 S4.5 S6.8 S12.1
    Step{"D2", "a broken DSN is told, and does no harm",
         "one line with the reason, key masked; the bot works", true, broken_dsn},  // S3.6
    Step{"D3", "environment, release and debug mode",
         "both on every item; the log shows the options", true,
         configured},  // S3.1 S3.2 S3.3 S3.4 S12.5
    Step{"D4", "services start, or say why not",
         "breadcrumbs of the start; class and step of the failure", true,
         services_start},  // S7.5 S7.6 T26
    Step{"D5", "a ban, its trace across two services",
         "one trace of 15 spans; user, command and tags on all", true,
         ban_across_services},  // S5.1 S5.2 S5.4 S5.6 S5.7 S5.8 S6.1 S6.2 S6.3 S6.4 S6.5
    Step{"D6", "the user's own mistakes are not reported",
         "two replies, nothing sent, user-error count 2", true, user_errors},  // S7.2 S11.2 T22
    Step{"D7", "a database that fails twice, then works",
         "one transaction with three attempts, no error", true, transient_failures},  // T25 S6.5
    Step{"D8", "a dead database, captured three times",
         "one error with pool figures, in its command's trace", true,
         dead_database},  // S4.6 S4.9 S5.6 S5.9 S6.7 S7.3 S7.4
    Step{"D9", "200, 404, 403, 500, refused", "errors for 500 and refused alone, spans with status",
         true, api_answers},  // S4.10 T8 T21
    Step{"D10", "a module fails to load", "one module error; a missing module is a user error",
         true, module_error},  // S4.11
    Step{"D11", "a required setting is missing", "severity, code, user-facing flag, ids as text",
         true, domain_error},  // S4.12
    Step{"D12", "a background task, healthy and failing",
         "42 records; then one error; no user on either", true,
         background_task},  // S7.7 S7.8 S5.11
    Step{"D13", "a command outside a group fails", "guild_id is null in extra", true,
         outside_a_group},  // S7.3
    Step{"D14", "filters drop what is no news", "the normal error alone; before_send counts 3",
         true, filters_on},  // S8.1 S8.2 S8.3 S8.4 S8.5 S8.10
    Step{"D15", "sampling rules, 2260 transactions",
         "100, 10, 50, 20 and 1 kept; errors unaffected", true,
         sampling_rules},  // S8.7 S8.8 S8.9 T16
    Step{"D16", "500 equal errors, at most 5 a minute", "5; a minute later one that tells of 495",
         true, error_limit},  // S12.2 S12.3 S11.4
    Step{"D17", "120 notes, a cap of 50", "the last 50 in order", true, breadcrumb_cap},  // S13.2
    Step{"D18", "a temporary scope, left by an exception", "its data on the inner event alone",
         true, temporary_scope},  // S13.3 S4.3
    Step{"D19", "an error full of secrets", "no secret in any byte received; masks instead", true,
         secrets_stay},  // S14.1 S14.3 S14.4 T14
    Step{"D20", "three alerts, at the bot and at the server",
         "each raised once, over a minute later, both alike", true, alerts_agree},  // S10.7 S10.8
    Step{"D21", "8 threads, 12 users, 2000 commands",
         "every item's user, command and tags belong together", true, many_threads},  // S5.11 S6.13
    Step{"D22", "503, 429 and a limit on errors",
         "tried again, once each; silence kept; losses told", false, server_faults},  // S2.2 S8.10
    Step{"D23", "the server is away during a burst",
         "same speed, flat memory, every loss accounted for", false, server_outage},  // S2.5 S13.5
    Step{"D24", "a release that fails more often",
         "both rates in the release widget; all five filled", true, two_releases},  // S10.9 S10.10
    Step{"D25", "key figures, at the bot and at the server",
         "command, export and server tell the same", true,
         figures_agree},  // S10.1 S10.2 S10.3 S10.4 S10.5 S10.6
    Step{"D26", "SIGTERM while commands run",
         "message, shutdown with phases, all sent, exit code 130", true,
         ended_by_signal},  // T20 T26 S3.8
    Step{"D27", "the same script off, on, server dead", "three times and their ratio", false,
         speed_compared},  // S13.4
    // Last: it looks at what all others have received.
    Step{"JSON", "events fit the published schema", "no complaint", true, fits_the_schema},
};

}  // namespace

std::span<const Step> all_steps() { return kSteps; }

}  // namespace demo
