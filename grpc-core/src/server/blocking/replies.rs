use std::{convert::Infallible, marker::PhantomData};

use crate::Result;

/// What a blocking handler that answers with any number of `M` can return: anything that iterates over messages or over
/// results of them, bare or inside a `Result`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not iterate over `{M}`",
    label = "not an iterator of messages",
    note = "a blocking handler returns any `IntoIterator` of `{M}` or of `Result<{M}, _>`, bare or inside a `Result`"
)]
pub trait Replies<M, Form> {
    /// The error of an item.
    type E;
    /// The error in place of an iterator.
    type F;

    /// The messages, or the error in their place.
    ///
    /// # Errors
    /// What the handler returned instead of an iterator.
    fn start(self) -> Result<impl Iterator<Item = Result<M, Self::E>>, Self::F>;
}

/// The handler returns messages.
#[derive(Debug)]
pub enum Messages {}

/// The handler returns results of messages.
#[derive(Debug)]
pub struct Results<E>(PhantomData<E>);

/// The handler returns a `Result` of either.
#[derive(Debug)]
pub struct InResult<Form>(PhantomData<Form>);

#[diagnostic::do_not_recommend]
impl<I: IntoIterator<Item = M>, M> Replies<M, Messages> for I {
    type E = Infallible;
    type F = Infallible;

    fn start(self) -> Result<impl Iterator<Item = Result<M, Infallible>>, Infallible> {
        Ok(self.into_iter().map(Ok))
    }
}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator<Item = Result<M, E>>, M, E> Replies<M, Results<E>> for I {
    type E = E;
    type F = Infallible;

    fn start(self) -> Result<impl Iterator<Item = Result<M, E>>, Infallible> {
        Ok(self.into_iter())
    }
}

#[diagnostic::do_not_recommend]
impl<I: Replies<M, Form>, M, F, Form> Replies<M, InResult<Form>> for Result<I, F>
where
    I::F: Into<Infallible>,
{
    type E = I::E;
    type F = F;

    fn start(self) -> Result<impl Iterator<Item = Result<M, I::E>>, F> {
        self.map(|replies| match replies.start() {
            Ok(messages) => messages,
            Err(never) => match never.into() {},
        })
    }
}

/// What a blocking handler of any number of requests takes.
#[diagnostic::on_unimplemented(
    message = "a blocking handler takes `{Requests}`, not `{Self}`",
    label = "expected that of `grpc::blocking`"
)]
pub trait Takes<Requests> {
    /// The same.
    fn take(requests: Requests) -> Self;
}

#[diagnostic::do_not_recommend]
impl<Requests> Takes<Self> for Requests {
    fn take(requests: Self) -> Self {
        requests
    }
}
