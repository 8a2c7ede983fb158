//! The details of a status, from and to the form in which they travel.

use bytes::BytesMut;
use prost::Message;

use super::{
    Code, Status,
    details::{Any, Detail, ErrorDetail, InvalidDetails, RpcStatus},
};

impl Status {
    /// The same status with one detail more; see [`details`](super::details).
    ///
    /// AIP-193 asks for at most one of each type: readers look at the first.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use grpc_core::{Status, status::details::{Help, RetryInfo}};
    /// let status = Status::resource_exhausted("not so fast")
    ///     .with_detail(RetryInfo::after(Duration::from_secs(2)))
    ///     .with_detail(Help::link("The limits", "https://example.com/limits"));
    /// assert_eq!(status.detail::<RetryInfo>().unwrap().retry_delay(), Some(Duration::from_secs(2)));
    /// ```
    #[must_use]
    pub fn with_detail(mut self, detail: impl Detail) -> Self {
        self.add_detail(&detail.to_any());
        self
    }

    /// The first of its details that is of this type.
    ///
    /// `None` if there is none, and also if it or the details as a whole cannot be read:
    /// [`Status::error_details`] tells these apart.
    pub fn detail<D: Detail>(&self) -> Option<D> {
        self.unpack().ok()?.iter().find_map(D::from_any)
    }

    /// All of its details, in their order; those of types that are not `google.rpc`'s as [`ErrorDetail::Other`].
    ///
    /// # Errors
    /// If [`Status::details`] are not an encoded `google.rpc.Status`, or one of another code than this status has
    /// (PROTOCOL-HTTP2 §Responses: they must not contradict it, and the receiver must check that). Its code
    /// and message are then still what the call ended with: the trailers `grpc-status` and `grpc-message` count.
    pub fn error_details(&self) -> Result<Vec<ErrorDetail>, InvalidDetails> {
        Ok(self.unpack()?.into_iter().map(ErrorDetail::from).collect())
    }

    pub(super) fn add_detail(&mut self, detail: &Any) {
        let mut encoded = BytesMut::from(std::mem::take(&mut self.0.details));
        if encoded.is_empty() {
            self.encode_head(&mut encoded);
        }
        put_detail(&mut encoded, detail);
        self.0.details = encoded.freeze();
    }

    /// Its code and message as the `google.rpc.Status` that begins its details.
    pub(super) fn encode_head(&self, buffer: &mut BytesMut) {
        let head = RpcStatus {
            code: self.code().number(),
            message: self.message().to_owned(),
            details: Vec::new(),
        };
        buffer.extend_from_slice(&head.encode_to_vec());
    }

    fn unpack(&self) -> Result<Vec<Any>, InvalidDetails> {
        let details = RpcStatus::decode(self.details().clone()).map_err(InvalidDetails::malformed)?;
        // Left out, it says nothing that could contradict.
        if details.code != Code::Ok.number() && details.code != self.code().number() {
            return Err(InvalidDetails::contradiction(self.code(), details.code));
        }
        Ok(details.details)
    }
}

/// The same message, for where it stands inside of another.
impl From<&Status> for RpcStatus {
    /// With those of the details that can be read.
    fn from(status: &Status) -> Self {
        Self {
            code: status.code().number(),
            message: status.message().to_owned(),
            details: status.unpack().unwrap_or_default(),
        }
    }
}

impl RpcStatus {
    /// The same status, for a call to end with.
    pub fn into_status(self) -> Status {
        let mut status = Status::new(Code::from_number(self.code.into()), self.message);
        for detail in &self.details {
            status.add_detail(detail);
        }
        status
    }
}

/// Encoded messages that follow each other are one message (protobuf.dev, Encoding §Last One Wins): so one detail
/// more is one field more at the end, whatever stands before it.
fn put_detail(buffer: &mut BytesMut, detail: &Any) {
    const DETAILS: u32 = 3;
    prost::encoding::message::encode(DETAILS, detail, buffer);
}
