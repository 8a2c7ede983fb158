"""A grpcio client that makes the calls of `interop.proto` against a server and checks the answers.

    python client.py GENERATED HOST:PORT [--tls DIRECTORY NAME] [CASE...]
    python client.py GENERATED --list

With `--tls`, the directory has `authority.pem`, which the server's certificate is from, and `client.pem` and
`client.key`, which the client shows; the server's certificate is for NAME.

Prints `case NAME: ok` or `case NAME: FAILED why` for each case, and ends with 1 if one failed.
"""

import asyncio
import pathlib
import sys
import traceback
import uuid

sys.path.insert(0, sys.argv[1])

import grpc  # noqa: E402
import interop_pb2 as pb  # noqa: E402
import interop_pb2_grpc as rpc  # noqa: E402
from details import CODE, DETAILS, MESSAGE, named, unpacked  # noqa: E402
from grpc_status import rpc_status  # noqa: E402

MIB = 1024 * 1024
CASES = {}

# Seconds; long enough for a call to reach its handler on a busy machine.
DEADLINE = 2

# No case takes this long; it only turns a hang into a failure.
PATIENCE = 30


def case(function):
    CASES[function.__name__] = function
    return function


# --- The four kinds ---------------------------------------------------------------------------------------


@case
async def a_unary_call_is_answered(stub, channel):
    for body in (b"", b"\x00\xff", b"x" * 100_000):
        equal(await stub.Echo(pb.Payload(body=body, index=7)), pb.Payload(body=body, index=7))


@case
async def a_server_stream_arrives_whole(stub, channel):
    for count, size in ((0, 0), (1, 0), (1000, 10), (50, 100_000)):
        replies = [reply async for reply in stub.Count(pb.CountRequest(count=count, size=size))]
        equal([reply.index for reply in replies], list(range(count)))
        equal({len(reply.body) for reply in replies}, {size} if count else set())


@case
async def a_client_stream_is_added_up(stub, channel):
    for numbers in ((), (5,), range(-500, 1000)):
        total = await stub.Sum(pb.Number(value=number) for number in numbers)
        equal((total.value, total.count), (sum(numbers), len(numbers)))


@case
async def a_bidi_stream_answers_every_request(stub, channel):
    async def requests():
        for index in range(1000):
            yield pb.Payload(index=index, body=bytes(index))

    replies = [reply async for reply in stub.Mirror(requests())]
    equal([(reply.index, len(reply.body)) for reply in replies], [(n, n) for n in range(1000)])


@case
async def a_bidi_call_answers_each_request_before_the_next(stub, channel):
    call = stub.Mirror()
    for index in range(100):
        await call.write(pb.Payload(index=index))
        equal((await call.read()).index, index)
    await call.done_writing()
    equal(await call.read(), grpc.aio.EOF)
    equal(await call.code(), grpc.StatusCode.OK)


# --- Metadata ---------------------------------------------------------------------------------------------

SENT = (
    ("x-text", "plain"),
    ("x-many", "one"),
    ("x-many", "two, and a comma"),
    ("x-data-bin", b"\x00\x01\xfe\xff"),
    ("x-data-bin", b""),
    ("x-data-bin", b"longer than three"),
)


@case
async def metadata_goes_both_ways_on_a_unary_call(stub, channel):
    call = stub.EchoMetadata(pb.Payload(), metadata=SENT)
    reply = await call
    equal(sorted((e.key, e.value) for e in reply.entries), sorted((k, as_bytes(v)) for k, v in SENT))
    same_order_per_key([(e.key, e.value) for e in reply.entries], [(k, as_bytes(v)) for k, v in SENT])
    await came_back(call)


@case
async def metadata_goes_both_ways_on_a_stream(stub, channel):
    call = stub.Mirror(metadata=SENT)
    await call.write(pb.Payload(index=1))
    equal((await call.read()).index, 1)
    await call.done_writing()
    equal(await call.read(), grpc.aio.EOF)
    await came_back(call)


@case
async def initial_metadata_comes_before_any_message(stub, channel):
    call = stub.Mirror(metadata=SENT)
    # Nothing has been sent: these must come all the same.
    same_order_per_key(x_only(await call.initial_metadata()), list(SENT))
    call.cancel()


