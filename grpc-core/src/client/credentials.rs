use crate::{BoxFuture, Method, Status, metadata::Metadata};

/// Gives the metadata that says who calls, such as a token (gRPC auth).
///
/// On a channel it is asked for every call, on a call for that one.
pub trait CallCredentials: Send + Sync + 'static {
    /// The metadata to add to this call.
    ///
    /// # Errors
    /// Ends the call with this status.
    fn metadata<'a>(&'a self, call: CredentialsInfo<'a>) -> BoxFuture<'a, Result<Metadata, Status>>;

    /// False if they may go over a connection that anyone on the way can read. A call that would do that
    /// with others fails with UNAUTHENTICATED.
    fn require_transport_security(&self) -> bool {
        true
    }
}

/// What [`CallCredentials`] know of a call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CredentialsInfo<'a> {
    /// The method that is called.
    pub method: &'a Method,
    /// Whom the call is for: scheme, host and service, such as `http://example.com:50051/helloworld.Greeter`.
    pub audience: &'a str,
}

impl<'a> CredentialsInfo<'a> {
    pub(super) fn new(method: &'a Method, audience: &'a str) -> Self {
        Self { method, audience }
    }
}
