"""Print one table: conversation turns per second of the raw driver, the rivals and ourselves, from the same run."""

import argparse
import json
import multiprocessing
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from benchmarks import startup
from benchmarks.drive import Load, measure
from benchmarks.entrants import ENTRANTS
from benchmarks.machine import describe
from benchmarks.report import Figures, Result, as_json, as_text

CHAT_COUNTS = (1, 64)


def main() -> None:
    options = arguments()
    options.dir.mkdir(parents=True, exist_ok=True)
    repeats, seconds, warm_up = (3, 0.5, 0.2) if options.quick else (5, 2.0, 0.4)
    loads = [Load(chats, seconds, warm_up) for chats in CHAT_COUNTS]
    figures = run(options.only or list(ENTRANTS), loads, repeats, options.dir)
    result = Result(describe(options.dir), repeats, seconds, figures)
    print(as_text(result))
    print(f"huiyin serve, console on: {started(options.dir, repeats)}")
    if options.json:
        options.json.write_text(json.dumps(as_json(result), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run, for a look")
    parser.add_argument("--only", nargs="+", choices=list(ENTRANTS), metavar="ENTRANT", help=", ".join(ENTRANTS))
    parser.add_argument("--dir", type=Path, default=Path("var/bench"), help="where the stores lie; their disk counts")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE as well")
    return parser.parse_args()


def run(names: list[str], loads: list[Load], repeats: int, folder: Path) -> Figures:
    """Measure in interleaved order, so that a slow minute of the machine meets everybody."""
    figures: dict[str, dict[int, list[float]]] = {name: {load.chats: [] for load in loads} for name in names}
    with ExitStack() as stack:
        spawn = multiprocessing.get_context("spawn")
        children = {name: stack.enter_context(ProcessPoolExecutor(1, mp_context=spawn)) for name in names}
        for repeat in range(1, repeats + 1):
            for name, child in children.items():
                for load in loads:
                    progress(f"repeat {repeat} of {repeats}: {ENTRANTS[name].label}, {load.chats} chat(s)")
                    figures[name][load.chats].append(child.submit(measure, name, load, folder).result())
        progress("")
    return figures


def started(folder: Path, repeats: int) -> str:
    """Start-up and memory of `serve` on a migrated SQLite database of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(dir=folder) as place:
        config = Path(place).absolute() / "config.toml"
        database = f"sqlite+aiosqlite:///{config.with_name('huiyin.db')}"
        config.write_text(
            f'[database]\nurl = "{database}"\n[server]\nport = {port}\n[console]\nenabled = true\n', encoding="utf-8"
        )
        subprocess.run(
            [sys.executable, "-m", "bot", "migrate", "--config", str(config)], check=True, capture_output=True
        )
        return startup.as_text(
            startup.measure_starts(startup.serve_command(config), f"http://127.0.0.1:{port}", repeats)
        )


def progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
