/// \file
/// Open locks: sharing a lock without touching it.
///
/// Even if all want to share a lock, each has to count itself in and out, and the counter's cache line travels from processor to processor.
/// So a lock that has been shared many times in a row is opened: from then on, who would share it writes its address on a page of its own
/// and reads whether it is still open. Who wants it alone closes it, looks through all pages, and waits for those who are still there.
///
/// For this to be sound each process must write its page before it reads the lock, and processors do not keep that order by themselves:
/// the store may wait in a buffer while the load overtakes it. An instruction that forbids it costs as much as counting would. But there
/// are two sides, and only one of them is in a hurry. Who closes the lock asks the kernel to interrupt all processors that run one of our
/// processes: each of them is then at a point with nothing in its buffer. That is membarrier(2), and where it is missing no lock is opened.
///
/// The ideas are those of BRAVO (Dice and Kogan, 2019) and of the passive reader-writer locks (Liu, Zhang and Chen, 2014). PostgreSQL has
/// a relative of it in the fast path of its heavyweight locks.
#pragma once

namespace forklore::detail {

//! [barrier]
// Makes this process one of those that all_processors_fence() reaches. Returns whether the kernel can do that.
bool join_barrier();

// After this, what each of our processes had stored before its present instruction is visible here, and what was stored here before the
// call is visible to what they load from now on.
void all_processors_fence();
//! [barrier]

}  // namespace forklore::detail
