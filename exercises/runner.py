#!/usr/bin/env python3
"""The exercises' runner: what `./dev exercise` starts. Python's standard library is all it needs.

On a terminal and without arguments it opens the screen; every verb is a plain command as well.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from workshop.commands import main  # noqa: E402  (the path must be set first)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], root=Path(__file__).resolve().parent.parent))
