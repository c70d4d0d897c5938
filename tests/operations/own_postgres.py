"""A PostgreSQL of one's own that asks for a password and can be stopped and started; run as an unprivileged user."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from storage.backup.archive import BackupRefused
from storage.backup.postgres_tools import find

PASSWORD = "for%23tests"
"""As it stands in an address: a sign that must be quoted there is part of it."""


def available() -> bool:
    """Whether the server's programs are on this machine."""
    try:
        return bool(_server("initdb") and find("pg_dump"))
    except BackupRefused:
        return False


def _server(program: str) -> str:
    return find(program)


class OwnPostgres:
    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="huiyin-pg-"))
        self._user = "postgres" if os.geteuid() == 0 else None
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
        options = f"-p {self.port} -h 127.0.0.1 -k {self._folder} -F"
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", "-w", "-D", str(self._folder / "data"), "-l", log, "-o", options)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self._folder / "data"))

    def new_database(self, name: str) -> str:
        """The address of a new, empty database."""
        environment = {"PGPASSWORD": PASSWORD.replace("%23", "#")}
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "huiyin", name, **environment)
        return f"{self.root}/{name}"

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def _run(self, program: str, *options: str, **environment: str) -> None:
        done = subprocess.run(
            [_server(program), *options],
            user=self._user,
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr.decode()


needs_postgres = pytest.mark.skipif(not available(), reason="PostgreSQL's programs are not on this machine")
