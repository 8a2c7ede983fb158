use prost::{Message, Name};

use super::{
    Any, BadRequest, DebugInfo, ErrorInfo, Help, LocalizedMessage, PreconditionFailure, QuotaFailure,
    RequestInfo, ResourceInfo, RetryInfo,
};

/// A message that a status can carry: those of this module, and every prost message that knows its name.
///
/// Messages of one's own, for what `google.rpc` has no type for, need `prost::Name`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a detail of a status",
    label = "not a detail",
    note = "a detail is one of `grpc::details`, or a prost message that implements `prost::Name`"
)]
pub trait Detail: Sized {
    /// Packs it with the name of its type.
    fn to_any(&self) -> Any;

    /// Unpacks it; `None` if it is of another type or cannot be read.
    fn from_any(any: &Any) -> Option<Self>;
}

#[diagnostic::do_not_recommend]
impl<M: Message + Name + Default> Detail for M {
    fn to_any(&self) -> Any {
        // any.proto: the form of a type URL that every implementation packs with.
        Any::new(
            format!("type.googleapis.com/{}", M::full_name()),
            self.encode_to_vec(),
        )
    }

    fn from_any(any: &Any) -> Option<Self> {
        if any.type_name() == M::full_name() {
            Self::decode(any.value.clone()).ok()
        } else {
            None
        }
    }
}

macro_rules! google_rpc {
    ($($name:ident),* $(,)?) => { $(
        impl Name for $name {
            const PACKAGE: &'static str = "google.rpc";
            const NAME: &'static str = stringify!($name);
        }
    )* };
}

google_rpc! {
    BadRequest,
    DebugInfo,
    ErrorInfo,
    Help,
    LocalizedMessage,
    PreconditionFailure,
    QuotaFailure,
    RequestInfo,
    ResourceInfo,
    RetryInfo,
}
