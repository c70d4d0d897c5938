"""A PostgreSQL server of our own for one run, durable as in service (fsync and synchronous_commit are on)."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.place import free_port

HOMES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")
SETTINGS = {"max_connections": "100", "shared_buffers": "256MB", "listen_addresses": "127.0.0.1"}


class NoPostgresError(RuntimeError):
    """No server binaries are on the PATH or in the usual folders."""


class Server:
    """Runs below a folder of its own, as an unprivileged user where we are root."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._user = unprivileged() if os.geteuid() == 0 else None
        if self._user:
            owner = pwd.getpwnam(self._user)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", str(folder / "data"), "-U", "huiyin", "--auth=trust", "-E", "UTF8", "--no-sync")
        settings = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        options = f"-p {self.port} -k {folder} {settings}"
        self._run("pg_ctl", "start", "-w", "-D", str(folder / "data"), "-l", str(folder / "log"), "-o", options)

    def new_database(self, name: str) -> str:
        """The address of a new, empty database, for SQLAlchemy; the bare driver takes it without `+asyncpg`."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "huiyin", name)
        return f"postgresql+asyncpg://huiyin@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self._folder / "data"))

    def _run(self, program: str, *options: str) -> None:
        subprocess.run([binary(program), *options], user=self._user, cwd="/", check=True, stdout=subprocess.DEVNULL)


@contextmanager
def throwaway_server() -> Iterator[Server]:
    """Raises NoPostgresError."""
    binary("initdb")
    folder = Path(tempfile.mkdtemp(prefix="huiyin-bench-"))
    try:
        server = Server(folder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def binary(program: str) -> str:
    """The newest one found in the usual folders, else on the PATH. Raises NoPostgresError."""
    found = sorted(str(path) for home in HOMES for path in Path("/").glob(f"{home.lstrip('/')}/{program}"))
    path = found[-1] if found else shutil.which(program)
    if path is None:
        raise NoPostgresError(f"no {program} here: install PostgreSQL to measure on it")
    return path


def unprivileged() -> str:
    """A user that may run a server when we are root."""
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise NoPostgresError("as root, a server needs another user to run as")
