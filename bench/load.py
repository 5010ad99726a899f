"""Requests over raw sockets that stay open: cheap enough to load a server on the same two cores.

A process drives some connections in turn; each sends its next request when the last one was answered. Requests are
bytes that were made before the clock starts.
"""

from __future__ import annotations

import json
import multiprocessing
import select
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Next = Callable[[int, int, bytes], bytes | None]
"""What connection i sends as its n-th request, given the last answer; None ends it."""


@dataclass
class Measured:
    """What a load came to: requests, seconds, how often each status, latencies in seconds."""

    count: int = 0
    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.count / self.seconds

    def percentile(self, share: float) -> float:
        """A percentile of the latencies in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def request(method: str, path: str, token: str = "", body: Any = None, **headers: str) -> bytes:
    """A request as bytes; a body that is no bytes goes as JSON."""
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: bench",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(raw)}"]
    return "\r\n".join([*lines, "", ""]).encode() + raw


class Connection:
    """One connection that stays open; it is opened again where the server ends it between two requests."""

    def __init__(self, port: int, number: int) -> None:
        self.port, self.number, self.sent = port, number, 0
        self.buffer, self.began = bytearray(), 0.0
        self.open()

    def open(self) -> None:
        """Connect."""
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, raw: bytes) -> None:
        """Send a request; the clock of its latency starts."""
        self.sent += 1
        self.began = time.perf_counter()
        self.buffer.clear()
        self.socket.sendall(raw)

    def receive(self) -> bytes | None:
        """The whole answer, or None while a part is missing. Raises ConnectionError where the server went away."""
        part = self.socket.recv(262144)
        if not part:
            raise ConnectionError("the server closed the connection")
        self.buffer += part
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.buffer[:end]).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0] or 0) if head[9:12] != b"304" else 0
        return bytes(self.buffer) if len(self.buffer) >= end + 4 + length else None


def ask(port: int, raw: bytes) -> tuple[int, dict[str, str], bytes]:
    """One request on a connection of its own: status, headers in small letters, body."""
    connection = Connection(port, 0)
    connection.send(raw)
    while (answer := connection.receive()) is None:
        pass
    connection.socket.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    return int(lines[0].split()[1]), {n.lower(): v for n, _, v in (line.partition(": ") for line in lines[1:])}, body


def drive(port: int, connections: int, following: Next, seconds: float) -> Measured:
    """Load from this process for some seconds, or until every connection has nothing more to send."""
    poll, opened, done = select.epoll(), {}, Measured()
    began = time.perf_counter()
    for number in range(connections):
        first = following(number, 0, b"")
        if first is not None:
            connection = Connection(port, number)
            opened[connection.socket.fileno()] = connection
            poll.register(connection.socket, select.EPOLLIN)
            connection.send(first)
    while opened:
        for descriptor, _ in poll.poll():
            connection = opened[descriptor]
            answer = connection.receive()
            if answer is None:
                continue
            now = time.perf_counter()
            done.count += 1
            done.statuses[int(answer[9:12])] += 1
            done.latencies.append(now - connection.began)
            raw = following(connection.number, connection.sent, answer) if now - began < seconds else None
            if raw is not None:
                connection.send(raw)
            else:
                poll.unregister(connection.socket)
                connection.socket.close()
                del opened[descriptor]
    done.seconds = time.perf_counter() - began
    return done


def load(port: int, loads: Sequence[tuple[int, Next]], seconds: float) -> Measured:
    """Load from one process for each of `loads` (connections, what they send); they start together."""
    if len(loads) == 1:
        return drive(port, *loads[0], seconds)
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(len(loads) + 1), context.Queue()

    def one(connections: int, following: Next) -> None:
        gate.wait()
        answers.put(drive(port, connections, following, seconds))

    processes = [context.Process(target=one, args=each) for each in loads]
    for process in processes:
        process.start()
    gate.wait()
    began = time.perf_counter()
    parts = [answers.get(timeout=600) for _ in processes]
    elapsed = time.perf_counter() - began
    for process in processes:
        process.join()
    return together(parts, elapsed)


def together(parts: Iterable[Measured], seconds: float) -> Measured:
    """What several processes did at the same time."""
    done = Measured(seconds=seconds)
    for part in parts:
        done.count += part.count
        done.statuses += part.statuses
        done.latencies += part.latencies
    return done


def again(raw: bytes) -> Next:
    """The same request over and over."""
    return lambda *_: raw


def each_of(requests: Sequence[bytes]) -> Next:
    """The requests in turn, over and over, whichever connection is next."""
    turn: Iterator[int] = iter(range(10**12))
    return lambda *_: requests[next(turn) % len(requests)]


def once(requests: Sequence[bytes], connections: int) -> Next:
    """Each request once: connection i sends every `connections`-th."""

    def following(number: int, sent: int, answer: bytes) -> bytes | None:
        at = number + sent * connections
        return requests[at] if at < len(requests) else None

    return following
