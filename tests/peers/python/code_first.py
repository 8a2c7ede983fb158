"""grpcio's view of the messages in `tests/code_first/every.rs`, by the .proto that is written out from them.

    python code_first.py GENERATED client HOST:PORT
    python code_first.py GENERATED server

The client has the server make each of its edges, compares it field by field with its own, and sends its own for the server to
compare. The server does the same for a client; it prints `listening on 127.0.0.1:PORT` and serves until its standard
input ends.
"""

import base64
import sys
from concurrent import futures

sys.path.insert(0, sys.argv[1])

import grpc  # noqa: E402
from google.protobuf import json_format  # noqa: E402
from every.v1 import every_pb2 as pb  # noqa: E402
from every.v1 import every_pb2_grpc as rpc  # noqa: E402

I32, I64, U32, U64 = -(2**31), -(2**63), 2**32 - 1, 2**64 - 1
J32, J64 = 2**31 - 1, 2**63 - 1


def b64(data):
    return base64.b64encode(bytes(data)).decode()


# In the JSON of protobuf, where 64-bit numbers are strings, and in the order of `edges.rs`.
EDGES = [
    {},
    {"scalars": {}, "optionals": {}},
    {
        "scalars": {
            "int32": I32,
            "int64": I64,
            "uint32": 1,
            "uint64": 1,
            "sint32": I32,
            "sint64": I64,
            "fixed32": 1,
            "fixed64": 1,
            "sfixed32": I32,
            "sfixed64": I64,
            "float": -1.5,
            "double": sys.float_info.min,
            "bool": True,
            "string": "\0",
            "vec": b64([0]),
            "bytes": b64([255, 0]),
            "last": True,
        },
        "optionals": {
            "int32": 0,
            "int64": 0,
            "uint32": 0,
            "uint64": 0,
            "sint32": 0,
            "sint64": 0,
            "fixed32": 0,
            "fixed64": 0,
            "sfixed32": 0,
            "sfixed64": 0,
            "float": 0,
            "double": 0,
            "bool": False,
            "string": "",
            "vec": "",
            "color": "COLOR_UNSPECIFIED",
            "leaf": {},
        },
        "repeated": {
            "int32": [0, -1, J32],
            "int64": [0, -1, J64],
            "uint32": [0, 1, U32],
            "uint64": [0, 1, U64],
            "sint32": [0, -1, I32],
            "sint64": [0, -1, I64],
            "fixed32": [0, 1, U32],
            "fixed64": [0, 1, U64],
            "sfixed32": [0, -1, I32],
            "sfixed64": [0, -1, I64],
            "float": [0, -0.5, "Infinity"],
            "double": [0, -0.5, "Infinity"],
            "bool": [True, False, True],
            "string": ["", "a"],
            "vec": ["", b64([255])],
            "color": ["COLOR_CRIMSON", "COLOR_UNSPECIFIED", "COLOR_BELOW_ZERO", "COLOR_THE_LAST", 77],
            "leaf": [{}, {"text": "b", "number": -2}],
        },
        "maps": {
            "int32": {"0": 0, str(I32): -1},
            "int64": {"0": 0, str(I64): -1},
            "uint32": {"0": 0, str(U32): 1},
            "uint64": {"0": 0, str(U64): 1},
            "sint32": {"0": 0, str(I32): -1},
            "sint64": {"0": 0, str(I64): -1},
            "fixed32": {"0": 0, str(U32): 1},
            "fixed64": {"0": 0, str(U64): 1},
            "sfixed32": {"0": 0, str(I32): -1},
            "sfixed64": {"0": 0, str(I64): -1},
            "bool": {"false": True, "true": False},
            "string": {"": "empty", "a": ""},
            "float": {"1": 0.5},
            "double": {"1": -0.5},
            "bytes": {"1": b64([1, 2]), "2": ""},
            "color": {"red": "COLOR_RED", "what": 9},
            "by_name": {"a": {"text": "a", "number": 1}, "none": {}},
        },
    },
    {
        "scalars": {
            "int32": J32,
            "int64": J64,
            "uint32": U32,
            "uint64": U64,
            "sint32": J32,
            "sint64": J64,
            "fixed32": U32,
            "fixed64": U64,
            "sfixed32": J32,
            "sfixed64": J64,
            "float": "Infinity",
            "double": "NaN",
            "string": "naïve 🦀",
            "vec": b64(range(256)),
        },
        "optionals": {"color": 500, "float": "NaN", "double": "-Infinity"},
        "nested": {
            "plain": {"text": "plain", "number": 1},
            "optional": {},
            "left": {"plain": {"text": "left", "number": 2}},
            "children": [{"plain": {}}],
            "inner": {"deep": {"text": "deep"}},
            "level": "LEVEL_HIGH",
            "unit": {},
            "place": {"latitude": 52.5, "longitude": -13.25},
        },
        "well_known": {
            "timestamp": "1969-12-31T23:59:59.500Z",
            "duration": "-2.500s",
            "any": {"@type": "/every.v1.Leaf", "text": "any", "number": 4},
            "struct": {"a": "b"},
            "value": None,
            "list": ["b"],
            "mask": "a,b.c",
            "empty": {},
            "time": "1969-12-31T23:59:59.500Z",
            "times": ["1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z"],
            "span": "2.500s",
            "spans": {"s": "3s"},
            "bool_value": False,
            "int32_value": -1,
            "int64_value": -2,
            "uint32_value": 3,
            "uint64_value": 4,
            "float_value": 0.5,
            "double_value": -0.5,
            "string_value": "",
            "bytes_value": b64([9]),
            "strings": ["", "w"],
        },
    },
    {
        "oneofs": [
            {"before": 1, "int32": 0},
            {"before": 1, "sint64": -3},
            {"before": 1, "fixed32": 7},
            {"before": 1, "double": 0.5},
            {"before": 1, "bool": False},
            {"before": 1, "string": ""},
            {"before": 1, "bytes": b64([1])},
            {"before": 1, "leaf": {"text": "l", "number": 3}},
            {"before": 1, "tree": {"between": -1, "yes": True}},
            {"before": 1, "color": "COLOR_GREEN"},
            {"before": 1, "nothing_at_all": {}},
            {"when": "1970-01-01T00:00:01.500Z"},
        ]
    },
]


