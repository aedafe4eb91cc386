"""The Valkey that comes with Leadline, as a real process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gateway.keeping.embedded import EmbeddedError, Server, Valkey, answers, wheel_server, which_server

STARTS_ONE_AND_WAITS = """
import sys, time
from pathlib import Path
from gateway.keeping.embedded import Valkey, wheel_server
server = Valkey(Path(sys.argv[1]), server=wheel_server())
server.start()
print(server.process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "valkey"


@pytest.fixture
def server(folder: Path) -> Iterator[Valkey]:
    with Valkey(folder, server=wheel_server()) as server:
        yield server


def client_of(server: Valkey) -> "redis.Redis":
    return redis.Redis.from_url(server.url, decode_responses=True, retry=Retry(NoBackoff(), 0), socket_timeout=2)


def kill_9(server: Valkey) -> None:
    assert server.process is not None
    server.process.kill()
    server.process.wait()


def eventually(what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not what() and time.monotonic() < deadline:
        time.sleep(0.02)
    return what()


def test_it_keeps_an_append_only_file_and_evicts_nothing(server: Valkey) -> None:
    with client_of(server) as client:
        wanted = {"appendonly": "yes", "appendfsync": "everysec", "save": "", "maxmemory-policy": "noeviction"}
        assert client.config_get(*wanted) == wanted


def test_nobody_else_may_enter_its_folder_or_its_socket(server: Valkey) -> None:
    assert server.folder.stat().st_mode & 0o777 == 0o700
    assert server.socket.stat().st_mode & 0o777 == 0o700


def test_acknowledged_writes_survive_kill_9(server: Valkey, folder: Path) -> None:
    with client_of(server) as client:
        for number in range(2000):
            client.set(f"k{number}", number)
    kill_9(server)
    with Valkey(folder, server=wheel_server()) as after, client_of(after) as client:
        assert client.dbsize() == 2000


def test_it_starts_over_the_socket_that_kill_9_left(server: Valkey) -> None:
    kill_9(server)
    assert server.socket.exists()
    assert not answers(server.socket)
    server.start()
    assert answers(server.socket)


def test_a_second_start_uses_the_running_one_and_does_not_stop_it(server: Valkey, folder: Path) -> None:
    with Valkey(folder, server=wheel_server()) as second:
        assert second.process is None
        assert second.url == server.url
    assert answers(server.socket)


def test_after_stop_nobody_answers(folder: Path) -> None:
    server = Valkey(folder, server=wheel_server())
    server.start()
    process = server.process
    server.stop()
    assert process is not None
    assert process.returncode == 0
    assert not answers(server.socket)
    server.stop()


def test_in_a_deep_folder_it_listens_elsewhere(tmp_path: Path) -> None:
    with Valkey(tmp_path / ("x" * 100), server=wheel_server()) as server:
        assert not server.socket.is_relative_to(tmp_path)
        assert server.socket.parent.stat().st_mode & 0o777 == 0o700
        assert answers(server.socket)
    server.socket.parent.rmdir()


def test_a_folder_that_leads_elsewhere_is_refused(tmp_path: Path, folder: Path) -> None:
    folder.symlink_to(tmp_path)
    with pytest.raises(EmbeddedError, match="belongs to somebody else"):
        Valkey(folder, server=wheel_server()).start()


def test_a_server_that_ends_at_once_is_one_clear_line(folder: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"ended at once, see .*valkey\.log"):
        Valkey(folder, server=Server("/bin/false", "nothing")).start()


def test_it_does_not_outlive_a_starter_that_is_killed(folder: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTS_ONE_AND_WAITS, str(folder)], stdout=subprocess.PIPE)
    assert starter.stdout is not None
    with starter.stdout as line:
        assert int(line.readline()) > 0
    socket = Valkey(folder).socket
    assert answers(socket)
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    assert eventually(lambda: not answers(socket))


@pytest.mark.parametrize(
    ("version", "taken"),
    [("Redis server v=7.0.15 sha=00000000:0", True), ("Redis server v=6.2.14 sha=0", False), ("no words", False)],
)
def test_a_server_on_path_is_taken_from_version_7(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, taken: bool
) -> None:
    program = tmp_path / "redis-server"
    program.write_text(f"#!/bin/sh\necho '{version}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (which_server().path == str(program)) is taken
    assert which_server().name.startswith("redis-server 7.0" if taken else "embedded Valkey")
