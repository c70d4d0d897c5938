"""Where the stores of a run lie, and how its progress is told."""

import socket
import sys
from pathlib import Path

FOLDER = Path("var/bench")
"""Below the folder the benchmark is started in: the disk counts."""


def progress(text: str) -> None:
    """One line on a terminal, always the same; empty to take it away."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
