//! One detail of each type of `google.rpc`, with every field set; `tests/peers/python/details.py` has the same.

use std::time::Duration;

use grpc::{
    Status,
    details::{
        BadRequest, DebugInfo, Detail, ErrorDetail, ErrorInfo, FieldViolation, Help, LocalizedMessage,
        PreconditionFailure, QuotaFailure, QuotaViolation, RequestInfo, ResourceInfo, RetryInfo,
    },
};

/// The status with the detail of this name, or with all of them.
pub(crate) fn rich_status(name: &str) -> Status {
    let mut rich = Rich {
        name,
        status: Status::failed_precondition("größer als 100 %"),
        listed: Vec::new(),
    };
    rich.add_all();
    rich.status
}

/// What [`rich_status`] has.
pub(crate) fn rich_details(name: &str) -> Vec<ErrorDetail> {
    let mut rich = Rich {
        name,
        status: Status::unknown(""),
        listed: Vec::new(),
    };
    rich.add_all();
    rich.listed
}

pub(crate) const NAMES: [&str; 10] = [
    "ErrorInfo",
    "BadRequest",
    "RetryInfo",
    "QuotaFailure",
    "PreconditionFailure",
    "ResourceInfo",
    "Help",
    "LocalizedMessage",
    "RequestInfo",
    "DebugInfo",
];

struct Rich<'a> {
    name: &'a str,
    status: Status,
    listed: Vec<ErrorDetail>,
}

impl Rich<'_> {
    fn add_all(&mut self) {
        self.add(
            ErrorInfo::new("STOCKOUT", "spanner.example.com")
                .with_metadata("region", "öst")
                .with_metadata("zone", ""),
        );
        self.add(
            BadRequest::violation("a.b", "is bad").and_violation(
                FieldViolation::new("c[2]", "is worse")
                    .with_reason("TOO_BAD")
                    .with_localized_message(LocalizedMessage::new("de-CH", "schlächt")),
            ),
        );
        self.add(RetryInfo::after(Duration::new(3, 500)));
        self.add(
            QuotaFailure::violation("clientip:192.0.2.1", "too many").and_violation(
                QuotaViolation::new("project:7", "used up")
                    .with_api_service("disk.example.com")
                    .with_quota("disk.example.com/writes", "WRITES-per-day", -10)
                    .with_dimension("region", "east")
                    .with_dimension("tier", "1")
                    .with_future_value(0),
            ),
        );
        self.add(
            PreconditionFailure::violation("TOS", "example.com", "accept them").and("AGE", "user:7", "grow"),
        );
        self.add(
            ResourceInfo::new("file", "/a")
                .with_owner("user:x")
                .with_description("is locked"),
        );
        self.add(Help::link("more", "https://example.com/more").and("less", "https://example.com/less"));
        self.add(LocalizedMessage::new("fr-CH", "non — désolé"));
        self.add(RequestInfo::new("r-1").with_serving_data("opaque"));
        self.add(DebugInfo::new("why").with_stack_entries(["a", "b"]));
    }

    fn add<D: Detail + Clone + Into<ErrorDetail>>(&mut self, detail: D) {
        let any = detail.to_any();
        let (_, name) = any.type_name().rsplit_once('.').expect("a package");
        if [name, "all"].contains(&self.name) {
            self.listed.push(detail.clone().into());
            self.status = self.status.clone().with_detail(detail);
        }
    }
}
