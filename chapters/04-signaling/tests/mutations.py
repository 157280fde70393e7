"""Lines of src/signaling that are protected by a test, for tests/mutations/run.py."""
LAYER = 'signaling'
TESTS = {'04-signaling-tests': 'chapters/04-signaling/tests', 'notify-tests': 'tests/notify'}
ORDER = 'reset, check, wait: a set after any instruction ends it'
KILLED_TELLER = 'who is killed between telling somebody and the signal has an undertaker that sends it'
MUTATIONS = [
    # The latch: who is woken, and what an announced sleep answers.
    ('latch.cpp', 'if ((before & (k_set | k_asleep)) == k_asleep) detail', 'if (false) detail', 'who is awake is set without a system call, who sleeps is not'),
    ('latch.cpp', 'if ((before & (k_set | k_asleep)) == k_asleep) detail', 'if ((before & k_asleep) == 0) detail',
     'who is awake is set without a system call, who sleeps is not'),
    ('latch.cpp', 'if ((before & k_set) == 0) return true;', 'return true;', ORDER),
    ('latch.cpp', '    reset();\n    return false;', '    return false;', 'a latch that is set ends the next wait, once'),
    ('latch.cpp', 'word_.fetch_or(with_bell ? k_asleep | k_bell : k_asleep, std::memory_order_acq_rel)', 'word_.load(std::memory_order_acquire)', ORDER),
    ('latch.cpp', 'word_.fetch_and(k_set, std::memory_order_acq_rel)', 'word_.store(0, std::memory_order_release)',
     'to take an announced sleep back is not to forget what was set'),
    ('latch.cpp', 'word_.fetch_or(k_set, std::memory_order_acq_rel) & k_asleep) != 0; }', 'word_.fetch_or(k_set, std::memory_order_acq_rel) & 0) != 0; }', ORDER),
    ('latch_sleeper.cpp', 'if ((now & (k_set | k_asleep)) == (k_set | k_asleep)) detail', 'if (false) detail',
     'who is awake is set without a system call, who sleeps is not'),
    ('latch_sleeper.cpp', 'has_bell ? bell_to_ring(owner) : -1', '-1', 'who is often woken by who often wakes is woken without a signal'),
    # Process signals and the barrier.
    ('process_signal.cpp', 'return signal_listener(to, before);', 'return true;', 'an idle process serves what it is told, and goes on waiting'),
    ('process_signal.cpp', '(word & k_reasons) != 0) signal_listener(to, word);', '(word & k_reasons) != 0) continue;', KILLED_TELLER),
    ('process_signal.cpp', 'detail::signal_place(of).told.store(0, std::memory_order_seq_cst); }', '(void)of; }', 'a barrier waits for who is late, and not for who is gone'),
    ('global_barrier.cpp', '    for (void (*const action)() : actions) action();\n', '',
     'a barrier is absorbed by all before its wait ends: by who sleeps, who works, and who raises it'),
    ('global_barrier.cpp', 'return detail::can_be_told(process) && ', 'return ', 'a barrier waits for who is late, and not for who is gone'),
    # Message queues and peers.
    ('message_queue.cpp', 'if (first < count) copy(0, first, count - first);', '',
     'messages of all lengths go through a ring that is shorter than most, and through one of a single byte'),
    ('message_queue.cpp', 'const CountingOn counting(peer);', '', 'an end that is killed is noticed by the other in its sleep'),
    ('peer.cpp', '== number + 1) latch_of(other).set();', '== number + 1) continue;', 'an end that is killed is noticed by the other in its sleep'),
    # The invalidation queue.
    ('invalidation_queue.cpp', ' - next > detail::k_invalidations)', ' - next > ~std::uint64_t{0})',
     'who is one message too far behind forgets everything, once, and goes on from there'),
    ('invalidation_queue.cpp', 'ring->begun.load(std::memory_order_relaxed) - next', 'sent - next',
     'whichever instruction of a reader the writers come round the ring at, what it takes for a message is one'),
    ('invalidation_queue.cpp', '            next = sent;\n', '            ++next;\n', 'who is one message too far behind forgets everything, once, and goes on from there'),
    ('invalidation_queue.cpp', 'if (look) tell_laggards(sent);', '', 'who is far behind is told to catch up, also when it is idle'),
    ('invalidation_queue.cpp', 'heard.store(ring->sent.load(std::memory_order_acquire), std::memory_order_relaxed);', 'heard.load();',
     'a reader that is killed holds nobody up, and who gets its slot begins at the end'),
    # LISTEN and NOTIFY.
    ('pending_notifications.cpp', 'if (known_.insert(begin).second) return;', 'return;',
     'what is told twice in a transaction is told once, and what a savepoint told goes with it'),
    ('pending_notifications.cpp', '        known_.erase(offset);\n', '', 'what is told twice in a transaction is told once, and what a savepoint told goes with it'),
    ('session_notifications.cpp', 'now == k_nothing_to_read ? from : now | k_more_to_read', 'now == k_nothing_to_read ? from : now',
     'what is told while a listener is reading is not passed by'),
    ('session_notifications.cpp', ' && here >= known->second.since', '', 'what was told before a LISTEN is not heard, though it lies among what is yet to be read'),
    ('session_notifications.cpp', 'if (message->database != database_) continue;', '', 'databases do not hear each other'),
    ('session_notifications.cpp', 'if (!number && !to_everything) continue;', '', 'who is not concerned is not woken, and holds nothing back'),
    ('subsystem.cpp', '        wake_listeners_again();\n', '', 'who is killed before it has woken all whom it told has an undertaker that wakes them'),
    ('notify_queue.cpp', '        tail = unread;\n', '', 'what the slow have not read goes to disk, and goes from there when they have'),
    ('notify_queue.cpp', 'if (state_->resident.load(std::memory_order_relaxed) <= at) break;', 'break;', 'who copies what is just being overwritten notices it'),
]