async def came_back(call):
    same_order_per_key(x_only(await call.initial_metadata()), list(SENT))
    trailing = [(k, v) for k, v in await call.trailing_metadata() if k.startswith("t-")]
    same_order_per_key(trailing, [("t-" + k.removeprefix("x-"), v) for k, v in SENT])


def x_only(metadata):
    return [(key, value) for key, value in metadata if key.startswith("x-")]


def same_order_per_key(got, wanted):
    """Only the order of the values of one key is promised."""

    def by_key(entries):
        return {key: [v for k, v in entries if k == key] for key, _ in entries}

    equal(by_key(got), by_key(wanted))


def as_bytes(value):
    return value if isinstance(value, bytes) else value.encode()


# --- Deadlines and cancellation ---------------------------------------------------------------------------


@case
async def the_server_sees_the_deadline(stub, channel):
    reply = await stub.Sleep(pb.SleepRequest(), timeout=None)
    check(not reply.has_deadline, "the server saw a deadline that was not set")
    reply = await stub.Sleep(pb.SleepRequest(), timeout=20)
    check(reply.has_deadline, "the server saw no deadline")
    # grpcio rounds a timeout up when it goes on the wire, by up to 1 %.
    check(0 < reply.remaining_milliseconds <= 20_200, f"{reply.remaining_milliseconds} ms remained")


@case
async def a_deadline_ends_a_unary_call(stub, channel):
    key = new_key()
    call = stub.Sleep(pb.SleepRequest(milliseconds=60_000, key=key), timeout=DEADLINE)
    await fails_with(call, grpc.StatusCode.DEADLINE_EXCEEDED)
    await stub.Cancelled(pb.Key(key=key))


@case
async def a_deadline_ends_a_stream(stub, channel):
    key = new_key()
    call = stub.Hang(pb.Key(key=key), timeout=DEADLINE)
    await call.read()
    await fails_with(call.read(), grpc.StatusCode.DEADLINE_EXCEEDED)
    await stub.Cancelled(pb.Key(key=key))


@case
async def a_deadline_ends_a_call_that_still_sends(stub, channel):
    for method in (stub.Absorb, stub.Linger):
        key = new_key()
        call = method(timeout=DEADLINE)
        await call.write(pb.Key(key=key))
        if method is stub.Linger:
            await call.read()
        await stub.Cancelled(pb.Key(key=key))
        equal(await call.code(), grpc.StatusCode.DEADLINE_EXCEEDED)


@case
async def a_cancelled_unary_call_stops_its_handler(stub, channel):
    key = new_key()
    call = stub.Sleep(pb.SleepRequest(milliseconds=60_000, key=key))
    # An aio call goes out at once; nothing needs to await it.
    await stub.Started(pb.Key(key=key))
    call.cancel()
    await stub.Cancelled(pb.Key(key=key))
    equal(await call.code(), grpc.StatusCode.CANCELLED)


@case
async def a_cancelled_stream_stops_its_handler(stub, channel):
    key = new_key()
    call = stub.Hang(pb.Key(key=key))
    await call.read()
    call.cancel()
    await stub.Cancelled(pb.Key(key=key))
    equal(await call.code(), grpc.StatusCode.CANCELLED)


@case
async def a_cancelled_call_that_still_sends_stops_its_handler(stub, channel):
    for method in (stub.Absorb, stub.Linger):
        key = new_key()
        call = method()
        await call.write(pb.Key(key=key))
        await stub.Started(pb.Key(key=key))
        call.cancel()
        await stub.Cancelled(pb.Key(key=key))
        equal(await call.code(), grpc.StatusCode.CANCELLED)


@case
async def a_closed_channel_stops_its_handlers(stub, channel):
    key = new_key()
    async with connect() as other:
        call = rpc.InteropStub(other).Hang(pb.Key(key=key))
        await call.read()
    await stub.Cancelled(pb.Key(key=key))


# --- Connections that end ---------------------------------------------------------------------------------


@case
async def a_client_that_pings_too_often_is_refused(stub, channel):
    eager = (
        ("grpc.keepalive_time_ms", 100),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
    )
    async with connect(eager) as other:
        call = rpc.InteropStub(other).Hang(pb.Key(key=new_key()))
        await call.read()
        error = await fails_with(call.read(), grpc.StatusCode.UNAVAILABLE)
        contains(error.details(), "too_many_pings")


