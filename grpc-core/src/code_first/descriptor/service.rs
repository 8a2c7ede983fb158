use std::{
    any::{TypeId, type_name},
    fmt,
    marker::PhantomData,
};

use bytes::Bytes;
use prost_types::MethodDescriptorProto;

use super::{
    super::{MessageType, well_known},
    Comment, FieldType, Files,
};

/// What an rpc can take and answer, if it has a descriptor: a message, or a scalar, which is then wrapped in one.
pub trait RpcMessage {
    /// What a descriptor calls it.
    fn register(files: &mut Files) -> FieldType;
}

#[diagnostic::do_not_recommend]
impl<M: MessageType> RpcMessage for M {
    fn register(files: &mut Files) -> FieldType {
        M::register(files)
    }
}

macro_rules! wrappers {
    ($($rust:ty)*) => {
        $(
            impl RpcMessage for $rust {
                fn register(files: &mut Files) -> FieldType {
                    well_known::wrapper::<Self>(files)
                }
            }
        )*
    };
}

wrappers!(bool i32 i64 u32 u64 f32 f64 String Vec<u8> Bytes);

/// Finds out whether a type has a descriptor: `Probe::<T>::new().register(files)` is the inherent method if it has, and
/// else that of [`Undescribed`], which has to be in scope.
pub struct Probe<T>(PhantomData<fn() -> T>);

impl<T> Probe<T> {
    /// Of a type.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Default for Probe<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Probe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Probe").field(&type_name::<T>()).finish()
    }
}

impl<T: RpcMessage> Probe<T> {
    /// What a descriptor calls it.
    ///
    /// # Errors
    /// Never; that of the trait says what `T` is.
    pub fn register(&self, files: &mut Files) -> Result<FieldType, &'static str> {
        Ok(T::register(files))
    }
}

/// What has no descriptor, such as a message of prost's own derive.
pub trait Undescribed {
    /// What a descriptor calls it.
    ///
    /// # Errors
    /// Always: its name in Rust.
    fn register(&self, files: &mut Files) -> Result<FieldType, &'static str>;
}

impl<T> Undescribed for Probe<T> {
    fn register(&self, _: &mut Files) -> Result<FieldType, &'static str> {
        Err(type_name::<T>())
    }
}

/// A service's descriptor in the making.
#[derive(Debug)]
pub struct ServiceBuilder<'a> {
    files: &'a mut Files,
    name: String,
    file: usize,
    path: Vec<i32>,
    methods: Vec<MethodDescriptorProto>,
    comments: Vec<(Vec<i32>, String)>,
}

impl<'a> ServiceBuilder<'a> {
    /// Of the service whose stub is `T`; `None` if it is there already.
    pub fn new<T: 'static>(
        files: &'a mut Files,
        package: &str,
        file: Option<&str>,
        name: &str,
        docs: &str,
    ) -> Option<Self> {
        let (file, path) = files.enter_service(package, file, name, TypeId::of::<T>(), type_name::<T>())?;
        Some(Self {
            files,
            name: name.to_owned(),
            file,
            path,
            methods: Vec::new(),
            comments: vec![(Vec::new(), docs.to_owned())],
        })
    }

    /// What its messages are registered with.
    pub fn files(&mut self) -> &mut Files {
        self.files
    }

    /// Adds an rpc, whose messages' descriptors were looked for.
    pub fn rpc(
        &mut self,
        name: &str,
        comment: Comment,
        streams: (bool, bool),
        request: Result<FieldType, &str>,
        response: Result<FieldType, &str>,
    ) {
        let (takes, answers) = ((request, "takes"), (response, "answers"));
        let [input_type, output_type] = [takes, answers].map(|(message, verb)| match message {
            Ok(type_) => {
                self.files.depend(self.file, &type_);
                type_.name
            }
            Err(rust) => {
                let service = &self.name;
                self.files.problem(format!(
                    "rpc `{name}` of `{service}` {verb} `{rust}`, which has no descriptor: derive `grpc::Message`"
                ));
                None
            }
        });
        // `ServiceDescriptorProto.method`
        let path = vec![2, self.methods.len() as i32];
        self.comments.push((path, comment.docs.to_owned()));
        let (client_streaming, server_streaming) = streams;
        self.methods.push(MethodDescriptorProto {
            name: Some(name.to_owned()),
            input_type,
            output_type,
            options: comment.deprecated.then(|| prost_types::MethodOptions {
                deprecated: Some(true),
                ..Default::default()
            }),
            client_streaming: client_streaming.then_some(true),
            server_streaming: server_streaming.then_some(true),
        });
    }

    /// An rpc whose messages are none of Protocol Buffers.
    pub fn other_codec(&mut self, name: &str) {
        let service = &self.name;
        self.files.problem(format!(
            "rpc `{name}` of `{service}` has a codec of its own, which no .proto can say"
        ));
    }

    /// Puts it in its file.
    pub fn finish(self) {
        if let Some(slot) = self.files.service_slot(self.file, &self.path) {
            slot.method = self.methods;
        }
        self.files.comment(self.file, &self.path, self.comments);
    }
}
