use std::fmt;

use http::uri::PathAndQuery;
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    codec::{Decoder, DynamicCodec, Encoder, FromMessage, ToMessage, from_json, reply_to_json},
    comments, find, typed,
};
use crate::{
    Method, MethodKind, MethodRef, Result, Status,
    client::{Call, Callee, IntoRequests, OpenCall, StreamingCall},
};

/// A method that descriptors describe, to be called on any channel or target.
///
/// `Req` and `Resp` are what its messages are given and taken as: JSON unless [`DynamicMethod::typed`] or
/// [`DynamicMethod::dynamic`] says otherwise. What it makes are the calls that stubs make, to be set up and awaited in the
/// same way. A request that does not fit the method's message is INVALID_ARGUMENT, the error of a call that nothing was
/// sent of, or of the `send` that it was given to.
///
/// ```no_run
/// # use grpc_core as grpc;
/// # async fn calls() -> grpc::Result<()> {
/// use grpc::protos::json;
///
/// let protos = grpc::protos("proto/route_guide.proto").map_err(|error| grpc::Status::internal(error.to_string()))?;
/// let feature = protos.method("routeguide.RouteGuide/GetFeature")?;
/// let channel = grpc::client::insecure_channel("localhost:50051");
/// let reply = feature.unary(&channel, json!({"latitude": 1})).await?;
/// println!("{}", reply["name"]);
/// # Ok(())
/// # }
/// ```
pub struct DynamicMethod<Req = Value, Resp = Value> {
    descriptor: MethodDescriptor,
    /// For the client; an error if the descriptor's names cannot be in a path.
    method: Result<MethodRef>,
    to_message: ToMessage<Req>,
    from_message: FromMessage<Resp>,
}

impl DynamicMethod {
    pub(super) fn new(descriptor: MethodDescriptor) -> Self {
        Self {
            method: method_of(&descriptor),
            descriptor,
            to_message: from_json,
            from_message: |message| reply_to_json(&message),
        }
    }
}

impl<Req, Resp> DynamicMethod<Req, Resp> {
    /// Its own name.
    pub fn name(&self) -> &str {
        self.descriptor.name()
    }

    /// `/package.Service/Method`, as on the wire.
    pub fn path(&self) -> String {
        format!("/{}", find::slashed(&self.descriptor))
    }

    /// What it takes and answers.
    pub fn kind(&self) -> MethodKind {
        kind(&self.descriptor)
    }

    /// The message that it takes.
    pub fn request(&self) -> MessageDescriptor {
        self.descriptor.input()
    }

    /// The message that it answers with.
    pub fn response(&self) -> MessageDescriptor {
        self.descriptor.output()
    }

    /// What its `.proto` says about it, if that came along: descriptors by reflection are mostly without comments.
    pub fn comment(&self) -> Option<String> {
        let file = self.descriptor.parent_file();
        comments::comment(file.file_descriptor_proto(), self.descriptor.path())
    }

    /// All that is known about it.
    pub fn descriptor(&self) -> &MethodDescriptor {
        &self.descriptor
    }

    /// The same method with requests of any type that serializes, and responses of any that deserializes.
    ///
    /// See [`to_message`](super::to_message) and [`from_message`](super::from_message) for how messages and types fit.
    ///
    /// ```no_run
    /// # use grpc_core as grpc;
    /// # #[derive(serde::Serialize)] struct HelloRequest { name: String }
    /// # #[derive(serde::Deserialize)] struct HelloReply { message: String }
    /// # async fn calls() -> Result<(), grpc::Error> {
    /// let protos = grpc::protos("proto/helloworld.proto")?;
    /// let hello = protos.method("SayHello")?.typed::<HelloRequest, HelloReply>();
    /// let reply = hello.unary("localhost:50051", HelloRequest { name: "Ada".into() }).await?;
    /// println!("{}", reply.message);
    /// # Ok(())
    /// # }
    /// ```
    pub fn typed<NewReq: Serialize, NewResp: DeserializeOwned>(&self) -> DynamicMethod<NewReq, NewResp> {
        DynamicMethod {
            descriptor: self.descriptor.clone(),
            method: self.method.clone(),
            to_message: typed::to_message,
            from_message: typed::from_message,
        }
    }

    /// The same method with its messages as they are, which loses nothing: unknown fields, and what JSON has no form for.
    pub fn dynamic(&self) -> DynamicMethod<DynamicMessage, DynamicMessage> {
        DynamicMethod {
            descriptor: self.descriptor.clone(),
            method: self.method.clone(),
            to_message: |_, message| Ok(message.clone()),
            from_message: Ok,
        }
    }
}

impl<Req: Send + 'static, Resp: Send + 'static> DynamicMethod<Req, Resp> {
    /// Calls a unary method. A method of another kind is INVALID_ARGUMENT here, as for the other calls.
    pub fn unary(&self, callee: impl Into<Callee>, request: Req) -> Call<Resp> {
        let (method, request) = self.checked(MethodKind::Unary, Ok(request));
        Call::of_one(callee.into(), method, request, &self.encoder(), self.decoder())
    }

