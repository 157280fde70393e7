"""Writing files so that neither a crash nor a second runner leaves half a thing behind."""

import contextlib
import fcntl
import os


@contextlib.contextmanager
def locked(folder):
    """Holds the lock of `folder`, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "a", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def replace(path, content):
    """Writes `content` (bytes) to `path`: afterwards it holds all of it, or what it held before."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        fresh.write_bytes(content)
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
