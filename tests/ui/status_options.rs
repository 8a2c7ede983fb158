use std::time::Duration;

use grpc::details::{BadRequest, ErrorInfo};

#[derive(Debug, thiserror::Error, grpc::Status)]
#[grpc(domain = "a b", colour = 1)]
enum Fault {
    #[error("a")]
    NoCode,
    #[error("b")]
    #[grpc(code = NotFond)]
    WrongCode,
    #[error("c")]
    #[grpc(code = NOT_FOUND)]
    ShoutedCode,
    #[error("d")]
    #[grpc(code = Whatever)]
    UnknownCode,
    #[error("e")]
    #[grpc(code = Ok)]
    NoError,
    #[error("f")]
    #[grpc(code = Aborted, code = Aborted, raeson = "LOCKED")]
    Twice,
    #[error("g")]
    #[grpc(code = Aborted, reason = "TWICE_TAKEN")]
    First,
    #[error("h")]
    #[grpc(code = Aborted)]
    TwiceTaken,
    #[error("i")]
    #[grpc(code = Aborted, reason = "lower")]
    NoReason,
    #[error("j")]
    #[grpc(code = Aborted, message = "no {account}")]
    Message {
        account: String,
        #[grpc(metadata, skip)]
        both: String,
        #[grpc(metadata = "No Key")]
        key: String,
        #[grpc(metadata)]
        x: String,
        #[grpc(metadata = "sameKey")]
        same: String,
        #[grpc(metadata)]
        same_key: String,
    },
    #[error("k")]
    #[grpc(code = Aborted)]
    Tuple(u8, #[grpc(metadata)] u8),
    #[error("l")]
    #[grpc(code = Aborted, detail = grpc::details::RetryInfo::after(Duration::ZERO), detail = grpc::details::Help::link("", "").and("", ""))]
    Details {
        #[grpc(detail)]
        one: BadRequest,
        #[grpc(detail)]
        two: Option<BadRequest>,
        #[grpc(retry_after)]
        after: Duration,
        #[grpc(detail)]
        info: ErrorInfo,
    },
    #[error("m")]
    #[grpc(transparent, code = Aborted)]
    Transparent(#[grpc(detail)] grpc::Status),
    #[error("n")]
    #[grpc(transparent)]
    TwoFields(grpc::Status, u8),
    #[error("o")]
    #[grpc(code = Aborted, skip, metadata)]
    Skipped {
        #[grpc(metadata)]
        field: u8,
    },
    #[error("o2")]
    #[grpc(code = 5)]
    NumberedCode,
    #[error("p")]
    #[grpc]
    Bare,
}

#[derive(Debug, thiserror::Error, grpc::Status)]
enum NoDomain {
    #[error("a")]
    #[grpc(code = Aborted, reason = "LOCKED", metadata)]
    Reason {
        #[grpc(metadata)]
        field: u8,
    },
}

#[derive(grpc::Status)]
struct Struct;

#[derive(grpc::Status)]
enum Empty {}

fn main() {
    // Nothing more is said about what uses them.
    let _ = grpc::Status::from(Fault::NoCode);
    let _ = grpc::Status::internal("x").downcast::<Fault>();
}
