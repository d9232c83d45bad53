#pragma once

// Everything for services that run commands: `picket.hpp`, the captures for kinds of failures,
// commands and tasks, the error policy, metrics, log records, alerts and `Manager`.

#include "picket/alerts.hpp"
#include "picket/captures.hpp"
#include "picket/command.hpp"
#include "picket/command_run.hpp"
#include "picket/error_policy.hpp"
#include "picket/errors.hpp"
#include "picket/filters.hpp"
#include "picket/guarded.hpp"
#include "picket/log.hpp"
#include "picket/manager.hpp"
#include "picket/metrics.hpp"
#include "picket/observer.hpp"
#include "picket/picket.hpp"
#include "picket/privacy.hpp"
#include "picket/samplers.hpp"
#include "picket/secret.hpp"
#include "picket/signals.hpp"
#include "picket/task.hpp"
