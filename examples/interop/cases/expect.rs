//! What cases expect, and what they say when it is not so.

use std::fmt::Debug;

use grpc::{Code, Status};

use crate::testing::Payload;

/// Why the case failed.
pub(crate) type Outcome = Result<(), String>;

pub(super) fn equal<T: PartialEq + Debug>(what: &str, got: T, expected: T) -> Outcome {
    if got == expected {
        Ok(())
    } else {
        Err(format!("{what}: expected {expected:?}, got {got:?}"))
    }
}

pub(super) fn succeeds<T>(what: &str, result: grpc::Result<T>) -> Result<T, String> {
    result.map_err(|status| format!("{what}: {status}"))
}

/// The status of a call that has to fail with this code.
pub(super) fn fails<T: Debug>(what: &str, result: grpc::Result<T>, code: Code) -> Result<Status, String> {
    match result {
        Err(status) if status.code() == code => Ok(status),
        Err(status) => Err(format!("{what}: expected {code}, got {status}")),
        Ok(_) => Err(format!("{what}: expected {code}, and it succeeded")),
    }
}

/// The payload is so many zeros.
pub(super) fn zeros(what: &str, payload: Option<&Payload>, size: usize) -> Outcome {
    let body = payload.map_or(&[][..], |payload| &payload.body);
    equal(&format!("{what}: size of the payload"), body.len(), size)?;
    equal(
        &format!("{what}: bytes other than zero"),
        body.iter().filter(|&&byte| byte != 0).count(),
        0,
    )
}
