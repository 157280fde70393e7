"""Running other programs so that none of them, nor any of their children, outlives us."""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

GRACE = 5  # seconds between asking a program to end and killing it
AT_ONCE = 3  # tests that run side by side: they wait more than they work

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_running = set()
_ended = threading.Event()


@contextlib.contextmanager
def group(command, **options):
    """Starts `command` in a session of its own. When the block is left, however it is left, all of its processes
    are gone: asked to end first if we were interrupted, so that a build can clean up."""
    process = None
    try:
        with _uninterrupted():  # what has begun to run, and is not known by name yet, would be left behind
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **options)
            _running.add(process)
        if _ended.is_set():
            raise SystemExit
        yield process
    except (KeyboardInterrupt, SystemExit):
        if process:
            _signal(process, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
        raise
    finally:
        if process:
            _signal(process, signal.SIGKILL)
            process.wait()
            _running.discard(process)


@contextlib.contextmanager
def _uninterrupted():
    """Within, the signals that end us wait. Only the main thread hears them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came = []
    before = {number: signal.signal(number, lambda number, _frame: came.append(number)) for number in ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)


def side_by_side(calls):
    """Makes the calls, a few at the same time. Returns their results in order. If we are interrupted, all programs that
    they have started are ended."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(call) for call in calls]
        try:
            return [future.result() for future in futures]
        except BaseException as error:
            if not isinstance(error, Exception):
                _ended.set()  # for a thread that is just starting one
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(_running):
                _signal(process, signal.SIGKILL)
            raise


def _signal(process, number):
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def run(command, limit, **options):
    """Runs `command` for at most `limit` seconds. Returns its exit status (negative: the signal; None: it was stopped
    at the limit) and all that it printed."""
    # A file, not a pipe: a grandchild that lives on would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        with group(command, stdout=output, stderr=subprocess.STDOUT, **options) as process:
            try:
                status = process.wait(limit)
            except subprocess.TimeoutExpired:
                status = None
        output.seek(0)
        return status, output.read().decode("utf-8", "replace")


@contextlib.contextmanager
def ended_by_signals():
    """Within, SIGTERM and SIGHUP end us the way Ctrl-C does: cleaning up."""

    def leave(number, _frame):
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
