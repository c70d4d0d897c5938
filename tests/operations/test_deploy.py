"""What deploy/ says fits the program: every file it names exists, every setting loads, every unit is well formed."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.config import ConfigError, load

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service")) + sorted(DEPLOY.glob("*.timer"))


@pytest.fixture
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
    return found


SECRETS = {"POSTGRES_PASSWORD": "p%40ss", "DOMAIN": "desk.example.org", "ACCESS_KEY": "k" * 16}


def filled(value: str) -> str:
    """As compose fills it in: ${NAME:?} must be given, ${NAME:-} may be empty."""
    return re.sub(r"\$\{(\w+):[?-]\}", lambda found: SECRETS.get(found[1], ""), value)


def test_the_settings_of_the_compose_file_load(compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in compose["services"]["bot"]["environment"].items():
        monkeypatch.setenv(name, filled(value))
    config = load(DEPLOY / "config.toml")
    assert config.database.url.startswith("postgresql+asyncpg://huiyin:p%40ss@db/")
    assert config.server.public_url == "https://desk.example.org"
    assert (config.server.port, config.console.enabled) == (8080, True)
    monkeypatch.setenv("HUIYIN_CONSOLE__ACCESS_KEY", "")
    with pytest.raises(ConfigError):  # nobody can forget the key
        load(DEPLOY / "config.toml")


def test_two_replicas_stop_in_time_and_say_how_they_are(compose: dict[str, Any]) -> None:
    bot = compose["services"]["bot"]
    assert bot["deploy"]["replicas"] == 2
    grace = int(bot["stop_grace_period"].removesuffix("s"))
    assert grace > int(bot["environment"]["HUIYIN_SERVER__SHUTDOWN_SECONDS"])
    assert "/healthz" in " ".join(bot["healthcheck"]["test"])
    assert bot["environment"]["HUIYIN_DATABASE__URL"].startswith("postgresql")
    assert bot["read_only"] is True
    assert "ports" not in bot  # only the proxy is reached from outside
    assert "ports" not in compose["services"]["db"]


def test_the_compose_file_is_closed_in_itself(compose: dict[str, Any]) -> None:
    volumes, networks, services = compose["volumes"], compose["networks"], compose["services"]
    for name, service in services.items():
        assert "image" in service, name
        for volume in service.get("volumes", ()):
            source, target = volume.split(":")[:2]
            assert target.startswith("/")
            assert (DEPLOY / source).is_file() if source.startswith("./") else source in volumes, volume
        assert set(service["networks"]) <= networks.keys()
        for other, condition in service.get("depends_on", {}).items():
            assert "healthcheck" in services[other] or condition["condition"] != "service_healthy"
        if "build" in service:
            build = service["build"]
            assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()
    named = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yml").read_text(encoding="utf-8")))
    given = set(re.findall(r"^(\w+)=", (DEPLOY / "secrets.env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert named == given


def test_the_image_is_built_from_files_that_exist_and_runs_as_nobody_special() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    allowed = {
        line[1:].rstrip("/")
        for line in (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    copied = [
        word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    ]
    assert copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert name in allowed, f"{name} is kept from the build"
    assert allowed == set(copied)
    assert any("--require-hashes -r requirements/run.txt" in line for line in lines)
    user = max(number for number, line in enumerate(lines) if line == "USER huiyin")
    entry = next(number for number, line in enumerate(lines) if line.startswith("ENTRYPOINT"))
    last_stage = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    assert last_stage < user < entry
    assert lines[last_stage] == "FROM python:3.11-slim-bookworm"


def unit(path: Path) -> dict[str, str]:
    """Keys and values of a unit, sections left aside."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return dict(line.split("=", 1) for line in lines if line and line[0] not in "#[")  # type: ignore[misc]


def test_the_unit_gives_the_desk_time_to_stop(tmp_path: Path) -> None:
    service = unit(DEPLOY / "huiyin.service")
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    assert int(service["TimeoutStopSec"]) > load(tmp_path / "config.toml").server.shutdown_seconds
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) > load(tmp_path / "config.toml").server.stalled_seconds
    for key, value in {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "CapabilityBoundingSet": ""}.items():
        assert service[key] == value
    assert service["User"] == "huiyin"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_call_commands_that_exist(path: Path) -> None:
    from typer.main import get_command

    from bot.cli import cli

    known = get_command(cli).commands  # type: ignore[attr-defined]
    called = re.findall(r"bin/huiyin (\S+)", path.read_text(encoding="utf-8"))
    assert set(called) <= known.keys()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_finds_no_fault(tmp_path: Path) -> None:
    for path in UNITS:
        words = path.read_text(encoding="utf-8").replace("/opt/huiyin/.venv/bin/huiyin", "/bin/true")
        (tmp_path / path.name).write_text(words, encoding="utf-8")
    run = subprocess.run(
        ["systemd-analyze", "verify", *(f"./{path.name}" for path in UNITS)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    ours = [line for line in run.stderr.splitlines() if "huiyin" in line]
    assert ours == []


def test_the_proxy_keeps_operators_pages_inside_and_queries_out_of_its_log(tmp_path: Path) -> None:
    words = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    bare = "\n".join(line.split(" #")[0] for line in words.splitlines() if not line.strip().startswith("#"))
    assert bare.count("{") == bare.count("}")
    assert re.search(r"@inner path /metrics /readyz /healthz\s+respond @inner 404", words)
    assert 'request>uri regexp "\\?.*$" ""' in words
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    media = load(tmp_path / "config.toml").media
    size = re.search(r"max_size (\d+)MiB", words)
    assert size is not None
    assert int(size[1]) * 1024**2 > media.max_bytes * media.max_files
