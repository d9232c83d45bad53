#pragma once

// Ready-made hooks. `drop_…` are for `Options::before_send`, `group_spans` is for
// `Options::before_send_transaction`; `all` joins several:
//
//   .before_send = filters::all({filters::drop_exception_types({"ValidationError"}),
//                                filters::drop_message_containing("rate limit")})
//
// Texts are compared in any case of ASCII letters where a function says so, and by bytes elsewhere.
// What a filter drops is counted as `before_send`. What should not even be looked at is better
// named in `Options::ignore_errors`, which is asked before the stack is taken.

#include "picket/export.hpp"
#include "picket/options.hpp"

#include <string>
#include <vector>

namespace picket::filters {

/// Which exceptions of a chain are looked at. `innermost` is the first cause, the one that the
/// protocol puts first; `outermost` is the one that was captured.
/// Spec: S8.2.
enum class ChainMatch : unsigned char { innermost, outermost, any };

/// Which texts are searched.
/// Spec: S8.3.
enum class MessageMatch : unsigned char { message_only, with_exceptions };

/// Drops events with an exception of one of these types. A name is bare or qualified, in whole or
/// in part, with `::` or `.`: `Timeout`, `db::Timeout` and `shop.db.Timeout` all name
/// `shop::db::Timeout`. Of an exception whose module is not known the bare name decides.
/// Spec: S8.2.
PICKET_EXPORT BeforeSend drop_exception_types(std::vector<std::string> types,
                                              ChainMatch match = ChainMatch::innermost);

/// Drops events whose message contains `text`, in any letter case. An absent message is an empty
/// one; an empty `text` is in none.
/// Spec: S8.3.
PICKET_EXPORT BeforeSend drop_message_containing(std::string text,
                                                 MessageMatch match = MessageMatch::message_only);

/// Drops events of these loggers, and of those below them: `net.http` is below `net`.
PICKET_EXPORT BeforeSend drop_loggers(std::vector<std::string> loggers);

/// Asks one after the other until one drops; empty ones keep. What one throws goes to the client,
/// which drops.
PICKET_EXPORT BeforeSend all(std::vector<BeforeSend> filters);

/// Makes transactions with many equal spans readable. Spans to `noisy_hosts`, and to hosts below
/// them, are taken out; the host is looked for in the data `server.address`, in URLs of the data
/// and in the description. Of the spans with equal op and equal first 50 characters of description
/// the first stays: its description ends with how many they were, ` (x3)`, and its data have
/// `grouped_count`, `grouped_duration_sum_ms` and `grouped_duration_max_ms`. Children of what is
/// taken out become those of the nearest ancestor that stays. What is taken out is counted as
/// `before_send`, as everything that a hook removes.
/// Spec: T15.
PICKET_EXPORT BeforeSend group_spans(std::vector<std::string> noisy_hosts = {});

}  // namespace picket::filters
