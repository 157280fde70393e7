/// \file
/// Variables that each process has its own of, which in a server of processes are all variables.
#pragma once

/// In front of a variable that a fork gives each process a copy of. Nothing, except under the thread sanitizer: it watches
/// threads, so there a thread stands for a process and has the copy.
#ifdef __SANITIZE_THREAD__
#define FORKLORE_PER_PROCESS __thread
#else
#define FORKLORE_PER_PROCESS
#endif
