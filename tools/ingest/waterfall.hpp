#pragma once

// The waterfall: a trace for people, one line for each transaction, span and event, drawn as a
// tree beside their bars on a common axis of time.
//
//   ── trace 7d1e4c0a9b2f4e6d8c3a5b7f9e1d2c4a  12:00:00.100Z
//     2 transactions, 1 span, 1 event        0         250.000 ms         ms
//     http.server GET /cart/{id}     [shop@1.4.0] ████████████████████    250.000
//     └─ http.client POST /reserve                    ███████▍            120.000
//        └─ http.server POST /reserve [stock@2.1]      █████▎              80.000 internal_error
//           └─ error OutOfStock: none left                 ◆
//
// Where the clocks of two processes disagree, the called one's bars are moved into the call; a `~`
// marks its transaction, and a line below says by how much.

#include "ingest/trace.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace picket::ingest {

/// Plain text of at most 100 columns, ending with a line break. A long trace is cut in the middle,
/// the cut says what is left out.
std::string waterfall(const Trace& trace);

/// One block for each trace that has spans; of very many, the first ones.
std::string waterfalls(const std::vector<Trace>& traces);

}  // namespace picket::ingest
