use super::Status;

/// An error that a status can be turned into: see [`Status::downcast`].
///
/// `#[derive(grpc::Status)]` implements it for an enum with a domain. (`TryFrom<Status>` could not be implemented by an
/// enum that is `From<Status>`, which those of handlers with calls of their own usually are.)
#[diagnostic::on_unimplemented(
    message = "a status cannot be turned into `{Self}`",
    label = "does not implement `FromStatus`",
    note = "`#[derive(grpc::Status)]` implements it for an enum with `#[grpc(domain = \"…\")]`"
)]
pub trait FromStatus: Sized {
    /// The error that this status is.
    ///
    /// # Errors
    /// The status as it was, if it is no such error.
    fn from_status(status: Status) -> Result<Self, Status>;
}

impl Status {
    /// The error that the server made this status of; see [`FromStatus`].
    ///
    /// # Errors
    /// The status as it was, if it is no such error: nothing is lost.
    pub fn downcast<E: FromStatus>(self) -> Result<E, Self> {
        E::from_status(self)
    }
}
