"""Measure how long `serve` takes until it is ready, and how much memory it then holds.

`python -m benchmarks.startup --config FILE --url http://127.0.0.1:8080`
"""

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.figure import Figure, figure
from benchmarks.place import FOLDER, free_port

NAME = "Start-up of `huiyin serve`, console on, on a migrated SQLite database"
POLL = 0.01
PATIENCE = 30.0
PAGE = os.sysconf("SC_PAGE_SIZE")


class NeverReadyError(RuntimeError):
    """The command ended, or answered no readiness within the patience; carries what it printed."""


@dataclass(frozen=True)
class Start:
    seconds: float
    resident_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="configuration given to serve")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where that configuration listens")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    print(as_text(measure_starts(serve_command(options.config), options.url, options.repeats)))


def run(quick: bool) -> list[Figure]:
    repeats = 3 if quick else 7
    with tempfile.TemporaryDirectory(dir=FOLDER) as place:
        port = free_port()
        config = Path(place).absolute() / "config.toml"
        database = f"sqlite+aiosqlite:///{config.with_name('huiyin.db')}"
        config.write_text(
            f'[database]\nurl = "{database}"\n[server]\nport = {port}\n[console]\nenabled = true\n', encoding="utf-8"
        )
        migrate = [sys.executable, "-m", "bot", "migrate", "--config", str(config)]
        subprocess.run(migrate, check=True, capture_output=True)
        starts = measure_starts(serve_command(config), f"http://127.0.0.1:{port}", repeats)
    seconds = [start.seconds for start in starts]
    return [
        figure("until ready", seconds, "s", target="< 1 s", met=statistics.median(seconds) < 1),
        figure("resident memory", [start.resident_mb for start in starts], "MB"),
    ]


def serve_command(config: Path) -> list[str]:
    return [sys.executable, "-m", "bot", "serve", "--config", str(config)]


def measure_starts(command: list[str], url: str, repeats: int = 5) -> list[Start]:
    """Start and stop `command` `repeats` times.

    Raises NeverReadyError; also when something answers at `url` beforehand, which would be measured instead.
    """
    if is_ready(url):
        raise NeverReadyError(f"something else already answers at {url}")
    return [start_once(command, url) for _ in range(repeats)]


def start_once(command: list[str], url: str) -> Start:
    with tempfile.TemporaryFile() as output:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            while not is_ready(url):
                if process.poll() is not None or time.perf_counter() - begun > PATIENCE:
                    output.seek(0)
                    raise NeverReadyError(output.read().decode(errors="replace")[-2000:])
                time.sleep(POLL)
            seconds = time.perf_counter() - begun
            return Start(seconds, resident_mb(process.pid))
        finally:
            stop(process)


def is_ready(url: str) -> bool:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def resident_mb(pid: int) -> float:
    """Resident memory of the process and its children, from /proc (Linux), in units of 10^6 bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return pages * PAGE / 1e6 + sum(resident_mb(int(child)) for child in children)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def as_text(starts: list[Start]) -> str:
    seconds = [start.seconds for start in starts]
    memory = [start.resident_mb for start in starts]
    return (
        f"start-up until ready: {statistics.median(seconds):.2f} s ({min(seconds):.2f}–{max(seconds):.2f}); "
        f"resident: {statistics.median(memory):.0f} MB ({min(memory):.0f}–{max(memory):.0f}); "
        f"median (min–max) of {len(starts)}"
    )


if __name__ == "__main__":
    main()
