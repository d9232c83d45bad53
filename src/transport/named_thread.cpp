#include "transport/named_thread.hpp"

#include "base/alternate_stack.hpp"

#include <pthread.h>
#include <csignal>
#include <utility>

namespace picket::transport {
namespace {

/// Threads inherit the mask of their maker, so the maker wears it for a moment: set by the thread
/// itself it would come too late for a signal that arrives at once.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS}) {
      sigdelset(&blocked, fault);
    }
    pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

std::thread start_named_thread(const char* name, std::function<void()> run) {
  const SignalsBlocked blocked;
  return std::thread([name, run = std::move(run)] {
    pthread_setname_np(pthread_self(), name);
    const base::AlternateStack stack;
    run();
  });
}

}  // namespace picket::transport
