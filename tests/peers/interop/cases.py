"""The cases of gRPC's interop-test-descriptions, and which of them a peer has."""

# What the interop programs of every language have.
COMMON = [
    "empty_unary",
    "large_unary",
    "client_streaming",
    "server_streaming",
    "ping_pong",
    "empty_stream",
    "cancel_after_begin",
    "cancel_after_first_response",
    "timeout_on_sleeping_server",
    "custom_metadata",
    "status_code_and_message",
    "special_status_message",
    "unimplemented_method",
    "unimplemented_service",
]

ALL = COMMON + [
    "half_duplex",
    "client_compressed_unary",
    "server_compressed_unary",
    "client_compressed_streaming",
    "server_compressed_streaming",
    "cacheable_unary",
    "pick_first_unary",
    "rpc_soak",
    "channel_soak",
    "concurrent_large_unary",
]

# gRPC C++ 1.51: its client has none of these,
NOT_IN_CPP_CLIENT = ["cacheable_unary", "concurrent_large_unary"]
# and its server none of these: it caches nothing without a proxy in front, and fills in no `server_id`.
NOT_IN_CPP_SERVER = ["cacheable_unary", "pick_first_unary"]


def without(cases, left_out):
    assert set(left_out) <= set(cases), left_out
    return [case for case in cases if case not in left_out]
