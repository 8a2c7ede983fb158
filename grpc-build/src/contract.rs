//! The contract: a type that knows each rpc's messages, and a macro that knows all rpcs.

use std::fmt::{self, Display, Formatter};

use crate::{
    names,
    service::{Kind, Rpc, Service, Type},
};

/// What `#[grpc::service(contract = …)]` checks an impl against, as code.
pub(crate) struct Contract<'a> {
    pub(crate) service: &'a Service,
    pub(crate) runtime: &'a str,
    pub(crate) hash: &'a str,
}

impl Display for Contract<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { service, runtime, .. } = self;
        let Service { name, ident, .. } = service;
        let private = format!("{runtime}::__private");

        let mut docs = service.docs.text("");
        if docs.is_empty() {
            docs = format!("/// The contract of `{name}`.\n");
        }
        let to_root = "super::".repeat(service.package.len());
        writeln!(f, "{docs}pub enum {ident} {{}}")?;
        writeln!(f, "impl {ident} {{")?;
        writeln!(f, "    /// The service's full name.")?;
        writeln!(f, "    pub const NAME: &'static str = {name:?};")?;
        writeln!(f, "    #[doc(hidden)]")?;
        writeln!(
            f,
            "    pub const DESCRIPTOR: &'static [u8] = {to_root}FILE_DESCRIPTOR_SET;"
        )?;
        writeln!(f, "}}")?;

        for (index, rpc) in service.rpcs.iter().enumerate() {
            writeln!(f, "const _: () = {{")?;
            writeln!(
                f,
                "    static METHOD: {private}::Method = {private}::Method::new({:?}, {private}::MethodKind::{});",
                rpc.path(service),
                rpc.kind.variant(),
            )?;
            writeln!(f, "    impl {private}::Rpc<{index}> for {ident} {{")?;
            writeln!(f, "        type Request = {};", rpc.request.rust)?;
            writeln!(f, "        type Response = {};", rpc.response.rust)?;
            writeln!(f, "        type Codec = {private}::Prost;")?;
            writeln!(f, "        const METHOD: &'static {private}::Method = &METHOD;")?;
            writeln!(f, "    }}\n}};")?;
        }
        self.callback(f)
    }
}

impl Contract<'_> {
    /// The macro that hands the rpcs to whoever asks. Its exported name is unique in the crate; the user
    /// names it like the type, as macros have a namespace of their own.
    fn callback(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let service = self.service;
        let words = service
            .package
            .iter()
            .map(|part| names::plain(part))
            .chain([service.ident.as_str()]);
        let name = format!(
            "__grpc_contract_{}_{}",
            words.collect::<Vec<_>>().join("_"),
            self.hash
        );
        writeln!(f, "#[doc(hidden)]\n#[macro_export]\nmacro_rules! {name} {{")?;
        writeln!(f, "    ([$($next:tt)*] $($rest:tt)*) => {{ $($next)* ! {{ {{")?;
        writeln!(f, "        service {:?};", service.name)?;
        writeln!(f, "        descriptor ();")?;
        for rpc in &service.rpcs {
            let request = written(&rpc.request, &service.package);
            let response = written(&rpc.response, &service.package);
            writeln!(
                f,
                "        rpc {} {:?} {} ({:?}, {request:?}) ({:?}, {response:?}) {:?};",
                rpc.ident,
                rpc.name,
                rpc.kind.keyword(),
                rpc.request.proto,
                rpc.response.proto,
                signature(rpc, &request, &response),
            )?;
        }
        writeln!(f, "    }} $($rest)* }} }};\n}}")?;
        writeln!(f, "#[doc(hidden)]\npub use {name} as {};", service.ident)
    }
}

/// The handler's signature, ready to be pasted.
fn signature(rpc: &Rpc, request: &str, response: &str) -> String {
    let argument = argument(&rpc.request, request);
    let argument = match (rpc.kind.has_request_stream(), request) {
        (false, "()") => String::new(),
        (false, _) => format!(", {argument}: {request}"),
        (true, _) => format!(", {}s: Streaming<{request}>", names::plain(&argument)),
    };
    let ident = &rpc.ident;
    match rpc.kind {
        Kind::Unary | Kind::ClientStreaming => {
            format!("async fn {ident}(&self{argument}) -> Result<{response}>")
        }
        Kind::ServerStreaming | Kind::BidiStreaming => {
            format!("fn {ident}(&self{argument}) -> impl ResponseStream<{response}>")
        }
    }
}

/// A name for an argument: `point` for a `Point`, `request` for a `PointRequest`.
fn argument(request: &Type, rust: &str) -> String {
    let message = request.proto.rsplit('.').next().unwrap_or_default();
    if rust == "()" || message.ends_with("Request") {
        "request".to_owned()
    } else {
        names::snake(message)
    }
}

/// The type as a user would write it, who has imported the package's.
fn written(message: &Type, package: &[String]) -> String {
    /// What the signature itself means by these, or the prelude.
    const MEANT: [&str; 8] = [
        "Context",
        "Option",
        "ResponseStream",
        "Result",
        "ServerCall",
        "Status",
        "Streaming",
        "String",
    ];
    if message.is_extern {
        for (path, short) in [
            ("prost::alloc::vec::", ""),
            ("prost::alloc::string::", ""),
            ("prost_types::", "google::protobuf::"),
        ] {
            if let Some((_, rest)) = message.rust.split_once(&format!("::__private::{path}")) {
                return format!("{short}{rest}");
            }
        }
        return message.rust.clone();
    }
    let rust = message.rust.trim_start_matches("super::");
    match package.last() {
        Some(module) if MEANT.contains(&rust) => format!("{module}::{rust}"),
        _ => rust.to_owned(),
    }
}
