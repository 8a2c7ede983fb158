//! What a handler's signature says by itself. Types are read by the last segment of their path: an alias hides what it
//! stands for, and then the contract or `#[rpc(kind = …)]` decides.

use syn::{
    AngleBracketedGenericArguments, FnArg, GenericArgument, PatType, PathArguments, PathSegment, Receiver,
    ReturnType, Signature, Token, Type, TypeParamBound, punctuated::Punctuated,
};

use crate::diagnostics::Errors;

/// A handler's signature, read.
pub(super) struct Shape {
    pub(super) request: Request,
    /// The call's `Context` comes last.
    pub(super) context: bool,
    /// Calling it gives a future.
    pub(super) awaited: bool,
    /// It is called on a thread of its own.
    pub(super) blocking: bool,
    /// What it gives, once awaited.
    pub(super) output: Type,
    pub(super) answer: Answer,
}

#[expect(
    clippy::large_enum_variant,
    reason = "there is one per handler, and only while compiling"
)]
pub(super) enum Request {
    /// No argument: `google.protobuf.Empty`.
    Empty,
    /// A message, or an alias of anything.
    One(Type),
    /// `Streaming<M>`.
    Streaming { argument: Type, message: Option<Type> },
    /// `ServerCall<Req, Resp>`.
    ServerCall {
        argument: Type,
        request: Option<Type>,
        response: Option<Type>,
    },
}

pub(super) enum Answer {
    /// `Result<M>`, or an alias inside `Result`.
    Once(Type),
    /// A stream, or for a blocking handler an iterator, bare or in a `Result`, and its message if that can be seen.
    Stream(Option<Type>),
    /// An alias.
    Hidden,
}

impl Shape {
    /// `None` if it cannot be a handler's; the errors say why.
    pub(super) fn read(signature: &Signature, blocking: bool, errors: &mut Errors) -> Option<Self> {
        check_receiver(signature, errors)?;
        check_qualifiers(signature, errors)?;
        let (request, context) = read_arguments(signature, errors)?;
        let ReturnType::Type(_, output) = &signature.output else {
            let stream = if blocking {
                BLOCKING_STREAM
            } else {
                "impl ResponseStream<M>"
            };
            errors.at(
                signature.ident.span(),
                format!("a handler returns `Result<M>` or `{stream}`"),
            );
            return None;
        };
        if blocking {
            check_blocking(signature, output, errors)?;
        }
        let future = future_output(output);
        let awaited = signature.asyncness.is_some() || future.is_some();
        let output = future.unwrap_or(output).clone();
        let answer = if blocking {
            Answer::read_as(&output, iterator_message)
        } else {
            Answer::read(&output)
        };
        Some(Self {
            request,
            context,
            awaited,
            blocking,
            output,
            answer,
        })
    }
}

impl Request {
    fn read(argument: &Type) -> Self {
        let argument = argument.clone();
        if let Some(segment) = named(&argument, "Streaming") {
            let message = type_argument(segment, 0).cloned();
            Self::Streaming { argument, message }
        } else if let Some(segment) = named(&argument, "ServerCall") {
            let (request, response) = (
                type_argument(segment, 0).cloned(),
                type_argument(segment, 1).cloned(),
            );
            Self::ServerCall {
                argument,
                request,
                response,
            }
        } else {
            Self::One(argument)
        }
    }

    pub(super) fn argument(&self) -> Option<&Type> {
        match self {
            Self::Empty => None,
            Self::One(argument) | Self::Streaming { argument, .. } | Self::ServerCall { argument, .. } => {
                Some(argument)
            }
        }
    }
}

impl Answer {
    fn read(output: &Type) -> Self {
        Self::read_as(output, stream_message)
    }

    /// `message` is [`stream_message`] or [`iterator_message`].
    fn read_as(output: &Type, message: fn(&Type) -> Option<Option<Type>>) -> Self {
        if let Some(message) = message(output) {
            return Self::Stream(message);
        }
        match named(output, "Result").and_then(|result| type_argument(result, 0)) {
            Some(inner) => match message(inner) {
                Some(message) => Self::Stream(message),
                None => Self::Once(inner.clone()),
            },
            None => Self::Hidden,
        }
    }

