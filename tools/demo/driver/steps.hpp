#pragma once

// The story of the demo. A step is a function that runs the programs and checks what came of it;
// a new one is such a function and a row in `steps.cpp`.

#include "driver/stage.hpp"

#include <span>
#include <string_view>

namespace demo {

struct Step {
  std::string_view id;
  std::string_view what;
  std::string_view expected;  // in a few words
  bool is_quick;              // takes less than a second or so
  void (*play)(Stage&);
};

/// In the order in which they are played.
std::span<const Step> all_steps();

// steps/off.cpp
void no_dsn(Stage& stage);
void broken_dsn(Stage& stage);
void configured(Stage& stage);

// steps/start.cpp
void services_start(Stage& stage);

// steps/ban.cpp
void ban_across_services(Stage& stage);

// steps/commands.cpp
void user_errors(Stage& stage);
void module_error(Stage& stage);
void domain_error(Stage& stage);
void outside_a_group(Stage& stage);

// steps/nested.cpp
void dead_database(Stage& stage);

// steps/retry.cpp
void transient_failures(Stage& stage);

// steps/search.cpp
void api_answers(Stage& stage);

// steps/tasks.cpp
void background_task(Stage& stage);

// steps/sampling.cpp
void sampling_rules(Stage& stage);

// steps/scopes.cpp
void breadcrumb_cap(Stage& stage);
void temporary_scope(Stage& stage);

// steps/threads.cpp
void many_threads(Stage& stage);

// steps/network.cpp
void server_faults(Stage& stage);

// steps/outage.cpp
void server_outage(Stage& stage);

// steps/filters.cpp
void filters_on(Stage& stage);
void error_limit(Stage& stage);

// steps/secrets.cpp
void secrets_stay(Stage& stage);

// steps/alerts.cpp
void alerts_agree(Stage& stage);

// steps/releases.cpp
void two_releases(Stage& stage);

// steps/figures.cpp
void figures_agree(Stage& stage);

// steps/shutdown.cpp
void ended_by_signal(Stage& stage);

// steps/speed.cpp
void speed_compared(Stage& stage);

// steps/schema.cpp
void fits_the_schema(Stage& stage);

}  // namespace demo