    /// Calls a server-streaming method.
    pub fn server_streaming(&self, callee: impl Into<Callee>, request: Req) -> StreamingCall<Resp> {
        let (method, request) = self.checked(MethodKind::ServerStreaming, Ok(request));
        StreamingCall::of_one(callee.into(), method, request, &self.encoder(), self.decoder())
    }

    /// Calls a client-streaming method with the requests of anything that iterates or streams.
    pub fn client_streaming<K>(
        &self,
        callee: impl Into<Callee>,
        requests: impl IntoRequests<Req, K>,
    ) -> Call<Resp> {
        let (method, requests) = self.checked(MethodKind::ClientStreaming, Ok(requests));
        Call::of_many(callee.into(), method, requests, self.encoder(), self.decoder())
    }

    /// Calls a bidirectional method with the requests of anything that iterates or streams.
    pub fn bidi_streaming<K>(
        &self,
        callee: impl Into<Callee>,
        requests: impl IntoRequests<Req, K>,
    ) -> StreamingCall<Resp> {
        let (method, requests) = self.checked(MethodKind::BidiStreaming, Ok(requests));
        StreamingCall::of_many(callee.into(), method, requests, self.encoder(), self.decoder())
    }

    /// Opens a call of a method that streams, either way or both, to send and receive on by hand.
    pub fn open(&self, callee: impl Into<Callee>) -> OpenCall<Req, Resp> {
        let (method, checked) = match self.kind() {
            MethodKind::Unary => ((&NONE).into(), Err(self.wrong_kind())),
            kind => self.checked(kind, Ok(())),
        };
        OpenCall::with_codecs(
            callee.into(),
            method,
            checked,
            Box::new(self.encoder()),
            self.decoder(),
        )
    }

    /// As [`DynamicMethod::unary`], with a request that is a message already, or is not.
    pub(super) fn unary_with(&self, callee: Callee, request: Result<DynamicMessage>) -> Call<Resp> {
        let (method, request) = self.checked(MethodKind::Unary, request);
        let codec = DynamicCodec::new(self.request());
        Call::of_one(callee, method, request, &codec, self.decoder())
    }

    /// The method for the client, and the request, unless there is something wrong with either.
    fn checked<T>(&self, called_as: MethodKind, request: Result<T>) -> (MethodRef, Result<T>) {
        if self.kind() != called_as {
            return ((&NONE).into(), Err(self.wrong_kind()));
        }
        match self.method.clone() {
            Ok(method) => (method, request),
            Err(status) => ((&NONE).into(), Err(status)),
        }
    }

    fn wrong_kind(&self) -> Status {
        let (is, call) = match self.kind() {
            MethodKind::Unary => ("unary", "`unary` or `Protos::call`"),
            MethodKind::ServerStreaming => (
                "server-streaming",
                "`server_streaming`, `open` or `Protos::streaming_call`",
            ),
            MethodKind::ClientStreaming => (
                "client-streaming",
                "`client_streaming`, `open` or `Protos::streaming_call`",
            ),
            MethodKind::BidiStreaming => (
                "bidi-streaming",
                "`bidi_streaming`, `open` or `Protos::streaming_call`",
            ),
        };
        Status::invalid_argument(format!(
            "{} is {is}: call it by {call}",
            find::slashed(&self.descriptor)
        ))
    }

    fn encoder(&self) -> Encoder<Req> {
        Encoder {
            codec: DynamicCodec::new(self.request()),
            convert: self.to_message,
        }
    }

    fn decoder(&self) -> Box<Decoder<Resp>> {
        Box::new(Decoder {
            codec: DynamicCodec::new(self.response()),
            convert: self.from_message,
        })
    }
}

impl<Req, Resp> Clone for DynamicMethod<Req, Resp> {
    fn clone(&self) -> Self {
        Self {
            descriptor: self.descriptor.clone(),
            method: self.method.clone(),
            ..*self
        }
    }
}

impl<Req, Resp> fmt::Debug for DynamicMethod<Req, Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicMethod")
            .field("path", &self.path())
            .field("kind", &self.kind())
            .finish()
    }
}

/// What a call has that fails before its method is known.
pub(super) static NONE: Method = Method::new("/", MethodKind::Unary);

fn method_of(descriptor: &MethodDescriptor) -> Result<MethodRef> {
    let path = format!("/{}", find::slashed(descriptor));
    match PathAndQuery::from_maybe_shared(path.clone()) {
        Ok(parsed) if parsed.path() == path => Ok(Method::at(parsed, kind(descriptor)).into()),
        _ => Err(Status::invalid_argument(format!(
            "{path:?} is not the path of a method"
        ))),
    }
}

fn kind(method: &MethodDescriptor) -> MethodKind {
    match (method.is_client_streaming(), method.is_server_streaming()) {
        (false, false) => MethodKind::Unary,
        (false, true) => MethodKind::ServerStreaming,
        (true, false) => MethodKind::ClientStreaming,
        (true, true) => MethodKind::BidiStreaming,
    }
}
