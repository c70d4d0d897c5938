"""Every mistake in a configuration is told in one line that a person can act on."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import FullConfig, explain, load


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HUIYIN_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


MISTAKES = [
    ("a =\n", ["第 1 行第 4 列"]),
    ("[complaint]\nresolve_hours = 1\nresolve_hours = 2\n", ["line 3"]),
    ("[complaint\n", ["TOML"]),
    ("[telegrm]\n", [":1: telegrm", "did you mean telegram?"]),
    ("_env_file = 'x'\n", [":1: _env_file", "unknown key"]),
    ("[complaint]\n\nresolv_hours = 3\n", [":3: complaint.resolv_hours", "did you mean resolve_hours?"]),
    ("[complaint]\nresolve_hours = 'twelve'\n", [":2: complaint.resolve_hours", "whole number"]),
    ("[complaint]\nresolve_hours = true\n", [":2:", "not true/false"]),
    ("[complaint]\nresolve_hours = 1.5\n", [":2:", "whole number"]),
    ("[complaint]\nresolve_hours = 0\n", [":2:", "must be 1 or more"]),
    ("[complaint]\nresolve_hours = 99999\n", [":2:", "must be 744 or less"]),
    ("[complaint]\ncard_instructor = 'me'\n", [":2:", "'cs_head' or 'responsible_head'"]),
    ("[complaint]\nreview_without_card = 'maybe'\n", ["true or false"]),
    ("[complaint]\ndaily_reply_time = '25:00'\n", ["a time like"]),
    ("[complaint]\ndaily_reply_time = 17\n", ["a time like"]),
    ("[callback]\nlist_times = '09:00'\n", ["must be a list"]),
    ("[callback]\nlist_times = ['09:00', '9点']\n", [":2: callback.list_times[2]"]),
    ("[callback]\nlist_times = []\n", ["list_times"]),
    ("complaint = 3\n", [":1: complaint", "must be a table"]),
    ("[sample]\nrate = nan\n", ["finite"]),
    ("[calendar]\nholidays = ['2026-02-30']\n", ["holidays[1]", "a date like"]),
    ("[database]\nurl = 'mysql://u:pw@h/d'\n", [":2: database.url", "only sqlite+aiosqlite"]),
    ("[database]\nurl = 'sqlite+aiosqlite:///'\n", ["SQLite needs a file"]),
    ("[database]\nurl = 'postgresql+asyncpg://h:x/d'\n", ["PostgreSQL needs a database"]),
    ("[server]\npublic_url = 'huiyin.example'\n", ["https://host[:port]"]),
    ("[server]\npublic_url = 'https://huiyin.example/path'\n", ["without a path"]),
    ("[server]\nport = 70000\n", ["65535"]),
    ("[console]\naccess_key = 'short'\n", ["16 or more"]),
    ("[console]\nenabled = true\n[server]\npublic_url = 'https://a.example'\n", ["refuses server.public_url"]),
    ("[console]\nenabled = true\n[server]\nforwarded = true\n", ["refuses server.forwarded"]),
    ("[telegram]\ntoken = 'abc'\n", ["123456:ABC-def"]),
    ("[telegram]\ntoken = '1:a'\nmode = 'webhook'\n", ["needs webhook_secret"]),
    ("[telegram]\ntoken = '1:a'\nmode = 'webhook'\nwebhook_secret = 'x'\n", ["needs an https server.public_url"]),
    ("[wecom]\ncorp_id = 'ww1'\nagent_id = 3\n", ["also needs secret, token, aes_key"]),
    ("[[wecom.kf]]\nsite = 'A'\n", ["wecom.kf[1].open_kfid", "missing"]),
    ("[[kinds]]\nname = 'a'\ndepartment = '厨房'\n", [":3: kinds[1].department", "dept_engineering"]),
    (
        "[[kinds]]\nname='a'\ndepartment='保安部'\n[[kinds]]\nname='b'\nurgnt=true\ndepartment='保安部'\n",
        [":6: kinds[2].urgnt"],
    ),
    ("[[kinds]]\nname='a'\ndepartment='保安部'\n[[kinds]]\nname='a'\ndepartment='保安部'\n", ["stands twice"]),
    ("kinds = []\n", ["kinds", "at least 1 entries"]),
    ("[sites.'阳光花园'.complant]\n", ["complant", "did you mean complaint?"]),
    (
        "[sites.'阳光花园'.complaint]\nresolv_hours = 3\n",
        [':2: sites."阳光花园".complaint.resolv_hours', "resolve_hours?"],
    ),
    ("[sites.'阳光花园'.database]\nurl = 'x'\n", ["database", "unknown key"]),
    ("[sites.' 阳光']\n", ["holds characters not allowed"]),
    ("[sites.'']\n", ["at least 1 characters"]),
    ("[sites.'阳光'.delivery]\nlanes = 3\n", ["lanes", "unknown key"]),
    ("[sites.'阳光'.complaint]\nresolve_hours = 40\n", ['sites."阳光"', "must be less than complaint.progress_hours"]),
    ("[draft]\nnudge_minutes = 90\n", ["draft.nudge_minutes must be less than"]),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES, ids=[text[:40].replace("\n", "|") for text, _ in MISTAKES])
def test_each_mistake_is_one_line_that_says_where_and_what(file: Path, text: str, said: list[str]) -> None:
    file.write_text(text, encoding="utf-8")
    problems = explain(file)
    assert len(problems) == 1
    for words in said:
        assert words in problems[0]
    assert "pydantic" not in problems[0]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(file: Path) -> None:
    file.write_text("[complaint]\nresolve_hours = 0\n[server]\nport = 'x'\n[nothing]\n", encoding="utf-8")
    places = [problem.split(": ")[0].rsplit(":", 1)[1] for problem in explain(file)]
    assert sorted(places) == ["2", "4", "5"]


def test_a_password_in_the_address_is_never_repeated(file: Path) -> None:
    file.write_text("[database]\nurl = 'mysql://huiyin:geheim@db/huiyin'\n", encoding="utf-8")
    assert "geheim" not in " ".join(explain(file))


def test_a_variable_is_named_where_the_mistake_is_in_the_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("", encoding="utf-8")
    monkeypatch.setenv("HUIYIN_SERVER__PORT", "many")
    monkeypatch.setenv("HUIYIN_SERVRE__PORT", "80")
    unknown, port = explain(file)
    assert "HUIYIN_SERVER__PORT: server.port" in port
    assert "HUIYIN_SERVRE__PORT" in unknown
    assert "did you mean server?" in unknown


def test_a_variable_that_should_hold_json(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIYIN_SERVER", "{not json")
    file.write_text("", encoding="utf-8")
    (problem,) = explain(file)
    assert "HUIYIN_SERVER" in problem
    assert "JSON" in problem


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    missing, folder, large, other = (tmp_path / name for name in ("missing", "folder", "large", "other"))
    folder.mkdir()
    large.write_bytes(b"# " + b"x" * 600_000)
    other.write_bytes("[complaint]\n# 投诉\n".encode("gb18030"))
    said = [explain(path) for path in (missing, folder, large, other)]
    words = ["no such file", "this is a folder", "larger than 512 KiB", "line 2 is not UTF-8"]
    for problems, word in zip(said, words, strict=True):
        assert len(problems) == 1
        assert word in problems[0]


def test_a_mark_at_the_start_of_the_file_is_no_mistake(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf[complaint]\nresolve_hours = 3\n")
    assert explain(file) == []
    assert load(file).rules().complaint.resolve_hours == 3


TABLES = st.sampled_from([*FullConfig.model_fields, "nothing", 'sites."阳光"', 'sites."阳光".complaint', "[kinds]"])
KEYS = st.sampled_from(
    ["resolve_hours", "url", "token", "port", "list_times", "start", "name", "department", "x", '"引 号"', "a.b"]
)
VALUES = st.one_of(
    st.integers().map(str),
    st.floats().map(repr),
    st.booleans().map(lambda switch: str(switch).lower()),
    st.text(alphabet=st.characters(exclude_characters="'\n\r", exclude_categories=["Cc", "Cs"])).map(
        lambda text: f"'{text}'"
    ),
    st.sampled_from(["[]", "{}", "[1, 'a']", "{a = 1}", "09:00:00", "2026-01-01", "[[[]]]", "1e400", "0x1F"]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.tuples(TABLES, st.lists(st.tuples(KEYS, VALUES), max_size=3)), max_size=4))
def test_whatever_the_tables_hold_the_answer_is_readable(
    file: Path, parts: list[tuple[str, list[tuple[str, str]]]]
) -> None:
    lines = []
    for table, pairs in parts:
        lines += [f"[{table}]", *(f"{key} = {value}" for key, value in pairs)]
    file.write_text("\n".join(lines), encoding="utf-8")
    check_readable(explain(file))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_the_file_holds_the_answer_is_readable(file: Path, raw: bytes) -> None:
    file.write_bytes(raw)
    check_readable(explain(file))


@pytest.mark.parametrize("text", ["[" * 3000, "a = " + "[" * 3000, "a = " + "9" * 5000, "a = " + "{b = " * 2000])
def test_absurd_files_are_explained_too(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    assert len(explain(file)) == 1


def check_readable(problems: list[str]) -> None:
    for problem in problems:
        assert len(problem.splitlines()) == 1
        assert len(problem) < 700
        assert "pydantic" not in problem
        assert " / " in problem
