//! Does a handler take and answer as many messages as its rpc? Only certain mistakes are refused here; where an alias may
//! hide the right type, the compiler decides about the expansion.

use proc_macro2::Span;
use syn::spanned::Spanned;

use super::{
    contract::Rpc,
    model::Kind,
    parse::Handler,
    signature::{Answer, Request, Shape, is_type},
};
use crate::diagnostics::Errors;

/// What to call an rpc and its messages.
pub(super) struct Words<'a> {
    pub(super) rpc: &'a str,
    /// Without a contract its messages have no names, but `M`.
    pub(super) contract: Option<&'a Rpc>,
}

impl Words<'_> {
    fn request(&self) -> &str {
        self.contract.map_or("M", |rpc| &rpc.request.rust)
    }

    fn response(&self) -> &str {
        self.contract.map_or("M", |rpc| &rpc.response.rust)
    }

    pub(super) fn kind(&self, kind: Kind) -> String {
        let request = if kind.many_requests() {
            "any number of requests"
        } else {
            "one request"
        };
        let response = if kind.many_responses() {
            "any number of responses"
        } else {
            "one response"
        };
        format!("{request}, {response}")
    }

    /// False, and an error, if the handler certainly has another cardinality than its rpc.
    pub(super) fn agree(&self, shape: &Shape, kind: Kind, handler: &Handler, errors: &mut Errors) -> bool {
        let name = handler.signature.ident.span();
        if let Request::ServerCall { argument, .. } = &shape.request {
            return self.agree_on_call(argument, shape, kind, name, errors);
        }
        let requests = self.agree_on_requests(shape, kind, name, errors);
        let responses = self.agree_on_responses(shape, kind, name, errors);
        requests && responses
    }

    fn agree_on_call(
        &self,
        argument: &syn::Type,
        shape: &Shape,
        kind: Kind,
        name: Span,
        errors: &mut Errors,
    ) -> bool {
        let rpc = self.rpc;
        if kind == Kind::Unary {
            let (request, response) = (self.request(), self.response());
            errors.on(
                argument,
                format!("rpc `{rpc}` is unary and has no `ServerCall`: it takes `{request}` and answers `Result<{response}>`"),
            );
            return false;
        }
        let answers = shape.awaited || shape.blocking;
        if !answers {
            errors.at(
                name,
                "a handler that takes a `ServerCall` is an `async fn … -> Result<()>`",
            );
        }
        answers
    }

    fn agree_on_requests(&self, shape: &Shape, kind: Kind, name: Span, errors: &mut Errors) -> bool {
        let (rpc, request) = (self.rpc, self.request());
        let streaming = if shape.blocking {
            "blocking::Streaming"
        } else {
            "Streaming"
        };
        let at = shape.request.argument().map_or(name, Spanned::span);
        let message = match &shape.request {
            Request::Streaming { .. } if !kind.many_requests() => {
                format!("rpc `{rpc}` takes one request: `{request}`")
            }
            Request::Empty if kind.many_requests() => {
                format!("rpc `{rpc}` takes a stream of requests: `{streaming}<{request}>`")
            }
            Request::One(argument) if kind.many_requests() && is_type(argument, request) => {
                format!("rpc `{rpc}` takes a stream of requests: `{streaming}<{request}>`")
            }
            _ => return true,
        };
        match shape.request.argument() {
            Some(argument) => errors.on(argument, message),
            None => errors.at(at, message),
        }
        false
    }

    fn agree_on_responses(&self, shape: &Shape, kind: Kind, name: Span, errors: &mut Errors) -> bool {
        let (rpc, response) = (self.rpc, self.response());
        let (stream, qualifier) = if shape.blocking {
            (format!("impl Iterator<Item = Result<{response}>>"), "")
        } else {
            (format!("impl ResponseStream<{response}>"), "async ")
        };
        let once = match &shape.answer {
            Answer::Once(message) => is_type(message, response),
            Answer::Hidden => is_type(&shape.output, response),
            Answer::Stream(_) => false,
        };
        if kind.many_responses() {
            if once {
                errors.on(
                    &shape.output,
                    format!("rpc `{rpc}` answers with a stream: `fn … -> {stream}`"),
                );
            }
            return !once;
        }
        if matches!(shape.answer, Answer::Stream(_)) {
            errors.on(
                &shape.output,
                format!("rpc `{rpc}` answers once: `{qualifier}fn … -> Result<{response}>`"),
            );
            return false;
        }
        if once && matches!(shape.answer, Answer::Hidden) {
            errors.on(
                &shape.output,
                format!("rpc `{rpc}` answers with a `Result`: `Result<{response}>`"),
            );
            return false;
        }
        let answers = shape.awaited || shape.blocking;
        if !answers {
            errors.at(
                name,
                format!(
                    "a handler that answers once is an `async fn`: `async fn … -> Result<{response}>`; or, if it blocks, \
                     `#[rpc(blocking)]`"
                ),
            );
        }
        answers
    }
}
