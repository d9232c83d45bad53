#pragma once

// What no design can beat: the least that a call of each kind has to do. Each runs `times` times.

namespace picket::bench {

using Floor = void (*)(int times);

void floor_load_and_branch(int times);
void floor_clock_read(int times);
void floor_clock_and_copy(int times);     // one clock read, one text copied
void floor_id_clock_and_slot(int times);  // an id, the time, and a place in a queue
void floor_unwind(int times);             // the return addresses of 20 frames
void floor_2_clock_reads(int times);      // a transaction without spans
void floor_22_clock_reads(int times);     // ten spans and their transaction
void floor_202_clock_reads(int times);    // a hundred
void floor_11_ids(int times);
void floor_random_number(int times);
void floor_two_copies(int times);  // of texts as long as the headers of a trace
void floor_thread_start(int times);

}  // namespace picket::bench
