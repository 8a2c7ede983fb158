//! A service as the generators want it: every name decided, every type known.

use std::collections::HashSet;

use prost_types::{MethodDescriptorProto, ServiceDescriptorProto};

use crate::{comments::Docs, messages::File, names};

pub(crate) struct Service {
    /// `package.Service`.
    pub(crate) name: String,
    /// Of the contract's type and macro.
    pub(crate) ident: String,
    pub(crate) stub: String,
    pub(crate) blocking_stub: String,
    /// Where the free functions are, inside the package's module.
    pub(crate) module: String,
    /// The package's modules, outermost first.
    pub(crate) package: Vec<String>,
    pub(crate) docs: Docs,
    pub(crate) deprecated: bool,
    pub(crate) rpcs: Vec<Rpc>,
}

pub(crate) struct Rpc {
    /// As the `.proto` has it.
    pub(crate) name: String,
    /// Of the handler.
    pub(crate) ident: String,
    /// On the stub: the call, and the call to send and receive on by hand.
    pub(crate) method: Names,
    /// As free functions, the same.
    pub(crate) function: Names,
    pub(crate) kind: Kind,
    pub(crate) request: Type,
    pub(crate) response: Type,
    pub(crate) docs: Docs,
    pub(crate) deprecated: bool,
}

#[derive(Clone, Default)]
pub(crate) struct Names {
    pub(crate) call: String,
    pub(crate) open: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Unary,
    ServerStreaming,
    ClientStreaming,
    BidiStreaming,
}

/// A message's type.
pub(crate) struct Type {
    /// `package.Message`.
    pub(crate) proto: String,
    /// From the package's module.
    pub(crate) rust: String,
    /// True if `rust` is the same path everywhere: not generated here.
    pub(crate) is_extern: bool,
}

/// The names that a stub's own methods have. An inherent `clone` that is an rpc would make `stub.clone()` one.
const STUB_METHODS: [&str; 2] = ["new", "clone"];

impl Service {
    /// Decides the names of the service at `index` in its file. `types` are the package's messages and enums in Rust, and what
    /// other services of the package have taken.
    pub(crate) fn new(
        file: &File<'_>,
        package: &str,
        index: i32,
        service: &ServiceDescriptorProto,
        types: &mut HashSet<String>,
        is_extern: impl Fn(&str) -> bool,
    ) -> Self {
        // `message greeter` and `service Greeter` can share a package, but in Rust they are one name.
        let mut ident = names::upper_camel(service.name());
        let names = |ident: &str| {
            [
                ident.to_owned(),
                format!("{ident}Stub"),
                format!("{ident}BlockingStub"),
            ]
        };
        while names(&ident).iter().any(|name| types.contains(name)) {
            ident.push_str("Service");
        }
        let [_, stub, blocking_stub] = names(&ident);
        types.extend(names(&ident));

        let mut idents: Vec<String> = Vec::new();
        for method in &service.method {
            let ident = names::snake(method.name());
            let ident = names::free(&ident, |name| idents.iter().any(|taken| taken == name));
            idents.push(ident);
        }
        let methods = call_names(&idents, &STUB_METHODS);
        let functions = call_names(&idents, &[]);
        let rpcs = service
            .method
            .iter()
            .zip(0..)
            .zip(idents)
            .zip(methods.into_iter().zip(functions))
            .map(|(((method, at), ident), (stub_names, function))| Rpc {
                name: method.name().to_owned(),
                ident,
                method: stub_names,
                function,
                kind: Kind::new(method),
                request: Type::new(file, method.input_type(), &is_extern),
                response: Type::new(file, method.output_type(), &is_extern),
                docs: file.docs(&[6, index, 2, at]),
                deprecated: method
                    .options
                    .as_ref()
                    .is_some_and(|options| options.deprecated()),
            });
        Self {
            rpcs: rpcs.collect(),
            name: full_name(package, service),
            module: names::snake(&ident),
            package: names::modules(package),
            docs: file.docs(&[6, index]),
            deprecated: service
                .options
                .as_ref()
                .is_some_and(|options| options.deprecated()),
            ident,
            stub,
            blocking_stub,
        }
    }
}

