//! The client's side: a stub with a method per rpc, and the same as free functions.

use std::fmt::Write as _;

use crate::service::{Kind, Names, Rpc, Service};

pub(crate) struct Stub<'a> {
    pub(crate) service: &'a Service,
    pub(crate) runtime: &'a str,
}

impl Stub<'_> {
    /// The stub, for the package's module.
    pub(crate) fn methods(&self) -> String {
        let name = &self.service.name;
        let docs = format!("/// A client of `{name}`: calls on one channel. Cheap to clone.\n");
        self.stub(&self.service.stub, "", &docs)
    }

    /// The stub for threads that block, beside the other.
    pub(crate) fn blocking_methods(&self) -> String {
        let Service {
            name, blocking_stub, ..
        } = self.service;
        let docs = format!("/// A client of `{name}` for threads that block. Cheap to clone.\n");
        self.stub(blocking_stub, "::blocking", &docs)
    }

    /// `module` is where in the runtime its channel and its calls are.
    fn stub(&self, stub: &str, module: &str, docs: &str) -> String {
        let Self { service, runtime } = self;
        let mut out = format!(
            "{docs}{}#[derive(::core::clone::Clone)]\n\
             pub struct {stub} {{\n    channel: {runtime}{module}::Channel,\n}}\n\
             impl {stub} {{\n    \
             /// A client whose calls go out on `channel`.\n    \
             pub fn new(channel: &{runtime}{module}::Channel) -> Self {{\n        \
             Self {{ channel: ::core::clone::Clone::clone(channel) }}\n    }}\n",
            deprecated(service.deprecated, ""),
        );
        for (index, rpc) in service.rpcs.iter().enumerate() {
            let form = Form {
                indent: 1,
                names: &rpc.method,
                receiver: "&self",
                callee: "&self.channel",
                module,
                contract: "",
                request: rpc.request.rust.clone(),
                response: rpc.response.rust.clone(),
            };
            self.rpc(&mut out, index, rpc, &form);
        }
        let _ = write!(
            out,
            "}}\nimpl ::core::fmt::Debug for {stub} {{\n    \
             fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {{\n        \
             f.debug_struct({stub:?}).finish_non_exhaustive()\n    }}\n}}\n",
        );
        out
    }

    /// The free functions, for the service's own module.
    pub(crate) fn functions(&self) -> String {
        let mut out = String::new();
        for (index, rpc) in self.service.rpcs.iter().enumerate() {
            let form = Form {
                indent: 0,
                names: &rpc.function,
                receiver: &format!(
                    "target: impl ::core::convert::Into<{}::__private::Callee>",
                    self.runtime
                ),
                callee: "target",
                module: "",
                contract: "super::",
                request: rpc.request.in_child(),
                response: rpc.response.in_child(),
            };
            self.rpc(&mut out, index, rpc, &form);
        }
        out
    }

    fn rpc(&self, out: &mut String, index: usize, rpc: &Rpc, form: &Form<'_>) {
        let Self { service, runtime } = self;
        let Form {
            receiver,
            callee,
            module,
            request,
            response,
            ..
        } = form;
        let calls = format!("{runtime}{module}");
        let pad = "    ".repeat(form.indent);
        let deprecated = deprecated(rpc.deprecated, &pad);
        let method = format!(
            "<{}{} as {runtime}::__private::Rpc<{index}>>::METHOD",
            form.contract, service.ident
        );

        let mut docs = rpc.docs.text(&pad);
        if docs.is_empty() {
            docs = format!("{pad}/// Calls `{}/{}`.\n", service.name, rpc.name);
        }
        let call = if rpc.kind.has_response_stream() {
            "StreamingCall"
        } else {
            "Call"
        };
        let (generic, parameter, argument) = if rpc.kind.has_request_stream() {
            (
                "<__Kind>",
                format!("requests: impl {calls}::IntoRequests<{request}, __Kind>"),
                "requests",
            )
        } else {
            ("", format!("request: {request}"), "request")
        };
        let _ = write!(
            out,
            "{docs}{deprecated}{pad}pub fn {}{generic}({receiver}, {parameter}) -> {calls}::{call}<{response}> {{\n\
             {pad}    {calls}::{call}::{}({callee}, {method}, {argument}, {runtime}::__private::Prost)\n{pad}}}\n",
            form.names.call,
            rpc.kind.keyword(),
        );
        if rpc.kind == Kind::Unary {
            return;
        }
        let _ = write!(
            out,
            "{pad}/// Opens a call of `{}/{}`, to send and receive on by hand.\n\
             {deprecated}{pad}pub fn {}({receiver}) -> {calls}::OpenCall<{request}, {response}> {{\n\
             {pad}    {calls}::OpenCall::open({callee}, {method}, {runtime}::__private::Prost)\n{pad}}}\n",
            service.name, rpc.name, form.names.open,
        );
    }
}

/// What a stub's methods and free functions differ in.
struct Form<'a> {
    indent: usize,
    names: &'a Names,
    receiver: &'a str,
    callee: &'a str,
    /// Where in the runtime the types of the calls are.
    module: &'a str,
    /// How to get from here to the module of the contract.
    contract: &'a str,
    request: String,
    response: String,
}

fn deprecated(deprecated: bool, pad: &str) -> String {
    if deprecated {
        format!("{pad}#[deprecated]\n")
    } else {
        String::new()
    }
}
