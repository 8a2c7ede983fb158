"""The calls that h2load makes: what it sends, and how long the answer is, by which a wrong one is found out."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Call:
    # Of bench_client, which checks one such call by its content and status before any is measured.
    mode: str
    path: str
    request: bytes
    # Bytes in the answer's DATA frames.
    answer: int
    flags: tuple = ()


def framed(message):
    return b"\0" + len(message).to_bytes(4, "big") + message


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def payload(size):
    """A `bench.Payload`, or any message whose only field is the first and of text or bytes."""
    return b"\x0a" + varint(size) + b"x" * size


HELLO = Call(
    "unary",
    "helloworld.Greeter/SayHello",
    framed(b"\x0a\x05world"),
    answer=len(framed(payload(len("Hello, world!")))),
)
COMPUTE = Call("compute", "bench.Bench/Compute", framed(b""), answer=len(framed(payload(8))))
YIELD = Call("yield", "bench.Bench/YieldOnce", framed(payload(12)), answer=len(framed(payload(12))))


def echo(size):
    message = framed(payload(size))
    return Call("echo", "bench.Bench/Unary", message, answer=len(message), flags=("--size", str(size)))


def stream(mode, method, count, size):
    request = framed(b"\x08" + varint(count) + b"\x10" + varint(size))
    flags = ("--messages", str(count), "--size", str(size))
    return Call(mode, f"bench.Bench/{method}", request, answer=count * len(framed(payload(size))), flags=flags)
