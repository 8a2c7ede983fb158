//! What of a status came from another server, which a server of ours does not send on by itself.

use std::borrow::Cow;

use bytes::BytesMut;

use super::Status;
use crate::metadata::Metadata;

/// Which parts of a status are not its holder's own. By default all are.
#[derive(Clone, Default)]
pub(super) struct Received {
    /// So many bytes of the details, at their start.
    details: usize,
    metadata: Entries,
}

#[derive(Clone, Default)]
enum Entries {
    #[default]
    Own,
    Received,
    /// These were received; the others are the holder's.
    Mixed(Metadata),
}

impl Status {
    /// The status of a call to another server, made fit to be what *our* call is answered with, details and trailing
    /// metadata included.
    ///
    /// A handler that returns the status of a call that it made answers with its code and message alone: what else
    /// came with it was meant for this server, not for its callers. This says that it is meant for them too. What
    /// the handler adds to such a status itself leaves in any case. (A metadata entry equal to one that
    /// came counts as the one that came.)
    ///
    /// ```
    /// # use grpc_core::{Result, Status};
    /// # async fn lookup() -> Result<u32> { Ok(7) }
    /// async fn handler() -> Result<u32> {
    ///     let found = lookup().await.map_err(Status::pass_on)?;
    ///     Ok(found)
    /// }
    /// # let _ = handler;
    /// ```
    #[must_use]
    pub fn pass_on(self) -> Self {
        self.pass_on_details().pass_on_metadata()
    }

    /// As [`Status::pass_on`], for the details only.
    #[must_use]
    pub fn pass_on_details(mut self) -> Self {
        self.0.received.details = 0;
        self
    }

    /// As [`Status::pass_on`], for the trailing metadata only.
    #[must_use]
    pub fn pass_on_metadata(mut self) -> Self {
        self.0.received.metadata = Entries::Own;
        self
    }

    /// Notes that all that it has is what a call of a client ended with.
    pub(crate) fn received(mut self) -> Self {
        self.0.received = Received {
            details: self.0.details.len(),
            metadata: Entries::Received,
        };
        self
    }

    /// Its details as a server may send them; empty for none.
    pub(super) fn details_to_send(&self) -> Cow<'_, [u8]> {
        let details = &self.0.details[..];
        match self.0.received.details {
            0 => Cow::Borrowed(details),
            received if received == details.len() => Cow::default(),
            received => {
                let mut own = BytesMut::new();
                self.encode_head(&mut own);
                own.extend_from_slice(&details[received..]);
                Cow::Owned(own.into())
            }
        }
    }

    /// Adds those of its metadata to `headers` that a server may send.
    pub(super) fn append_metadata_to(&self, headers: &mut http::HeaderMap) {
        match &self.0.received.metadata {
            Entries::Own => self.metadata().append_to(headers),
            Entries::Received => {}
            Entries::Mixed(received) => self.metadata().append_except(received, headers),
        }
    }
}

impl Received {
    /// The details are replaced by others.
    pub(super) fn own_details(&mut self) {
        self.details = 0;
    }

    /// The metadata is replaced by other.
    pub(super) fn own_metadata(&mut self) {
        self.metadata = Entries::Own;
    }

    /// The metadata may change from here on.
    pub(super) fn change_metadata(&mut self, current: &Metadata) {
        if matches!(self.metadata, Entries::Received) {
            self.metadata = Entries::Mixed(current.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::status::details::{BadRequest, Help};

    /// What came from another server: details, and `x-theirs` in the metadata.
    fn theirs() -> Status {
        let mut status = Status::not_found("gone").with_detail(Help::link("theirs", "https://example.com"));
        status.metadata_mut().append("x-theirs", "1").unwrap();
        sent(&status)
    }

    /// The status as the other side has it.
    fn sent(status: &Status) -> Status {
        let mut trailers = HeaderMap::new();
        status.write_to(&mut trailers);
        Status::read_from(trailers, Metadata::from_headers)
            .unwrap()
            .0
            .unwrap_err()
    }

    #[test]
    fn a_status_that_came_leaves_with_its_code_and_message_alone() {
        let status = theirs();
        assert_eq!(status.metadata().get("x-theirs"), Some("1"));
        assert!(status.detail::<Help>().is_some());
        for status in [status.clone(), status] {
            let seen = sent(&status);
            assert_eq!((seen.code(), seen.message()), (status.code(), status.message()));
            assert!(
                seen.details().is_empty() && seen.metadata().is_empty(),
                "{seen:?}"
            );
        }
    }

    #[test]
    fn what_is_passed_on_leaves() {
        let whole = sent(&theirs().pass_on());
        assert_eq!(whole.metadata().get("x-theirs"), Some("1"));
        assert_eq!(whole.details(), theirs().details());

        let details = sent(&theirs().pass_on_details());
        assert_eq!(
            (details.metadata().len(), details.details()),
            (0, theirs().details())
        );

        let metadata = sent(&theirs().pass_on_metadata());
        assert_eq!((metadata.metadata().len(), metadata.details().len()), (1, 0));
    }

    #[test]
    fn what_is_added_to_a_status_that_came_leaves_without_the_rest() {
        let mut status = theirs().with_detail(BadRequest::violation("id", "is unknown"));
        status.metadata_mut().insert("x-own", "2").unwrap();
        assert_eq!(status.error_details().unwrap().len(), 2);
        let seen = sent(&status);
        assert_eq!(seen.error_details().unwrap().len(), 1);
        assert!(seen.detail::<BadRequest>().is_some());
        assert_eq!(
            (seen.metadata().get("x-own"), seen.metadata().len()),
            (Some("2"), 1)
        );

        let both = sent(&status.pass_on());
        assert_eq!(
            (both.error_details().unwrap().len(), both.metadata().len()),
            (2, 2)
        );
    }

    #[test]
    fn what_takes_the_place_of_what_came_leaves() {
        let mut metadata = Metadata::new();
        metadata.insert("x-theirs", "1").unwrap();
        let seen = sent(&theirs().with_metadata(metadata).with_details(vec![1u8]));
        assert_eq!(
            (seen.metadata().get("x-theirs"), &seen.details()[..]),
            (Some("1"), &[1u8][..])
        );
    }

    #[test]
    fn own_details_leave_even_if_those_that_came_cannot_be_read() {
        let status = sent(&Status::internal("broken").with_details(vec![0x1a, 0xff]));
        let status = status.with_detail(Help::link("ours", "https://example.com"));
        assert!(status.error_details().is_err());
        assert!(sent(&status).detail::<Help>().is_some());
    }
}