    /// The type that stands for the message, or for an alias of it or of a stream.
    pub(super) fn message(&self) -> Option<&Type> {
        match self {
            Self::Once(message) => Some(message),
            Self::Stream(message) => message.as_ref(),
            Self::Hidden => None,
        }
    }
}

/// True for types that are certainly streams, bare or in a `Result`.
pub(super) fn is_stream(output: &Type) -> bool {
    matches!(Answer::read(output), Answer::Stream(_))
}

/// True if `ty` is what a user writes as `name`: `Point`, `common::Point`, `()`.
pub(super) fn is_type(ty: &Type, name: &str) -> bool {
    match ty {
        Type::Tuple(tuple) => tuple.elems.is_empty() && name == "()",
        Type::Group(group) => is_type(&group.elem, name),
        ty => named(ty, name.rsplit("::").next().unwrap_or(name)).is_some(),
    }
}

fn check_receiver(signature: &Signature, errors: &mut Errors) -> Option<()> {
    match signature.receiver() {
        Some(receiver) if is_shared(receiver) => Some(()),
        Some(receiver) => {
            errors.on(
                receiver,
                "a handler takes `&self`: calls run at the same time, so state goes behind a lock",
            );
            None
        }
        None => {
            errors.at(
                signature.ident.span(),
                "a handler takes `&self` first; what is no rpc goes in another `impl` block, or carries `#[rpc(skip)]`",
            );
            None
        }
    }
}

fn is_shared(receiver: &Receiver) -> bool {
    matches!(&*receiver.ty, Type::Reference(reference) if reference.mutability.is_none()
        && matches!(&*reference.elem, Type::Path(path) if path.path.is_ident("Self")))
}

fn check_qualifiers(signature: &Signature, errors: &mut Errors) -> Option<()> {
    let generics = &signature.generics;
    if generics.type_params().next().is_some() || generics.const_params().next().is_some() {
        errors.on(
            generics,
            "a handler has no generic parameters of its own: an rpc takes and answers one type",
        );
        return None;
    }
    if let Some(unsafety) = &signature.unsafety {
        errors.on(unsafety, "a handler is not `unsafe`: anyone may call it");
        return None;
    }
    Some(())
}

/// What a blocking handler that answers many returns.
pub(super) const BLOCKING_STREAM: &str = "impl Iterator<Item = Result<M>>";

/// A blocking handler has nothing to await, in itself or in what it returns.
fn check_blocking(signature: &Signature, output: &Type, errors: &mut Errors) -> Option<()> {
    if let Some(asyncness) = &signature.asyncness {
        errors.on(
            asyncness,
            "a blocking handler is a plain `fn`, which may block: leave out `async`, or `blocking`",
        );
        return None;
    }
    if future_output(output).is_some() {
        errors.on(
            output,
            "a blocking handler returns its answer, not a future of it: `fn … -> Result<M>`",
        );
        return None;
    }
    let iterates = matches!(Answer::read_as(output, iterator_message), Answer::Stream(_));
    if is_stream(output) && !iterates {
        errors.on(
            output,
            format!("a blocking handler returns an iterator, not a stream: `{BLOCKING_STREAM}`"),
        );
        return None;
    }
    Some(())
}

fn read_arguments(signature: &Signature, errors: &mut Errors) -> Option<(Request, bool)> {
    let arguments: Vec<&PatType> = signature
        .inputs
        .iter()
        .filter_map(|argument| match argument {
            FnArg::Typed(argument) => Some(argument),
            FnArg::Receiver(_) => None,
        })
        .collect();
    let is_context = |argument: &PatType| named(&argument.ty, "Context").is_some();
    match *arguments {
        [] => Some((Request::Empty, false)),
        [only] if is_context(only) => Some((Request::Empty, true)),
        [only] => Some((Request::read(&only.ty), false)),
        [first, second] if is_context(first) && !is_context(second) => {
            errors.on(first, "the `Context` comes last");
            None
        }
        [first, _] => Some((Request::read(&first.ty), true)),
        [_, _, third, ..] => {
            errors.on(third, "a handler takes one message, and then at most a `Context`");
            None
        }
    }
}

