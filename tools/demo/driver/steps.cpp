#include "driver/steps.hpp"

#include <array>

namespace demo {

namespace {

constexpr std::array kSteps{
    Step{"D1", "without a DSN the bot behaves the same", true, no_dsn},
    Step{"D2", "a broken DSN is told, and does no harm", true, broken_dsn},
    Step{"D3", "environment, release and debug mode", true, configured},
    Step{"D4", "services start, or say why not", true, services_start},
    Step{"D5", "a ban, its trace across two services", true, ban_across_services},
    Step{"D6", "the user's own mistakes are not reported", true, user_errors},
    Step{"D7", "a database that fails twice, then works", true, transient_failures},
    Step{"D8", "a dead database, captured three times", true, dead_database},
    Step{"D9", "200, 404, 403, 500, refused", true, api_answers},
    Step{"D10", "a module fails to load", true, module_error},
    Step{"D11", "a required setting is missing", true, domain_error},
    Step{"D12", "a background task, healthy and failing", true, background_task},
    Step{"D13", "a command outside a group fails", true, outside_a_group},
    Step{"D15", "sampling rules, 2260 transactions", true, sampling_rules},
    Step{"D17", "120 notes, a cap of 50", true, breadcrumb_cap},
    Step{"D18", "a temporary scope, left by an exception", true, temporary_scope},
    Step{"D21", "8 threads, 12 users, 2000 commands", true, many_threads},
    Step{"D22", "503, 429 and a limit on errors", false, server_faults},
    Step{"D23", "the server is away during a burst", false, server_outage},
    // Last: it looks at what all others have received.
    Step{"JSON", "events fit the published schema", true, fits_the_schema},
};

}  // namespace

std::span<const Step> all_steps() { return kSteps; }

}  // namespace demo
