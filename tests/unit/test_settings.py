"""What operators may get wrong is said at the start, in one line that names the variable."""

from __future__ import annotations

import math
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import cli
from server.db.url import strip_redis_credentials
from server.settings import TYPE_OF_FIELD, VARIABLE_OF_FIELD, ServerSettings, SettingError, load_settings

SECRET = "a key that nobody guesses"
CASES = [
    ("INKLING_SECRET", ","),
    ("INKLING_SECRET", " , "),
    ("INKLING_SECRET", "x"),
    ("INKLING_SECRET", f"{SECRET},short"),
    ("INKLING_ADMIN_TOKEN", "a"),
    ("INKLING_TRUSTED_PROXIES", "10.0.0.0/8, proxy"),
    ("INKLING_TRUSTED_PROXIES", "10.0.0.0/99"),
    ("INKLING_KEEP", "no"),
    ("INKLING_ALONE", "yes"),
    ("INKLING_TICK_MS", "fast"),
    ("INKLING_TICK_MS", "-5"),
    ("INKLING_TICK_MS", "0"),
    ("INKLING_TICK_MS", "1_00"),
    ("INKLING_TICK_MS", "٣٠"),
    ("INKLING_GUESS_HZ", "0"),
    ("INKLING_GUESS_HZ", "nan"),
    ("INKLING_GUESS_HZ", "inf"),
    ("INKLING_GUESS_HZ", "1e400"),
    ("INKLING_MAX_ROOMS", "-1"),
    ("INKLING_REPLICAS", "-1"),
    ("INKLING_LOG_LEVEL", "chatty"),
    ("INKLING_HOST", "here and there"),
    ("INKLING_PUBLIC_URL", "play.example"),
    ("INKLING_PUBLIC_URL", "https://play.example/inkling"),
    ("INKLING_PUBLIC_URL", "https://play.example/?a=b"),
    ("INKLING_PUBLIC_URL", "https://user@play.example"),
    ("INKLING_PUBLIC_URL", "https://play.example:99999"),
    ("INKLING_PUBLIC_URL", "ftp://play.example"),
    ("INKLING_PUBLIC_URL", "https://"),
    ("PORT", "99999"),
    ("PORT", "0"),
    ("PORT", "http"),
    ("REDIS_URL", "localhost:6379"),
    ("REDIS_URL", "http://localhost:6379"),
    ("REDIS_URL", "redis://localhost:port"),
    ("REDIS_URL", "redis://localhost/first"),
    ("REDIS_URL", "redis://localhost/0?nonsense=1"),
    ("REDIS_URL", "redis+sentinel://a:1"),
]


@pytest.mark.parametrize(("name", "value"), CASES)
def test_a_setting_that_means_nothing_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{name} "):
        load_settings({name: value})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("INKLING_KEPP", "INKLING_KEEP"),
        ("INKLING_REDIS_URL", "REDIS_URL"),
        ("INKLING_PORT", "PORT"),
        ("inkling_keep", "INKLING_KEEP"),
        ("INKLING_TRUSTED_PROXY", "INKLING_TRUSTED_PROXIES"),
        ("INKLING_ADMINTOKEN", "INKLING_ADMIN_TOKEN"),
        ("INKLING_LOGLEVEL", "INKLING_LOG_LEVEL"),
        ("INKLING_XYZZY_PLUGH", "docs/settings.md"),
    ],
)
def test_an_unknown_name_is_refused_with_the_one_that_was_meant(name: str, meant: str) -> None:
    with pytest.raises(SettingError, match=rf"^{name} .*\b{meant}\b"):
        load_settings({name: "on"})