/// The `T` of `impl Future<Output = T>`.
fn future_output(ty: &Type) -> Option<&Type> {
    let Type::ImplTrait(ty) = ty else { return None };
    let future = bound(&ty.bounds, "Future")?;
    associated_type(future, "Output")
}

/// `Some` if the type is certainly a stream; inside, its message if that can be seen.
fn stream_message(ty: &Type) -> Option<Option<Type>> {
    match ty {
        Type::Group(group) => stream_message(&group.elem),
        Type::ImplTrait(ty) => message_in_bounds(&ty.bounds),
        Type::TraitObject(ty) => message_in_bounds(&ty.bounds),
        Type::Path(path) => {
            let segment = path.path.segments.last()?;
            let first = type_argument(segment, 0);
            match segment.ident.to_string().as_str() {
                "BoxStream" | "Streaming" => Some(first.cloned()),
                "ReceiverStream" | "UnboundedReceiverStream" => Some(first.and_then(ok_type).cloned()),
                "Pin" | "Box" => stream_message(first?),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `Some` if the type is certainly an iterator, or what becomes one; inside, its message if that can be seen.
fn iterator_message(ty: &Type) -> Option<Option<Type>> {
    match ty {
        Type::Group(group) => iterator_message(&group.elem),
        Type::ImplTrait(ty) => item_in_bounds(&ty.bounds),
        Type::TraitObject(ty) => item_in_bounds(&ty.bounds),
        Type::Path(path) => {
            let segment = path.path.segments.last()?;
            let first = type_argument(segment, 0);
            match segment.ident.to_string().as_str() {
                "Receiver" | "IntoIter" => Some(first.map(item_message)),
                // Bytes are one message, `google.protobuf.BytesValue`.
                "Vec" if first.is_none_or(|item| !is_type(item, "u8")) => Some(first.map(item_message)),
                "Streaming" => Some(first.cloned()),
                "Box" => iterator_message(first?),
                _ => None,
            }
        }
        _ => None,
    }
}

fn item_in_bounds(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<Option<Type>> {
    const ITERATORS: [&str; 4] = [
        "Iterator",
        "IntoIterator",
        "DoubleEndedIterator",
        "ExactSizeIterator",
    ];
    let iterator = ITERATORS.iter().find_map(|name| bound(bounds, name))?;
    Some(associated_type(iterator, "Item").map(item_message))
}

/// The message of an iterator's item: a message, or a result of one.
fn item_message(item: &Type) -> Type {
    ok_type(item).unwrap_or(item).clone()
}

fn message_in_bounds(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<Option<Type>> {
    if let Some(stream) = bound(bounds, "ResponseStream") {
        return Some(type_argument(stream, 0).cloned());
    }
    let stream = bound(bounds, "Stream")?;
    Some(associated_type(stream, "Item").and_then(ok_type).cloned())
}

fn ok_type(result: &Type) -> Option<&Type> {
    named(result, "Result").and_then(|segment| type_argument(segment, 0))
}

/// The last segment of the type's path, if it is `name`.
fn named<'a>(ty: &'a Type, name: &str) -> Option<&'a PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last().filter(|segment| segment.ident == name),
        Type::Group(group) => named(&group.elem, name),
        Type::Paren(paren) => named(&paren.elem, name),
        _ => None,
    }
}

fn bound<'a>(bounds: &'a Punctuated<TypeParamBound, Token![+]>, name: &str) -> Option<&'a PathSegment> {
    bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().filter(|segment| segment.ident == name),
        _ => None,
    })
}

fn type_argument(segment: &PathSegment, index: usize) -> Option<&Type> {
    let types = generic_arguments(segment)?
        .args
        .iter()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        });
    types.into_iter().nth(index)
}

fn associated_type<'a>(segment: &'a PathSegment, name: &str) -> Option<&'a Type> {
    generic_arguments(segment)?
        .args
        .iter()
        .find_map(|argument| match argument {
            GenericArgument::AssocType(associated) if associated.ident == name => Some(&associated.ty),
            _ => None,
        })
}

fn generic_arguments(segment: &PathSegment) -> Option<&AngleBracketedGenericArguments> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments),
        _ => None,
    }
}
