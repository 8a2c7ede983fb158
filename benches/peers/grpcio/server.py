"""examples/bench_server.rs, on grpcio's asyncio API. `--runtime` is taken and left alone: asyncio has one thread."""

import argparse
import asyncio

import bench_pb2
import bench_pb2_grpc
import grpc
import helloworld_pb2
import helloworld_pb2_grpc


def messages(request):
    message = bench_pb2.Payload(data=b"x" * request.size)
    return (message for _ in range(request.count))


class Bench(bench_pb2_grpc.BenchServicer):
    async def Unary(self, request, context):
        return request

    async def ServerStream(self, request, context):
        for message in messages(request):
            yield message

    async def ClientStream(self, requests, context):
        count = size = 0
        async for request in requests:
            count += 1
            size += len(request.data)
        return bench_pb2.StreamReq(count=count, size=size % 2**32)

    async def Bidi(self, requests, context):
        async for request in requests:
            yield request

    async def QueuedStream(self, request, context):
        queue = asyncio.Queue(128)

        async def fill():
            for message in messages(request):
                await queue.put(message)

        filling = asyncio.create_task(fill())
        for _ in range(request.count):
            yield await queue.get()
        await filling

    async def YieldOnce(self, request, context):
        await asyncio.sleep(0)
        return request


class Greeter(helloworld_pb2_grpc.GreeterServicer):
    async def SayHello(self, request, context):
        return helloworld_pb2.HelloReply(message=f"Hello, {request.name}!")


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", default="0")
    parser.add_argument("--runtime")
    server = grpc.aio.server()
    bench_pb2_grpc.add_BenchServicer_to_server(Bench(), server)
    helloworld_pb2_grpc.add_GreeterServicer_to_server(Greeter(), server)
    port = server.add_insecure_port(f"127.0.0.1:{parser.parse_args().port}")
    await server.start()
    print(f"listening on 127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


asyncio.run(main())
