#pragma once

// How the run of a command ended, as the figures tell it apart.

namespace picket::figures {

/// Spec: S10.5.
enum class Outcome : unsigned char {
  ok,
  failed,      // the system's failure
  user_error,  // the user's mistake: neither a success nor a failure
};

}  // namespace picket::figures
