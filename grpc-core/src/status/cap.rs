//! Trailers that clients bear with: PROTOCOL-HTTP2 §Responses suggests 8 KiB as a client's limit, beyond which grpcio and
//! others end the call with a status of their own.

use http::{HeaderMap, HeaderName, header};

use super::wire::{DETAILS, GRPC_MESSAGE, GRPC_STATUS, is_plain, percent_decode, percent_encode};
use crate::{
    message::{GRPC_ACCEPT_ENCODING, GRPC_ENCODING},
    metadata::{field_size, header_size, list_size},
};

/// Makes a block with a status in it as small as `limit`, in bytes as HTTP/2 counts them: without the details if need be,
/// then without metadata, the last first, and at last with a part of the message. Says what is missing then.
pub(crate) fn cap_trailers(block: &mut HeaderMap, limit: usize) -> Option<&'static str> {
    if list_size(block) <= limit {
        return None;
    }
    block.remove(DETAILS);
    if list_size(block) <= limit {
        return Some("the details");
    }
    let metadata: Vec<HeaderName> = block.keys().filter(|name| is_metadata(name)).cloned().collect();
    let mut left = list_size(block);
    for name in metadata.into_iter().rev() {
        left -= block
            .get_all(&name)
            .iter()
            .map(|value| header_size(&name, value))
            .sum::<usize>();
        block.remove(name);
        if left <= limit {
            return Some("the details and some of the metadata");
        }
    }
    if let Some(message) = block.remove(GRPC_MESSAGE) {
        let room = limit.saturating_sub(list_size(block) + field_size(GRPC_MESSAGE.as_str(), 0));
        let message = percent_decode(message.as_bytes());
        block.insert(GRPC_MESSAGE, percent_encode(start(&message, room)));
    }
    Some("the details, the metadata and the end of the message")
}

/// True unless the client could not read the response without it. A service that writes gRPC's headers by itself may
/// have put anything else there.
fn is_metadata(name: &HeaderName) -> bool {
    *name != GRPC_STATUS
        && *name != GRPC_MESSAGE
        && name != GRPC_ENCODING
        && name != GRPC_ACCEPT_ENCODING
        && *name != header::CONTENT_TYPE
}

/// As many whole characters as fit into `room` bytes once they are encoded.
fn start(message: &str, room: usize) -> &str {
    // Spaces take more room at the ends.
    let mut taken = if message.starts_with(' ') { 2 } else { 0 };
    let end = message.char_indices().find_map(|(at, char)| {
        let mut bytes = [0; 4];
        taken += encoded_len(char.encode_utf8(&mut bytes));
        (taken > room).then_some(at)
    });
    let start = &message[..end.unwrap_or(message.len())];
    if percent_encode(start).len() > room {
        start.trim_end_matches(' ')
    } else {
        start
    }
}

fn encoded_len(text: &str) -> usize {
    text.bytes().map(|byte| if is_plain(byte) { 1 } else { 3 }).sum()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::{Status, metadata::Metadata};

    fn block(message: usize, metadata: &[(&str, usize)], details: usize) -> HeaderMap {
        let mut sent = Metadata::new();
        for (key, len) in metadata {
            sent.insert(key, "v".repeat(*len)).unwrap();
        }
        let status = Status::not_found("m".repeat(message))
            .with_details(vec![0; details])
            .with_metadata(sent);
        let mut block = HeaderMap::new();
        block.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        status.write_to(&mut block);
        block
    }

    #[test]
    fn details_go_first_then_the_last_metadata_and_the_message_at_last() {
        for (message, metadata, details, names, missing) in [
            (
                10,
                &[("a", 100), ("b", 100)][..],
                100,
                &["a", "b", "grpc-status-details-bin"][..],
                None,
            ),
            (
                10,
                &[("a", 300), ("b", 300)],
                400,
                &["a", "b"],
                Some("the details"),
            ),
            (
                10,
                &[("a", 500), ("b", 500)],
                400,
                &["a"],
                Some("the details and some of the metadata"),
            ),
            (
                1000,
                &[("a", 500), ("b", 500)],
                400,
                &[],
                Some("the details, the metadata and the end of the message"),
            ),
        ] {
            let mut block = block(message, metadata, details);
            assert_eq!(cap_trailers(&mut block, 1000), missing);
            assert!(list_size(&block) <= 1000);
            let left: Vec<&str> = block.keys().map(HeaderName::as_str).collect();
            for name in ["a", "b", "grpc-status-details-bin"] {
                assert_eq!(left.contains(&name), names.contains(&name), "{name} of {left:?}");
            }
            assert_eq!(block["grpc-status"], "5");
            assert!(block.contains_key(header::CONTENT_TYPE));
        }
    }

    #[test]
    fn a_message_is_cut_as_late_as_can_be_and_never_inside_a_character() {
        for message in ["m", "\u{e9}", "\u{1F980}", "%"] {
            let status = Status::not_found(message.repeat(1000));
            let mut block = HeaderMap::new();
            status.write_to(&mut block);
            cap_trailers(&mut block, 500).unwrap();
            let cut = percent_decode(block["grpc-message"].as_bytes());
            assert!(status.message().starts_with(&cut) && !cut.is_empty());
            assert!(
                (500 - encoded_len(message) + 1..=500).contains(&list_size(&block)),
                "{message}"
            );
        }
    }

    #[test]
    fn a_limit_that_nothing_fits_into_leaves_the_code() {
        let mut block = block(10, &[("a", 10)], 10);
        assert!(cap_trailers(&mut block, 0).is_some());
        assert_eq!(
            (&block["grpc-status"], block["grpc-message"].len()),
            (&"5".parse().unwrap(), 0)
        );
    }

    #[test]
    fn a_message_with_spaces_at_its_ends_is_cut_to_a_part_of_itself() {
        for (message, room, cut) in [
            ("  a b", 6, "  a"),
            ("  a b", 7, "  a b"),
            ("a b  ", 5, "a b"),
            ("a b  ", 7, "a b  "),
            ("   ", 2, ""),
            (" ", 3, " "),
        ] {
            assert_eq!(start(message, room), cut, "{message:?} in {room}");
            assert!(percent_encode(cut).len() <= room);
        }
    }
}
