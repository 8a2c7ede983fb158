"""The rows of the table: what is measured, and what must come of it."""

import dataclasses
from collections.abc import Callable

from . import builds, calls


@dataclasses.dataclass(frozen=True)
class Must:
    """A bound on our figure divided by tonic's, or on our figure itself."""

    sign: str
    bound: float
    of_ours_alone: bool = False

    def holds(self, value):
        return value <= self.bound if self.sign == "≤" else value >= self.bound

    def __str__(self):
        return f"{self.sign} {self.bound:g}" + (" itself" if self.of_ours_alone else "")


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    title: str
    unit: str
    must: Must | None
    # Whether more is better, as of calls per second.
    more: bool = False


@dataclasses.dataclass(frozen=True)
class Measurement:
    """What gives the figures of one row or several at once."""

    rows: tuple
    # What a peer must be capable of to take part.
    needs: frozenset
    # (measure, peer) → a figure for each row.
    take: Callable
    # About so many for one peer.
    seconds: float
    # How many pairs, if it does not matter what is asked for.
    pairs: int | None = None


def cpu(seconds, calls, _):
    return seconds * 1e6 / calls


def rate(_, __, per_second):
    return per_second


def per_cpu_second(units):
    """So many units in each call, per second of the server's CPU."""
    return lambda seconds, calls, _: units * calls / max(seconds, 0.01)


def at_most(bound):
    return Must("≤", bound)


def at_least(bound):
    return Must("≥", bound)


def unary(row, call, runtime, connections, streams, many, value=cpu, seconds=2.5, more=False):
    name, title, unit, must = row
    return Measurement(
        (Row(name, title, unit, must, more),),
        frozenset({call.mode, runtime}),
        lambda measure, peer: measure.unary(peer, call, runtime, connections, streams, many, value),
        seconds,
    )


def hello(runtime, connections, streams, must):
    title = f"server CPU per unary call, {runtime}, {connections} × {streams}"
    row = (f"unary-{runtime}-{connections}x{streams}", title, "µs", must)
    return unary(row, calls.HELLO, runtime, connections, streams, 150_000)


def bidi(runtime, must):
    return Measurement(
        (Row(f"bidi-{runtime}", f"server CPU per round trip, {runtime}, 100 bidi ping-pongs", "µs", must),),
        frozenset({"bidi", runtime}),
        lambda measure, peer: measure.bidi(peer, runtime, 100, 400_000),
        2,
    )


def client(runtime, must):
    return Measurement(
        (Row(f"client-{runtime}", f"client CPU per unary call, {runtime}, 100 callers", "µs", must),),
        frozenset({"client"}),
        lambda measure, peer: measure.client_cpu(peer, runtime, 100, 150_000),
        2.5,
    )


def latency(connections, streams, per_second):
    at = f"{connections} × {streams} at {per_second:,} calls/s"
    return Measurement(
        (
            Row(f"latency-p50-{connections}x{streams}", f"latency p50, {at}", "µs", at_most(1.05)),
            Row(f"latency-p99-{connections}x{streams}", f"latency p99, {at}", "µs", at_most(1.1)),
        ),
        frozenset({"unary", "ct", "latency"}),
        lambda measure, peer: measure.latency(peer, connections, streams, per_second, seconds=3),
        3.6,
        pairs=7,
    )


SMALL, LARGE = 100, 64 << 10
MEGABYTE = 1_000_000

ALL = [
    hello("mt2", 1, 100, at_most(0.35)),
    hello("mt2", 50, 20, at_most(0.42)),
    hello("ct", 1, 100, at_most(0.72)),
    hello("ct", 50, 20, at_most(0.72)),
    Measurement(
        (Row("instructions", "server instructions per unary call, ct, 1 × 100", "", at_most(0.72)),),
        frozenset({"unary", "valgrind"}),
        lambda measure, peer: measure.instructions(peer, 1000, 6000),
        14,
        pairs=1,
    ),
    Measurement(
        (
            Row("allocations", "server allocations per unary call, ct, 1 × 100", "", Must("≤", 14, of_ours_alone=True)),
            Row("allocated", "bytes in them", "B", None),
        ),
        frozenset({"unary", "valgrind"}),
        lambda measure, peer: measure.allocations(peer, 1000, 6000),
        10,
        pairs=1,
    ),
    unary(
        ("echo-64k", "server CPU per echo of 64 KiB, ct, 1 × 10", "µs", at_most(0.78)),
        *(calls.echo(LARGE), "ct", 1, 10, 20_000),
    ),
    bidi("mt2", at_most(0.30)),
    bidi("ct", at_most(0.92)),
    unary(
        ("stream-100b", "100 B messages per second of server CPU, ready source", "/s", at_least(1.25)),
        calls.stream("server-stream", "ServerStream", 100_000, SMALL),
        *("ct", 1, 10, 100),
        per_cpu_second(100_000),
        more=True,
    ),
    unary(
        ("queue-100b", "100 B messages per second of server CPU, from a queue", "/s", at_least(1.1)),
        calls.stream("queued-stream", "QueuedStream", 100_000, SMALL),
        *("ct", 1, 10, 50),
        per_cpu_second(100_000),
        more=True,
    ),
    unary(
        ("stream-64k", "MB per second of server CPU, 64 KiB messages", "MB/s", at_least(1.0)),
        calls.stream("server-stream", "ServerStream", 1000, LARGE),
        *("ct", 1, 10, 40),
        per_cpu_second(1000 * LARGE / MEGABYTE),
        more=True,
    ),
    client("ct", at_most(0.70)),
    client("mt2", at_most(0.50)),
    Measurement(
        (Row("memory", "memory per open bidi stream, 100 × 100", "B", at_most(0.30)),),
        frozenset({"bidi", "ct"}),
        lambda measure, peer: measure.memory(peer, 100, 100),
        2,
        pairs=3,
    ),
    unary(
        ("compute", "calls per second of 50 µs of arithmetic each, mt2, 1 × 100", "/s", at_least(1.0)),
        *(calls.COMPUTE, "mt2", 1, 100, 40_000, rate),
        more=True,
    ),
    unary(
        ("yield", "server CPU per call that yields once, mt2, 1 × 100", "µs", at_most(0.35)),
        *(calls.YIELD, "mt2", 1, 100, 150_000),
    ),
    latency(1, 1, 2_000),
    latency(50, 20, 20_000),
    Measurement(
        (
            Row("build-proto", "clean dev build of hello world, with a .proto", "s", at_most(0.8)),
            Row("build-plain", "clean dev build of hello world, without", "s", at_most(0.5)),
            Row("packages-proto", "packages of hello world, with a .proto", "", None),
            Row("packages-plain", "packages of hello world, without", "", Must("≤", 60, of_ours_alone=True)),
        ),
        frozenset({"build"}),
        lambda measure, peer: builds.build(measure.builds, peer.name),
        35,
        pairs=3,
    ),
]