def test_what_others_put_into_the_environment_is_passed_over() -> None:
    links = {
        "INKLING_SERVICE_HOST": "10.0.0.1",
        "INKLING_SERVICE_PORT_HTTP": "80",
        "INKLING_PORT": "tcp://10.0.0.1:80",
        "INKLING_PORT_80_TCP_ADDR": "10.0.0.1",
        "INKLING_WEB_SERVICE_PORT": "80",
        "INKLING_WEB_PORT": "tcp://10.0.0.1:80",
        "INKLING_DATA": "/somewhere",
    }
    assert load_settings(links) == ServerSettings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INKLING_KEPP", "tcp://10.0.0.1:80"),
        ("INKLING_REDIS_URL", "tcp://10.0.0.1:6379"),
        ("INKLING_HOST_NAME", "udp://10.0.0.1:80"),
        ("INKLING_PORTS", "tcp://10.0.0.1:80"),
        ("INKLING_PORT_HTTP", "tcp://10.0.0.1:80"),
        ("INKLING_PORT", "8000"),
        ("INKLING_WEB_PORT", "8000"),
        ("INKLING_SERVICE_NAME", "tcp://10.0.0.1:80"),
    ],
)
def test_only_the_names_that_kubernetes_makes_are_passed_over(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{name} is no setting"):
        load_settings({name: value})


def test_an_empty_value_is_none() -> None:
    assert (
        load_settings(dict.fromkeys(VARIABLE_OF_FIELD.values(), ""))
        == load_settings(dict.fromkeys(VARIABLE_OF_FIELD.values(), " "))
        == ServerSettings()
    )


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://Play.Example", "https://play.example"),
        ("HTTPS://play.example/", "https://play.example"),
        ("https://play.example:443", "https://play.example"),
        ("http://play.example:443", "http://play.example:443"),
        ("http://play.example:80/", "http://play.example"),
        ("https://münchen.example", "https://xn--mnchen-3ya.example"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_public_address_has_one_spelling(written: str, origin: str) -> None:
    assert load_settings({"INKLING_PUBLIC_URL": written}).public_url == origin


@pytest.mark.parametrize(
    ("written", "base_path"),
    [("/", "/"), ("//", "/"), ("/draw", "/draw/"), ("/draw/", "/draw/"), ("/games/draw.2/", "/games/draw.2/")],
)
def test_a_base_path_has_one_spelling(written: str, base_path: str) -> None:
    assert load_settings({"INKLING_BASE_PATH": written}).base_path == base_path


@pytest.mark.parametrize(
    "written", ["draw", "/a b/", "/../", "/a//b", "/.hidden/", "/dräw/", "/draw?", "https://a.example/draw/"]
)
def test_what_is_no_base_path_is_refused(written: str) -> None:
    with pytest.raises(SettingError, match=r"^INKLING_BASE_PATH must be"):
        load_settings({"INKLING_BASE_PATH": written})


def test_a_public_address_with_a_path_is_told_where_that_belongs() -> None:
    with pytest.raises(SettingError, match="INKLING_BASE_PATH"):
        load_settings({"INKLING_PUBLIC_URL": "https://play.example/draw/"})


def test_keys_may_be_several() -> None:
    assert load_settings({"INKLING_SECRET": f"{SECRET}, {SECRET * 2},"}).secrets == [SECRET, SECRET * 2]
    assert load_settings({}).secrets == []


def test_a_secret_is_never_repeated() -> None:
    for name in ("INKLING_SECRET", "INKLING_ADMIN_TOKEN", "REDIS_URL"):
        with pytest.raises(SettingError) as refused:
            load_settings({name: "hush"})
        assert "hush" not in str(refused.value)
    assert strip_redis_credentials("redis://me:hush@host:1/2?password=hush") == "redis://host:1/2"


def test_replicas_cannot_be_counted_in_a_cluster() -> None:
    with pytest.raises(SettingError, match="INKLING_REPLICAS"):
        load_settings({"INKLING_REPLICAS": "1", "REDIS_URL": "redis+cluster://a:1"})


def test_the_command_line_passes_the_same_checks() -> None:
    assert load_settings({"PORT": "80"}, port=9000).port == 9000
    with pytest.raises(SettingError, match=r"^PORT "):
        load_settings({}, port=99_999)


def test_every_default_is_a_value() -> None:
    for field in fields(ServerSettings):
        if field.default != "":
            assert TYPE_OF_FIELD[field.name].read(str(field.default)) == field.default


NUMBERS = st.integers().map(str) | st.floats().map(str)
VALUES = st.text() | NUMBERS | st.sampled_from([value for _, value in CASES]) | st.sampled_from(["on", "auto", "/a"])


@given(st.dictionaries(st.sampled_from(sorted(VARIABLE_OF_FIELD.values())), VALUES, min_size=1))
def test_any_value_loads_within_its_bounds_or_is_refused_in_one_line(given_values: dict[str, str]) -> None:
    refusal = ""
    try:
        settings = load_settings(given_values)
    except SettingError as refused:
        refusal = str(refused)
    if refusal:
        assert refusal.isprintable()
        assert any(refusal.startswith(name) for name in given_values)
        return
    for field in fields(ServerSettings):
        value = getattr(settings, field.name)
        assert type(value) is type(field.default)
        assert value == field.default or TYPE_OF_FIELD[field.name].read(str(value)) == value
        assert not isinstance(value, float) or math.isfinite(value)


@pytest.mark.parametrize("command", [*sorted(cli.COMMANDS), "model"])
def test_every_command_refuses_with_one_line(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = {
        "bots": ["--url", "http://127.0.0.1:9", "--ink", "nowhere"],
        "export": ["--format", "raw", "--out", "nowhere"],
        "import": ["nowhere"],
        "remove": ["--source", "import"],
        "archive": ["--before", "2026-01-01", "--out", "nowhere"],
        "erase": ["--player", "x"],
    }.get(command, [])
    monkeypatch.setenv("INKLING_KEPP", "off")
    assert cli.main([command, *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "INKLING_KEEP" in line
