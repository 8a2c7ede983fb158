use std::{fmt, sync::Arc};

use super::Routes;
use crate::{message::Codec, method::Method};

/// A gRPC service: what `#[grpc::service]` makes of an impl block.
///
/// `C` is the contract, so that one type can serve several.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a gRPC service",
    label = "put `#[grpc::service(…)]` on its impl block"
)]
pub trait Service<C>: Send + Sync + 'static {
    /// Its full name, `package.Service`.
    const NAME: &'static str;

    /// The encoded `FileDescriptorSet` that declares it, for reflection; empty if unknown. Without a contract it is made
    /// when this is first called, and takes the feature `descriptors`.
    fn descriptor() -> &'static [u8] {
        &[]
    }

    /// Adds its methods to a server's.
    #[doc(hidden)]
    fn register(self: Arc<Self>, routes: &mut Routes);
}

impl<C, S: Service<C>> Service<C> for Arc<S> {
    const NAME: &'static str = S::NAME;

    fn descriptor() -> &'static [u8] {
        S::descriptor()
    }

    fn register(self: Arc<Self>, routes: &mut Routes) {
        S::register(Self::clone(&self), routes);
    }
}

/// An rpc of a contract, by its position in the .proto.
pub trait Rpc<const N: usize> {
    /// The message that it takes.
    type Request: Send + 'static;
    /// The message that it answers.
    type Response: Send + 'static;
    /// How both are encoded.
    type Codec: Codec<Self::Request> + Codec<Self::Response> + Copy + Default;
    /// Its path and kind.
    const METHOD: &'static Method;
}

/// A service that a server has.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ServiceInfo {
    /// Its full name, `package.Service`.
    pub name: &'static str,
    descriptor: fn() -> &'static [u8],
}

impl ServiceInfo {
    pub(super) fn of<C, S: Service<C>>() -> Self {
        Self {
            name: S::NAME,
            descriptor: S::descriptor,
        }
    }

    /// A service whose declaration is not known.
    pub(super) fn named(name: &'static str) -> Self {
        Self {
            name,
            descriptor: || &[],
        }
    }

    /// The encoded `FileDescriptorSet` that declares it; empty if unknown. That of a service which its code declares is made
    /// when it is first asked for, and takes the feature `descriptors`.
    #[must_use]
    pub fn descriptor(&self) -> &'static [u8] {
        (self.descriptor)()
    }
}

impl fmt::Debug for ServiceInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceInfo")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
