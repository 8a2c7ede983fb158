use std::{fmt, sync::Arc};

use prost::Message as _;
use prost_reflect::{DescriptorPool, MessageDescriptor};
use prost_types::FileDescriptorSet;
use serde::Serialize;
use serde_json::Value;

use super::{
    builder::ProtosBuilder,
    codec::DynamicCodec,
    find,
    method::{self, DynamicMethod},
    near::did_you_mean,
    pool,
    reflection::Reflection,
    service::DynamicService,
    typed,
};
use crate::{
    Error, Result, Status,
    client::{Call, Callee, OpenCall},
};

/// Services and messages, as descriptors describe them. Cheap to clone.
///
/// Wherever it takes the name of a method, that is `package.Service/Method`, `/package.Service/Method` or
/// `package.Service.Method`. The package, and the service too, may be left out while only one method fits:
/// `Service/Method`, `Method`.
#[derive(Clone)]
pub struct Protos(Arc<Inner>);

struct Inner {
    pool: DescriptorPool,
    /// Services that could not be had, and why.
    lost: Vec<(String, String)>,
}

impl Protos {
    /// Sets up the reading of `.proto` files: several, or with include directories.
    pub fn builder() -> ProtosBuilder {
        ProtosBuilder::default()
    }

    /// What an encoded `google.protobuf.FileDescriptorSet` describes, such as `protoc --include_imports
    /// --descriptor_set_out` and `buf build` write. For one that is decoded already there is `TryFrom`.
    ///
    /// The well-known types of `google/protobuf` may be missing in it; they are always those that this crate knows.
    ///
    /// # Errors
    /// Bytes that are no such set, or a set that is not complete: what is missing, and where it is needed.
    pub fn from_descriptor_set(encoded: impl AsRef<[u8]>) -> Result<Self, Error> {
        let mut pool = pool::well_known();
        pool::add_set(&mut pool, encoded.as_ref())
            .map_err(|error| Error::new(format!("the FileDescriptorSet: {error}")))?;
        Ok(Self::new(pool, Vec::new()))
    }

    /// What a live server says of itself, by gRPC's server reflection (`grpc.reflection.v1`, or else `v1alpha`). `callee`
    /// is a target, whose channel is pooled, or a [`Channel`](crate::client::Channel).
    ///
    /// It is asked once for a channel, and kept with it: [`Reflection::refresh`] asks again. Any file that cannot be had, or
    /// that is wrong, costs the services that need it and no others: [`Protos::unusable`].
    ///
    /// ```no_run
    /// # use grpc_core as grpc;
    /// # async fn calls() -> grpc::Result<()> {
    /// use grpc::{Protos, protos::json};
    ///
    /// let channel = grpc::client::insecure_channel("localhost:50051");
    /// let protos = Protos::from_reflection(&channel).await?;
    /// let reply = protos.call(&channel, "helloworld.Greeter/SayHello", json!({"name": "you"})).await?;
    /// # let _ = reply;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// UNIMPLEMENTED if the server has no reflection; DEADLINE_EXCEEDED if it takes more than 10 seconds, or the time set;
    /// RESOURCE_EXHAUSTED for more than 1024 services, 4096 files or 16 MiB of descriptors; else the status of the call.
    ///
    /// # Cancel safety
    /// Dropping it cancels the call; nothing is kept then.
    pub fn from_reflection(callee: impl Into<Callee>) -> Reflection {
        Reflection::new(callee.into())
    }

    /// Calls a unary method with a request of any type that serializes, such as [`json!`](super::json), and gives the reply as
    /// JSON. `callee` is a target, whose channel is pooled, or a [`Channel`](crate::client::Channel).
    ///
    /// What is wrong with the method's name or with the request is INVALID_ARGUMENT, the error of a call that nothing was
    /// sent of. It names the place: `request.points[3].latitude: expected integer, found string "x"`.
    ///
    /// ```no_run
    /// # use grpc_core as grpc;
    /// # async fn calls() -> Result<(), grpc::Error> {
    /// use grpc::protos::json;
    ///
    /// let protos = grpc::protos("helloworld.proto")?;
    /// let reply = protos
    ///     .call("localhost:50051", "helloworld.Greeter/SayHello", json!({"name": "you"}))
    ///     .timeout(std::time::Duration::from_secs(2))
    ///     .await?;
    /// # let _ = reply;
    /// # Ok(())
    /// # }
    /// ```
    pub fn call(&self, callee: impl Into<Callee>, method: &str, request: impl Serialize) -> Call<Value> {
        match self.method(method) {
            Ok(method) => {
                let request = typed::to_message(&method.request(), &request);
                method.unary_with(callee.into(), request)
            }
            Err(status) => Call::of_many::<Value, _>(
                callee.into(),
                &method::NONE,
                Err::<Vec<Value>, _>(status),
                DynamicCodec::new(pool::empty()),
                Box::new(DynamicCodec::new(pool::empty())),
            ),
        }
    }