@case
async def calls_go_on_while_connections_end(stub, channel):
    # Some servers under test give a connection a fraction of a second.
    for index in range(100):
        equal((await stub.Echo(pb.Payload(index=index))).index, index)
        await asyncio.sleep(0.01)


def new_key():
    return str(uuid.uuid4())


# --- Failures ---------------------------------------------------------------------------------------------


@case
async def every_status_code_arrives(stub, channel):
    for code in grpc.StatusCode:
        if code is not grpc.StatusCode.OK:
            error = await fails_with(stub.Fail(pb.Failure(code=code.value[0], message="as asked")), code)
            equal(error.details(), "as asked")


@case
async def a_message_that_is_not_ascii_arrives(stub, channel):
    for message in ("100 % größer: 日本語 🦀", "line\nbreak\ttab\r\n", "%41 %zz %", "x" * 2000, ""):
        failure = pb.Failure(code=5, message=message)
        error = await fails_with(stub.Fail(failure), grpc.StatusCode.NOT_FOUND)
        equal(error.details(), message)


@case
async def details_of_an_error_arrive(stub, channel):
    details = bytes(range(256))
    failure = pb.Failure(code=9, message="see the details", details=details)
    error = await fails_with(stub.Fail(failure), grpc.StatusCode.FAILED_PRECONDITION)
    equal(dict(error.trailing_metadata()).get("grpc-status-details-bin"), details)


@case
async def details_of_each_google_type_arrive(stub, channel):
    for name in [*DETAILS, "all"]:
        error = await fails_with(stub.FailRichly(pb.Key(key=name)), grpc.StatusCode.FAILED_PRECONDITION)
        status = rpc_status.from_call(error)
        equal((status.code, status.message), (CODE, MESSAGE))
        # Not their bytes: maps have no order.
        equal(unpacked(status), named(name))


@case
async def an_error_after_messages_follows_them(stub, channel):
    for after in (0, 1, 100):
        call = stub.FailLater(pb.Failure(code=10, message="enough", after=after, details=b"why"))
        for index in range(after):
            equal((await call.read()).index, index)
        error = await fails_with(call.read(), grpc.StatusCode.ABORTED)
        equal(error.details(), "enough")


@case
async def an_unknown_method_is_unimplemented(stub, channel):
    unknown = channel.unary_unary("/interop.Interop/Nothing")
    await fails_with(unknown(b""), grpc.StatusCode.UNIMPLEMENTED)
    await fails_with(stub.Unfinished(pb.Payload()), grpc.StatusCode.UNIMPLEMENTED)


@case
async def an_unknown_service_is_unimplemented(stub, channel):
    unserved = rpc.UnservedStub(channel)
    await fails_with(unserved.Echo(pb.Payload()), grpc.StatusCode.UNIMPLEMENTED)


async def fails_with(awaitable, code):
    try:
        answer = await awaitable
    except grpc.RpcError as error:
        equal(error.code(), code)
        return error
    raise AssertionError(f"{code.name} expected, but the answer was {str(answer)[:200]!r}")


# --- Sizes and numbers ------------------------------------------------------------------------------------


