"""Breaking the connection of one request, for web servers that would end it as if all was well.

A WSGI application says that a response is broken by raising in the middle of it. Granian then ends the body in good
order, so that the client takes half of it for the whole (no version has a way to tell it so). What an application can
do is to reset the connection itself. WSGI does not say which one it is, so it is found by what was written to it.
"""

import contextlib
import ctypes
import ipaddress
import os
import socket
import stat
import struct
import time
from collections.abc import Iterator

from django.http import HttpRequest

# struct tcp_info of Linux: bytes that wait in the socket, bytes sent, and how many of them were sent once more.
_INFO_SIZE = 256
_WAITING = struct.Struct("=144xI")
_SENT = struct.Struct("=200xQQ")

_libc = ctypes.CDLL(None)
_INTERNET = frozenset({socket.AF_INET, socket.AF_INET6})

ATTEMPTS, PAUSE = 50, 0.02
FOLDER = "/proc/self/fd"
HELD_BACK = 2 * 1024 * 1024
"""Bytes at most that were given to the server and did not reach a socket yet."""
OVERHEAD = 64 * 1024
"""Bytes at most that the server adds: the head of the answer, the sizes of chunks."""


class Connections:
    """The connections on which a request may have come in, watched from its beginning on."""

    def __init__(self, request: HttpRequest) -> None:
        self._peer = _address(request.META.get("REMOTE_ADDR", ""))
        self._port = request.META.get("SERVER_PORT", "")
        self._written = {key: _written(found)[0] for key, found in self._open()}

    def cut(self, given: int) -> int:
        """Break the connection to which was written what was given to the server since the beginning.

        Where several fit, all are broken: their readers ask again, whereas half an answer that looks whole is never
        noticed. Returns how many were broken: 0 on systems other than Linux, and for Unix sockets.
        """
        for _ in range(ATTEMPTS):
            if count := self._cut_between(given, given + OVERHEAD + given // 64):
                return count
            time.sleep(PAUSE)  # the server is about to write
        return self._cut_between(given - HELD_BACK, given + OVERHEAD + given // 64)

    def _cut_between(self, least: int, most: int) -> int:
        count = 0
        for key, found in self._open():
            if key not in self._written:
                continue
            written, waiting = _written(found)
            # A client that does not read keeps back what is in the server's hands: its socket takes no more.
            if least - (HELD_BACK if waiting else 0) <= written - self._written[key] <= most:
                _reset(found)
                count += 1
        return count

    def _open(self) -> Iterator[tuple[tuple[int, int], socket.socket]]:
        """The connections of this process with the client of the request, by descriptor and inode."""
        with contextlib.suppress(FileNotFoundError):
            for number in map(int, os.listdir(FOLDER)):
                with contextlib.suppress(OSError):  # closed meanwhile, or not connected
                    status = os.fstat(number)
                    if not stat.S_ISSOCK(status.st_mode):
                        continue
                    with socket.socket(fileno=os.dup(number)) as found:
                        if found.family in _INTERNET and found.type == socket.SOCK_STREAM and self._fits(found):
                            yield (number, status.st_ino), found

    def _fits(self, found: socket.socket) -> bool:
        return _address(found.getpeername()[0]) == self._peer and str(found.getsockname()[1]) == self._port


def _reset(found: socket.socket) -> None:
    """End a connection by a reset. An orderly end is how an answer of HTTP/1.0 says that it is whole.

    Linux resets a connection that is connected to nowhere.
    """
    nowhere = bytes(16)  # a sockaddr of the family AF_UNSPEC
    if _libc.connect(found.fileno(), nowhere, len(nowhere)):
        with contextlib.suppress(OSError):
            found.shutdown(socket.SHUT_RDWR)


def _written(found: socket.socket) -> tuple[int, int]:
    """How many bytes were written to a socket, and how many of them the client has no room for by now."""
    info = found.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
    (waiting,) = _WAITING.unpack_from(info)
    sent, again = _SENT.unpack_from(info)
    return waiting + sent - again, waiting


def _address(text: str) -> object:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text
    return getattr(address, "ipv4_mapped", None) or address