    /// Opens a call of a method that streams, either way or both, to send and receive JSON on by hand.
    ///
    /// For requests from an iterator or a stream, and for types other than JSON, there is [`Protos::method`].
    ///
    /// ```no_run
    /// # use grpc_core as grpc;
    /// # async fn calls() -> Result<(), grpc::Error> {
    /// use grpc::protos::json;
    ///
    /// let protos = grpc::protos("helloworld.proto")?;
    /// let mut call = protos.streaming_call("localhost:50051", "helloworld.Greeter/StreamingHi").await?;
    /// call.send(json!({"name": "you"})).await?;
    /// call.done_sending().await?;
    /// while let Some(reply) = call.receive().await? {
    ///     println!("{}", reply["message"]);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn streaming_call(&self, callee: impl Into<Callee>, method: &str) -> OpenCall<Value, Value> {
        match self.method(method) {
            Ok(method) => method.open(callee),
            Err(status) => OpenCall::with_codecs(
                callee.into(),
                &method::NONE,
                Err(status),
                Box::new(DynamicCodec::new(pool::empty())),
                Box::new(DynamicCodec::new(pool::empty())),
            ),
        }
    }

    /// A method, to be called in any way.
    ///
    /// # Errors
    /// INVALID_ARGUMENT if there is no such method, with those that may have been meant, or if the name fits several.
    pub fn method(&self, name: &str) -> Result<DynamicMethod> {
        find::method(&self.0.pool, name)
            .map(DynamicMethod::new)
            .map_err(|status| self.or_lost(name, status))
    }

    /// A service, by its full name, or without the package while only one fits.
    ///
    /// # Errors
    /// INVALID_ARGUMENT if there is no such service, with those that may have been meant.
    pub fn service(&self, name: &str) -> Result<DynamicService> {
        find::service(&self.0.pool, name)
            .map(DynamicService::new)
            .map_err(|status| self.or_lost(name, status))
    }

    /// All services, those of imported files included.
    pub fn services(&self) -> impl ExactSizeIterator<Item = DynamicService> + '_ {
        self.0.pool.services().map(DynamicService::new)
    }

    /// A kind of message, by its full name: for [`from_json`](super::from_json) and for making a
    /// [`DynamicMessage`](super::DynamicMessage).
    ///
    /// # Errors
    /// INVALID_ARGUMENT if there is none, with those that may have been meant.
    pub fn message(&self, name: &str) -> Result<MessageDescriptor> {
        self.0.pool.get_message_by_name(name).ok_or_else(|| {
            let names: Vec<String> = self
                .0
                .pool
                .all_messages()
                .map(|message| message.full_name().to_owned())
                .collect();
            let near = did_you_mean(name, names.iter().map(String::as_str));
            Status::invalid_argument(format!("no message `{name}`{near}"))
        })
    }

    /// The services that a server's reflection lists but could not describe, or not so that it can be used, and why. Other
    /// services of the server are not touched by that.
    pub fn unusable(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0
            .lost
            .iter()
            .map(|(name, why)| (name.as_str(), why.as_str()))
    }

    /// All that is known.
    pub fn descriptors(&self) -> &DescriptorPool {
        &self.0.pool
    }

    pub(super) fn new(pool: DescriptorPool, lost: Vec<(String, String)>) -> Self {
        Self(Arc::new(Inner { pool, lost }))
    }

    /// What is wrong with `name`, which may be that of a service which was lost.
    fn or_lost(&self, name: &str, status: Status) -> Status {
        let name = name.strip_prefix('/').unwrap_or(name);
        let lost = self.0.lost.iter().find(|(service, _)| {
            name.strip_prefix(service.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.']))
        });
        match lost {
            Some((service, why)) => {
                Status::invalid_argument(format!("the server lists {service}, but it is of no use: {why}"))
            }
            None => status,
        }
    }
}

impl TryFrom<FileDescriptorSet> for Protos {
    type Error = Error;

    fn try_from(set: FileDescriptorSet) -> Result<Self, Error> {
        Self::from_descriptor_set(set.encode_to_vec())
    }
}

impl fmt::Debug for Protos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let services = self.0.pool.services();
        f.debug_list()
            .entries(services.map(|service| service.full_name().to_owned()))
            .finish()
    }
}