@case
async def a_large_message_goes_through(stub, channel):
    body = bytes(range(256)) * (3 * MIB // 256)
    reply = await stub.Echo(pb.Payload(body=body))
    check(reply.body == body, "the body came back changed")


@case
async def a_message_over_the_servers_limit_is_refused(stub, channel):
    call = stub.Echo(pb.Payload(body=bytes(5 * MIB)))
    await fails_with(call, grpc.StatusCode.RESOURCE_EXHAUSTED)
    # The connection must have survived it.
    equal((await stub.Echo(pb.Payload(index=1))).index, 1)


@case
async def a_message_over_the_clients_limit_is_refused(stub, channel):
    call = stub.Count(pb.CountRequest(count=1, size=5 * MIB))
    await fails_with(call.read(), grpc.StatusCode.RESOURCE_EXHAUSTED)
    equal((await stub.Echo(pb.Payload(index=1))).index, 1)


@case
async def two_hundred_calls_at_once_are_answered(stub, channel):
    async def one(index):
        reply = await stub.Echo(pb.Payload(index=index, body=bytes(index)))
        return reply.index, len(reply.body)

    equal(await asyncio.gather(*map(one, range(200))), [(n, n) for n in range(200)])


@case
async def a_hundred_streams_at_once_are_answered(stub, channel):
    async def one(index):
        call = stub.Mirror()
        for step in range(10):
            await call.write(pb.Payload(index=index + step))
            equal((await call.read()).index, index + step)
        await call.done_writing()
        equal(await call.read(), grpc.aio.EOF)

    await asyncio.gather(*map(one, range(100)))


# --- Compression ------------------------------------------------------------------------------------------


@case
async def gzip_goes_both_ways(stub, channel):
    await compressed(stub, grpc.Compression.Gzip)


@case
async def deflate_goes_both_ways(stub, channel):
    await compressed(stub, grpc.Compression.Deflate)


async def compressed(stub, compression):
    """Whether it was compressed is for the test to count on the wire."""
    body = bytes(300_000)
    equal(await stub.Echo(pb.Payload(body=body), compression=compression), pb.Payload(body=body))
    call = stub.Mirror(compression=compression)
    for index in range(3):
        await call.write(pb.Payload(body=body, index=index))
        equal(await call.read(), pb.Payload(body=body, index=index))
    await call.done_writing()
    equal(await call.read(), grpc.aio.EOF)


# --- The greeter of the examples --------------------------------------------------------------------------


@case
async def the_greeter_greets_in_all_four_kinds(stub, channel):
    import helloworld_pb2 as hello
    import helloworld_pb2_grpc as hello_rpc

    greeter = hello_rpc.GreeterStub(channel)
    names = ["Ada", "Grace", "Zoë"]
    requests = [hello.HelloRequest(name=name) for name in names]

    for name, request in zip(names, requests):
        contains((await greeter.SayHello(request)).message, name)

    replies = [reply.message async for reply in greeter.SayHelloStreamReply(requests[0])]
    check(len(replies) > 1, f"several replies expected, {len(replies)} came")
    contains(" ".join(replies), names[0])

    reply = await greeter.SayHelloClientStream(iter(requests))
    for name in names:
        contains(reply.message, name)

    call = greeter.SayHelloBidiStream()
    for name, request in zip(names, requests):
        await call.write(request)
        contains((await call.read()).message, name)
    await call.done_writing()
    equal(await call.read(), grpc.aio.EOF)


# ----------------------------------------------------------------------------------------------------------


def contains(text, part):
    check(part in text, f"{part!r} is not in {text!r}")


def equal(got, wanted):
    if got != wanted:
        raise AssertionError(f"{shortened(got)}, not {shortened(wanted)}")


def check(condition, why):
    if not condition:
        raise AssertionError(why)


def shortened(value):
    text = repr(value).replace("\n", " ")
    return text if len(text) <= 300 else text[:300] + "…"


def connect(options=()):
    if TLS is None:
        return grpc.aio.insecure_channel(TARGET, options)
    directory, name = TLS
    authority, certificate, key = (
        pathlib.Path(directory, file).read_bytes() for file in ("authority.pem", "client.pem", "client.key")
    )
    credentials = grpc.ssl_channel_credentials(authority, key, certificate)
    return grpc.aio.secure_channel(TARGET, credentials, (*options, ("grpc.ssl_target_name_override", name)))


async def run(name):
    async with connect() as channel:
        await asyncio.wait_for(CASES[name](rpc.InteropStub(channel), channel), PATIENCE)


def main(names):
    failed = 0
    for name in names or CASES:
        try:
            asyncio.run(run(name))
            print(f"case {name}: ok", flush=True)
        except Exception as error:
            failed += 1
            traceback.print_exc()
            why = f"{type(error).__name__}: {error}".replace("\n", " ")
            print(f"case {name}: FAILED {why}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    TARGET = sys.argv[2]
    if TARGET == "--list":
        print(*CASES, sep="\n")
        sys.exit()
    names = sys.argv[3:]
    TLS = names[1:3] if names[:1] == ["--tls"] else None
    names = names if TLS is None else names[3:]
    unknown = [name for name in names if name not in CASES]
    if unknown:
        sys.exit(f"no such case: {', '.join(unknown)}; there are {', '.join(CASES)}")
    sys.exit(main(names))
