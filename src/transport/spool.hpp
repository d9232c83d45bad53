#pragma once

// The offline spool: envelopes that could not be sent, in files of one directory, until they can.
// The worker fills it while the server is out of reach and when it is told to put everything away,
// and empties it, most valuable first, once the server answers. What was stored survives the end of
// the process at any instant; files of processes that are gone are taken over one by one.
//
// Segments are append-only files, each written by one process: `spool_format.hpp` says what is in
// them, `spool_directory.hpp` to whom they belong. Two kinds keep apart what is worth much (errors,
// feedback, check-ins, sessions: priority 4 and more) from the rest, so that room is made by
// removing the oldest segment of the lesser kind.
//
// The bounds hold for the segments of this process, those it took over included. What has come to
// its end takes room until its segment is removed: when nothing in it is alive, or as the oldest.

#include "picket/clock.hpp"
#include "picket/result.hpp"
#include "protocol/loss_ledger.hpp"
#include "protocol/outgoing_envelope.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace picket::transport {

struct SpoolSettings {
  std::string directory{};  // made with mode 0700 when missing, its parents too
  std::string dsn{};        // whose envelopes; files of others are left alone
  std::size_t max_bytes = 64U << 20U;
  std::size_t max_items = 10'000;
  std::chrono::seconds max_age = std::chrono::hours(24 * 7);
  Clock clock{};
};

/// Threads: the worker.
class Spool {
 public:
  using Id = std::uint64_t;

  /// An envelope that left the spool unsent.
  struct Lost {
    protocol::DiscardReason reason = protocol::DiscardReason::cache_overflow;
    EventId event_id{};
    std::vector<protocol::Quantity> quantities{};
    std::vector<protocol::Loss> reported{};  // what the client report in it told
  };

  /// A stored envelope on its way out. It stays on disk until `remove`.
  struct Parcel {
    Id id = 0;
    protocol::OutgoingEnvelope envelope{};
    std::vector<protocol::Loss> reported{};
  };

  /// What was found in one segment of a process that is gone; what went to `lost` is among it.
  struct TakenOver {
    // Of all its envelopes, summed by category; those that go to `lost` at once included.
    std::vector<protocol::Quantity> quantities{};
    std::size_t envelopes = 0;
    std::size_t damaged = 0;  // places where bytes made no sense and were skipped
  };

  struct Figures {
    std::size_t items = 0;      // envelopes
    std::size_t bytes = 0;      // of all our segments on disk
    std::uint64_t damaged = 0;  // places, since `open`
    std::uint64_t bytes_read = 0;
  };

  /// Makes the directory and looks whether files can be made there. Reads nothing of what lies
  /// there, so it takes no longer when that is much.
  /// Errors: `Errc::unavailable`: the message names the directory, the cause and what to do.
  static Result<std::unique_ptr<Spool>> open(SpoolSettings settings);
  virtual ~Spool();  // keeps what is stored; the next process takes it over

  /// Appends an envelope. The newest are kept: what has to leave for it goes to `lost`.
  /// `category` is that of its first item; together with the priority it decides the order.
  /// Errors: nothing when it could not be written (disk full, too large, no room beside what is
  ///         worth more); it is not stored then, and what was stored before is whole. A disk that
  ///         refused is not asked again for five seconds.
  virtual std::optional<Id> store(const protocol::OutgoingEnvelope& envelope, int priority,
                                  protocol::DataCategory category,
                                  const std::vector<protocol::Loss>& reported,
                                  std::vector<Lost>& lost) = 0;

  /// What was stored survives a loss of power too. False: the disk refused.
  virtual bool sync() = 0;

  /// Takes over one segment that nobody holds, valuable ones first, then the oldest; nothing when
  /// there is none left. Called again after that it looks again. The work of one call is bounded by
  /// the size of a segment and the number of names in the directory. A segment of a newer version
  /// stays as it is and counts for nothing.
  virtual std::optional<TakenOver> take_over(std::vector<Lost>& lost) = 0;

  /// The most valuable envelope (of equals the oldest) whose category `may_go`, none that is taken
  /// already. What is too old or cannot be read any more goes to `lost` on the way.
  virtual std::optional<Parcel> take(const std::function<bool(protocol::DataCategory)>& may_go,
                                     std::vector<Lost>& lost) = 0;

  /// An envelope that was just stored is under way already: as if it had been taken.
  virtual void hold(Id id) noexcept = 0;

  /// A taken envelope could not be sent now: it waits again in its place.
  virtual void put_back(Id id) noexcept = 0;

  /// A taken envelope has come to its end: no process will ever send it.
  virtual void remove(Id id) noexcept = 0;

  /// Removes everything that is stored for this DSN and belongs to nobody else; taken ones too, and
  /// segments of newer versions. What was never taken over is not told of: nobody has counted it.
  virtual void purge(std::vector<Lost>& lost) = 0;

  [[nodiscard]] virtual Figures figures() const noexcept = 0;

 protected:
  Spool() = default;
};

}  // namespace picket::transport
