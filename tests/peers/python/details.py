"""One detail of each type of `google.rpc`, with every field set; `tests/peers/details.rs` has the same."""

from google.protobuf import duration_pb2
from google.rpc import error_details_pb2 as rpc
from google.rpc import status_pb2

DETAILS = {
    "ErrorInfo": rpc.ErrorInfo(reason="STOCKOUT", domain="spanner.example.com", metadata={"region": "öst", "zone": ""}),
    "BadRequest": rpc.BadRequest(
        field_violations=[
            rpc.BadRequest.FieldViolation(field="a.b", description="is bad"),
            rpc.BadRequest.FieldViolation(
                field="c[2]",
                description="is worse",
                reason="TOO_BAD",
                localized_message=rpc.LocalizedMessage(locale="de-CH", message="schlächt"),
            ),
        ]
    ),
    "RetryInfo": rpc.RetryInfo(retry_delay=duration_pb2.Duration(seconds=3, nanos=500)),
    "QuotaFailure": rpc.QuotaFailure(
        violations=[
            rpc.QuotaFailure.Violation(subject="clientip:192.0.2.1", description="too many"),
            rpc.QuotaFailure.Violation(
                subject="project:7",
                description="used up",
                api_service="disk.example.com",
                quota_metric="disk.example.com/writes",
                quota_id="WRITES-per-day",
                quota_dimensions={"region": "east", "tier": "1"},
                quota_value=-10,
                future_quota_value=0,
            ),
        ]
    ),
    "PreconditionFailure": rpc.PreconditionFailure(
        violations=[
            rpc.PreconditionFailure.Violation(type="TOS", subject="example.com", description="accept them"),
            rpc.PreconditionFailure.Violation(type="AGE", subject="user:7", description="grow"),
        ]
    ),
    "ResourceInfo": rpc.ResourceInfo(
        resource_type="file", resource_name="/a", owner="user:x", description="is locked"
    ),
    "Help": rpc.Help(
        links=[
            rpc.Help.Link(description="more", url="https://example.com/more"),
            rpc.Help.Link(description="less", url="https://example.com/less"),
        ]
    ),
    "LocalizedMessage": rpc.LocalizedMessage(locale="fr-CH", message="non — désolé"),
    "RequestInfo": rpc.RequestInfo(request_id="r-1", serving_data="opaque"),
    "DebugInfo": rpc.DebugInfo(stack_entries=["a", "b"], detail="why"),
}

CODE = 9
MESSAGE = "größer als 100 %"


def named(name):
    """The detail of this name, or all of them."""
    return [detail for key, detail in DETAILS.items() if name in (key, "all")]


def rich_status(name):
    """The status with the detail of this name, or with all of them."""
    status = status_pb2.Status(code=CODE, message=MESSAGE)
    for detail in named(name):
        status.details.add().Pack(detail)
    return status


def unpacked(status):
    """The details of a status, each in the type of its name."""
    details = []
    for packed in status.details:
        detail = type(DETAILS[packed.TypeName().removeprefix("google.rpc.")])()
        packed.Unpack(detail)
        details.append(detail)
    return details
