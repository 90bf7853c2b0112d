"""Finding and breaking the connection of one request, on real sockets."""

import contextlib
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.test import RequestFactory

from api import connections
from api.connections import Connections


class Server:
    """A listening socket in this process, as a web server has one."""

    def __init__(self, stack: ExitStack, host: str, family: socket.AddressFamily) -> None:
        self.stack = stack
        self.listening = stack.enter_context(
            socket.create_server((host, 0), family=family, dualstack_ipv6=host == "::")
        )
        self.port = self.listening.getsockname()[1]

    def connect(self, host: str) -> tuple[socket.socket, socket.socket]:
        """A client's end of a connection, and ours."""
        client = self.stack.enter_context(socket.create_connection((host, self.port), timeout=10))
        ours = self.stack.enter_context(self.listening.accept()[0])
        return client, ours


@pytest.fixture(params=[("127.0.0.1", socket.AF_INET), ("::", socket.AF_INET6)], ids=["IPv4", "both"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with ExitStack() as stack:
        yield Server(stack, *request.param)


def watched(server: Server, peer: str = "127.0.0.1") -> Connections:
    return Connections(RequestFactory().get("/", REMOTE_ADDR=peer, SERVER_PORT=str(server.port)))


def is_broken(client: socket.socket) -> bool:
    """Whether the connection was reset. An orderly end is none."""
    client.setblocking(False)
    try:
        while client.recv(1 << 20):
            pass
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
    raise AssertionError("It ended as if all was well.")


def filled(ours: socket.socket) -> int:
    """Write until the socket takes no more. Returns how much it took."""
    ours.setblocking(False)
    written = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            written += ours.send(b"x" * 65_536)
    return written


def test_only_the_one_that_was_written_to_is_broken(server: Server):
    pairs = [server.connect("127.0.0.1") for _ in range(4)]
    pairs[0][1].sendall(b"x" * 70_000)  # before the request began
    found = watched(server)
    pairs[1][1].sendall(b"x" * 100)
    pairs[2][1].sendall(b"x" * 200_300)
    pairs[3][1].sendall(b"x" * 600_000)

    assert found.cut(200_000) == 1
    assert [is_broken(client) for client, _ in pairs] == [False, False, True, False]


def test_one_whose_client_does_not_read_is_found_by_its_full_socket(server: Server):
    stuck, idle = server.connect("127.0.0.1"), server.connect("127.0.0.1")
    found = watched(server)
    idle[1].sendall(b"x" * 1000)
    written = filled(stuck[1])

    # What the web server still holds in its hands has not been written.
    assert found.cut(written + 500_000) == 1
    assert [is_broken(idle[0]), is_broken(stuck[0])] == [False, True]


def test_one_that_came_later_is_left_alone(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "ATTEMPTS", 1)
    found = watched(server)
    client, ours = server.connect("127.0.0.1")
    ours.sendall(b"x" * 1000)

    assert found.cut(1000) == 0
    assert not is_broken(client)


def test_another_clients_connection_is_left_alone(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "ATTEMPTS", 1)
    client, ours = server.connect("127.0.0.1")
    strangers = [watched(server, "127.0.0.2"), watched(server, ""), watched(server, "unix:")]
    ours.sendall(b"x" * 1000)

    assert [found.cut(1000) for found in strangers] == [0, 0, 0]
    assert not is_broken(client)


def test_where_there_is_no_list_of_sockets_none_is_found(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "ATTEMPTS", 1)
    monkeypatch.setattr(connections, "FOLDER", "/proc/self/no-such-folder")
    _, ours = server.connect("127.0.0.1")
    found = watched(server)
    ours.sendall(b"x" * 1000)

    assert found.cut(1000) == 0