/// `package.Service`.
pub(crate) fn full_name(package: &str, service: &ServiceDescriptorProto) -> String {
    match package {
        "" => service.name().to_owned(),
        _ => format!("{package}.{}", service.name()),
    }
}

impl Rpc {
    /// On the wire.
    pub(crate) fn path(&self, service: &Service) -> String {
        format!("/{}/{}", service.name, self.name)
    }
}

impl Kind {
    fn new(method: &MethodDescriptorProto) -> Self {
        match (method.client_streaming(), method.server_streaming()) {
            (false, false) => Self::Unary,
            (false, true) => Self::ServerStreaming,
            (true, false) => Self::ClientStreaming,
            (true, true) => Self::BidiStreaming,
        }
    }

    /// Of `MethodKind`.
    pub(crate) fn variant(self) -> &'static str {
        match self {
            Self::Unary => "Unary",
            Self::ServerStreaming => "ServerStreaming",
            Self::ClientStreaming => "ClientStreaming",
            Self::BidiStreaming => "BidiStreaming",
        }
    }

    /// In the contract, and of the constructors of calls.
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            Self::Unary => "unary",
            Self::ServerStreaming => "server_streaming",
            Self::ClientStreaming => "client_streaming",
            Self::BidiStreaming => "bidi_streaming",
        }
    }

    pub(crate) fn has_request_stream(self) -> bool {
        matches!(self, Self::ClientStreaming | Self::BidiStreaming)
    }

    pub(crate) fn has_response_stream(self) -> bool {
        matches!(self, Self::ServerStreaming | Self::BidiStreaming)
    }
}

impl Type {
    /// `proto` has a dot in front.
    fn new(file: &File<'_>, proto: &str, is_extern: impl Fn(&str) -> bool) -> Self {
        Self {
            is_extern: is_extern(proto),
            proto: proto.trim_start_matches('.').to_owned(),
            rust: file.type_path(proto),
        }
    }

    /// From a module inside the package's.
    pub(crate) fn in_child(&self) -> String {
        if self.is_extern {
            self.rust.clone()
        } else {
            format!("super::{}", self.rust)
        }
    }
}

/// Rpcs keep their names where they can; what else is generated for them gets out of their way.
fn call_names(idents: &[String], reserved: &[&str]) -> Vec<Names> {
    let mut taken: HashSet<String> = reserved.iter().map(|&name| name.to_owned()).collect();
    taken.extend(
        idents
            .iter()
            .filter(|ident| !reserved.contains(&ident.as_str()))
            .cloned(),
    );
    let mut take = |name: &str| {
        let name = names::free(name, |name| taken.contains(name));
        taken.insert(name.clone());
        name
    };
    let calls: Vec<String> = idents
        .iter()
        .map(|ident| {
            if reserved.contains(&ident.as_str()) {
                take(ident)
            } else {
                ident.clone()
            }
        })
        .collect();
    calls
        .into_iter()
        .map(|call| {
            // An underscore at the end is there because of what stood before it.
            let stem = names::plain(&call).trim_end_matches('_');
            Names {
                open: take(&format!("{stem}_call")),
                call,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_of(idents: &[&str], reserved: &[&str]) -> Vec<(String, String)> {
        let idents: Vec<String> = idents.iter().map(|&ident| ident.to_owned()).collect();
        call_names(&idents, reserved)
            .into_iter()
            .map(|names| (names.call, names.open))
            .collect()
    }

    #[test]
    fn rpcs_named_like_a_stubs_methods_get_an_underscore() {
        let names = names_of(&["new", "clone", "new_"], &STUB_METHODS);
        let calls: Vec<&str> = names.iter().map(|(call, _)| call.as_str()).collect();
        assert_eq!(calls, ["new__", "clone_", "new_"]);
    }

    #[test]
    fn an_rpc_keeps_its_name_and_a_generated_one_moves() {
        let names = names_of(&["chat", "chat_call", "r#type"], &[]);
        assert_eq!(names[0], ("chat".to_owned(), "chat_call_".to_owned()));
        assert_eq!(names[1], ("chat_call".to_owned(), "chat_call_call".to_owned()));
        assert_eq!(names[2], ("r#type".to_owned(), "type_call".to_owned()));
    }
}
