"""A PostgreSQL of one's own that asks for a password and can be stopped and started; run as an unprivileged user.

It does not fsync: a killed server loses nothing by that, only a machine that loses power would.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path

from storage.backup.postgres_tools import find

PASSWORD = "for%23tests"
"""As it stands in an address: a sign that must be quoted there is part of it."""


class OwnPostgres:
    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="huiyin-pg-"))
        self._templates: dict[str, str] = {}
        self._user = _unprivileged() if os.geteuid() == 0 else None
        if self._user:
            owner = pwd.getpwnam(self._user)
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        secret = self._folder / "password"
        secret.write_text(PASSWORD.replace("%23", "#"))
        secret.chmod(0o644)
        data = ["-D", str(self._folder / "data")]
        self._run(
            "initdb", *data, "-U", "huiyin", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync", "-E", "UTF8"
        )
        self.start()

    @property
    def root(self) -> str:
        return f"postgresql+asyncpg://huiyin:{PASSWORD}@127.0.0.1:{self.port}"

    def start(self) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k {self._folder} -F -c shared_buffers=32MB"
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", "-w", "-D", str(self._folder / "data"), "-l", log, "-o", options)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self._folder / "data"))

    def new_database(self, name: str, *options: str) -> str:
        """The address of a new database, empty unless the options of createdb say otherwise."""
        environment = {"PGPASSWORD": PASSWORD.replace("%23", "#")}
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "huiyin", *options, name, **environment)
        return f"{self.root}/{name}"

    def copy(self, name: str, make: Callable[[str], None]) -> str:
        """The address of a fresh copy of the database that `make` fills, once a run."""
        if name not in self._templates:
            make(self.new_database(name))
            self._templates[name] = name
        copied = f"{name}_{uuid.uuid4().hex[:12]}"
        return self.new_database(copied, "--template", name)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def _run(self, program: str, *options: str, **environment: str) -> None:
        done = subprocess.run(
            [_program(program), *options],
            user=self._user,
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr.decode()


def _program(name: str) -> str:
    folder = os.environ.get("HUIYIN_POSTGRES")
    return str(Path(folder) / name) if folder else find(name)


def _unprivileged() -> str:
    """A user that may run a server when we are root."""
    return next(name for name in ("postgres", "nobody") if name in {user.pw_name for user in pwd.getpwall()})
