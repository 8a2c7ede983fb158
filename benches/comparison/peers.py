"""Who is compared: how each is built, how its programs are started, and which of the calls it answers."""

import dataclasses
from collections.abc import Callable

from . import foreign

UNARY = {"unary", "echo", "compute", "yield"}
STREAMS = {"bidi", "server-stream", "queued-stream"}
ANY_RUNTIME = {"ct", "mt2"}


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    # The program that is its server; it takes `--port` and `--runtime`.
    server: tuple | None
    # What it can do, as rows ask for it.
    can: frozenset
    # A framework that does the whole of gRPC: none of these may be faster.
    whole: bool = True
    client: tuple = ()
    # Of the workspace in `peers`, if it is of Rust's.
    package: str = ""
    # Builds what is not, and gives the command of the server.
    prepare: Callable | None = None
    # The part of the calls that is enough to measure it by.
    share: float = 1.0
    note: str = ""


OURS = Peer(
    "ours",
    ("bench_server",),
    frozenset(UNARY | STREAMS | ANY_RUNTIME | {"client", "valgrind", "latency", "build"}),
    client=("bench_client",),
)
# The order is that of importance: tonic decides, the floor comes next.
ALL = [
    Peer(
        "tonic",
        ("tonic_server",),
        frozenset(UNARY | STREAMS | ANY_RUNTIME | {"client", "valgrind", "latency", "build"}),
        client=("tonic_client",),
        package="bench-tonic",
    ),
    Peer(
        "hyper",
        ("hyper_server",),
        frozenset(UNARY | ANY_RUNTIME | {"bidi", "valgrind", "latency"}),
        package="bench-floor",
        whole=False,
        note="no framework: a task per stream",
    ),
    Peer(
        "h2",
        ("h2_server",),
        frozenset(UNARY | ANY_RUNTIME | {"bidi", "valgrind", "latency"}),
        package="bench-floor",
        whole=False,
        note="no framework: the streams of a connection in its task",
    ),
    Peer(
        "volo",
        ("volo_server",),
        frozenset(UNARY | STREAMS | ANY_RUNTIME | {"valgrind", "latency"}),
        package="bench-volo",
    ),
    Peer(
        "c++",
        None,
        frozenset({"unary", "echo", "compute", "bidi", "server-stream", "valgrind", "latency"} | ANY_RUNTIME),
        prepare=foreign.cpp,
        note="Debian's libgrpc++, the callback API, with gRPC's own threads in place of *ct* and *mt2*",
    ),
    Peer(
        "grpcio",
        None,
        frozenset({"unary", "echo", "yield", "ct"} | STREAMS),
        prepare=foreign.grpcio,
        share=0.03,
        note="Python's asyncio API, which has one thread",
    ),
    Peer(
        "pajamax",
        ("pajamax_server",),
        frozenset({"unary", "valgrind", "latency"} | ANY_RUNTIME),
        package="bench-pajamax",
        whole=False,
        share=3,
        note="unary calls only; no flow control, metadata, deadlines or TLS; a thread per connection",
    ),
]
