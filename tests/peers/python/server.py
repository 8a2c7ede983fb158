"""A grpcio server of `interop.proto`, and of `helloworld.proto` where that is generated, with reflection.

    python server.py GENERATED [--tls DIRECTORY]

With `--tls`, the directory has `server.pem` and `server.key`, and `authority.pem`, which clients' certificates are from.

Prints `listening on 127.0.0.1:PORT` and serves until it is killed or its standard input ends.
"""

import asyncio
import collections
import pathlib
import sys

sys.path.insert(0, sys.argv[1])

import grpc  # noqa: E402
import interop_pb2 as pb  # noqa: E402
import interop_pb2_grpc as rpc  # noqa: E402
from details import rich_status  # noqa: E402
from grpc_reflection.v1alpha import reflection  # noqa: E402
from grpc_status import rpc_status  # noqa: E402

CODES = {code.value[0]: code for code in grpc.StatusCode}


class Interop(rpc.InteropServicer):
    def __init__(self):
        self.started = collections.defaultdict(asyncio.Event)
        self.cancelled = collections.defaultdict(asyncio.Event)

    async def Echo(self, request, context):
        compress(context)
        # By themselves, headers that leave with the message say nothing of the compression.
        await context.send_initial_metadata(())
        return request

    async def Count(self, request, context):
        for index in range(request.count):
            yield pb.Payload(body=bytes(request.size), index=index)

    async def Sum(self, requests, context):
        total = pb.Total()
        async for number in requests:
            total.value += number.value
            total.count += 1
        return total

    async def Mirror(self, requests, context):
        compress(context)
        await echo_metadata(context)
        async for request in requests:
            yield request

    async def Fail(self, request, context):
        await fail(request, context)

    async def FailLater(self, request, context):
        for index in range(request.after):
            yield pb.Payload(index=index)
        await fail(request, context)

    async def FailRichly(self, request, context):
        status = rpc_status.to_status(rich_status(request.key))
        await context.abort(status.code, status.details, status.trailing_metadata)

    async def Sleep(self, request, context):
        with self.noted(request.key):
            remaining = context.time_remaining()
            await asyncio.sleep(request.milliseconds / 1000)
            return pb.SleepReply(
                has_deadline=remaining is not None,
                remaining_milliseconds=int((remaining or 0) * 1000),
            )

    async def Hang(self, request, context):
        with self.noted(request.key):
            yield pb.Payload()
            await asyncio.Event().wait()

    async def Absorb(self, requests, context):
        async for request in requests:
            with self.noted(request.key):
                await asyncio.Event().wait()

    async def Linger(self, requests, context):
        async for request in requests:
            with self.noted(request.key):
                yield pb.Payload()
                await asyncio.Event().wait()

    async def Started(self, request, context):
        await self.started[request.key].wait()
        return pb.Payload()

    async def Cancelled(self, request, context):
        await self.cancelled[request.key].wait()
        return pb.Payload()

    async def EchoMetadata(self, request, context):
        entries = await echo_metadata(context)
        return pb.Entries(entries=[pb.Entry(key=key, value=as_bytes(value)) for key, value in entries])

    def noted(self, key):
        return Noted(self.started[key], self.cancelled[key])


class Noted:
    """Notes that a handler has begun, and whether it is left by a cancellation."""

    def __init__(self, started, cancelled):
        self.started = started
        self.cancelled = cancelled

    def __enter__(self):
        self.started.set()

    def __exit__(self, kind, error, trace):
        # A generator that is closed in the middle ends with GeneratorExit.
        if kind is not None and issubclass(kind, (asyncio.CancelledError, GeneratorExit)):
            self.cancelled.set()


def compress(context):
    """Compresses the responses as the client asks in `x-compression`."""
    for key, value in context.invocation_metadata():
        if key == "x-compression":
            context.set_compression(grpc.Compression[value])


async def echo_metadata(context):
    entries = [(key, value) for key, value in context.invocation_metadata() if key.startswith("x-")]
    await context.send_initial_metadata(entries)
    context.set_trailing_metadata([("t-" + key.removeprefix("x-"), value) for key, value in entries])
    return entries


async def fail(request, context):
    trailing = [("grpc-status-details-bin", request.details)] if request.details else []
    await context.abort(CODES[request.code], request.message, trailing_metadata=tuple(trailing))


def as_bytes(value):
    return value if isinstance(value, bytes) else value.encode()


def add_greeter(server):
    try:
        import helloworld_pb2 as hello
        import helloworld_pb2_grpc as hello_rpc
    except ImportError:
        return []

    class Greeter(hello_rpc.GreeterServicer):
        async def SayHello(self, request, context):
            return hello.HelloReply(message=f"Hello, {request.name}!")

        async def SayHelloStreamReply(self, request, context):
            for greeting in ("Hello", "Welcome", "Goodbye"):
                yield hello.HelloReply(message=f"{greeting}, {request.name}!")

        async def SayHelloClientStream(self, requests, context):
            names = [request.name async for request in requests]
            return hello.HelloReply(message=f"Hello, {', '.join(names)}!")

        async def SayHelloBidiStream(self, requests, context):
            async for request in requests:
                yield hello.HelloReply(message=f"Hello, {request.name}!")

    hello_rpc.add_GreeterServicer_to_server(Greeter(), server)
    return names_of(hello)


def names_of(module):
    return [service.full_name for service in module.DESCRIPTOR.services_by_name.values()]


def add_port(server, address):
    if sys.argv[2:3] != ["--tls"]:
        return server.add_insecure_port(address)
    certificate, key, authority = (
        pathlib.Path(sys.argv[3], file).read_bytes() for file in ("server.pem", "server.key", "authority.pem")
    )
    credentials = grpc.ssl_server_credentials([(key, certificate)], authority, require_client_auth=True)
    return server.add_secure_port(address, credentials)


async def main():
    server = grpc.aio.server()
    rpc.add_InteropServicer_to_server(Interop(), server)
    names = names_of(pb) + add_greeter(server) + [reflection.SERVICE_NAME]
    reflection.enable_server_reflection(names, server)
    port = add_port(server, "127.0.0.1:0")
    await server.start()
    print(f"listening on 127.0.0.1:{port}", flush=True)
    # Whoever started this holds the other end: it ends with them, whatever happens to them.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    await server.stop(grace=0)


if __name__ == "__main__":
    asyncio.run(main())
