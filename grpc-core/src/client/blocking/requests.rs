use std::marker::PhantomData;

use crate::Status;

/// What a blocking call takes its requests from: anything that iterates over `M`, or over `Result<M, E>`, whose error becomes
/// the call's status.
///
/// `Kind` tells the two apart, so that nothing needs to be annotated. The iterator may block, as that of a
/// `std::sync::mpsc::Receiver` does: it is moved to a thread of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not give requests of type `{M}`",
    label = "expected an iterator of `{M}`",
    note = "any `IntoIterator` of `{M}` or of `Result<{M}, impl Into<Status>>` will do, if its iterator is `Send + 'static`"
)]
pub trait IntoRequests<M, Kind> {
    #[doc(hidden)]
    type Requests: Iterator<Item = Result<M, Status>> + Send + 'static;
    #[doc(hidden)]
    fn into_requests(self) -> Self::Requests;
}

/// Marks an iterator of requests.
#[derive(Debug)]
pub enum ByIterator {}

/// Marks an iterator of results.
#[derive(Debug)]
pub struct ByTryIterator<E>(PhantomData<E>);

#[diagnostic::do_not_recommend]
impl<M, I> IntoRequests<M, ByIterator> for I
where
    I: IntoIterator<Item = M>,
    I::IntoIter: Send + 'static,
{
    type Requests = IteratedRequests<I::IntoIter>;

    fn into_requests(self) -> Self::Requests {
        IteratedRequests(self.into_iter())
    }
}

#[diagnostic::do_not_recommend]
impl<M, E, I> IntoRequests<M, ByTryIterator<E>> for I
where
    E: Into<Status>,
    I: IntoIterator<Item = Result<M, E>>,
    I::IntoIter: Send + 'static,
{
    type Requests = TriedRequests<I::IntoIter>;

    fn into_requests(self) -> Self::Requests {
        TriedRequests(self.into_iter())
    }
}

/// An iterator whose items are all good.
#[derive(Debug)]
pub struct IteratedRequests<I>(I);

impl<I: Iterator> Iterator for IteratedRequests<I> {
    type Item = Result<I::Item, Status>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(Ok)
    }
}

/// An iterator whose errors become a status.
#[derive(Debug)]
pub struct TriedRequests<I>(I);

impl<M, E: Into<Status>, I: Iterator<Item = Result<M, E>>> Iterator for TriedRequests<I> {
    type Item = Result<M, Status>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|item| item.map_err(Into::into))
    }
}