def edges():
    return [json_format.ParseDict(edge, pb.Everything()) for edge in EDGES]


def as_dict(message):
    """What is there and what is not, all the way down; NaN is "NaN" here, and so equal to itself."""
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def difference(found, expected):
    """Where two such dicts differ, or nothing."""
    found, expected = as_dict(found), as_dict(expected)
    if found == expected:
        return None
    keys = [key for key in found | expected if found.get(key) != expected.get(key)]
    return {key: (found.get(key), expected.get(key)) for key in keys}


class Every(rpc.EveryServicer):
    def Edge(self, request, context):
        return edges()[request.index]

    def Check(self, request, context):
        wrong = difference(request.value, edges()[request.index])
        if wrong:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, repr(wrong))
        return pb.Checked(count=len(as_dict(request.value)))


def client(address):
    with grpc.insecure_channel(address) as channel:
        stub = rpc.EveryStub(channel)
        for index, edge in enumerate(edges()):
            wrong = difference(stub.Edge(pb.Index(index=index), timeout=20), edge)
            assert not wrong, f"edge {index} (found, expected): {wrong}"
            checked = stub.Check(pb.Check(index=index, value=edge), timeout=20)
            print(f"edge {index}: {checked.count}")


def serve():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    rpc.add_EveryServicer_to_server(Every(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"listening on 127.0.0.1:{port}", flush=True)
    sys.stdin.buffer.read()
    server.stop(grace=0)


if __name__ == "__main__":
    if sys.argv[2] == "client":
        client(sys.argv[3])
    else:
        serve()
