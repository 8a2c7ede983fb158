use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{
    message::{Compression, Compressor, Raw},
    pieces::{cut, cuts},
    status::Code,
};

/// What a stream is, in the end: its messages, then an error or what is left over.
#[derive(Debug, PartialEq)]
struct Read {
    messages: Vec<(bool, Bytes)>,
    end: Result<bool, (Code, String)>,
}

/// Reads it as it came; what a decoder may hold is checked on the way.
fn read(pieces: &[&[u8]], limit: usize, encoding: &MessageEncoding) -> Read {
    let mut decoder = FrameDecoder::new(limit);
    decoder.set_encoding(encoding.clone());
    let mut messages = Vec::new();
    let mut arrived = 0;
    for piece in pieces {
        decoder.push(Bytes::copy_from_slice(piece));
        arrived += piece.len();
        loop {
            match decoder.next() {
                Ok(Some(message)) => {
                    assert!(message.len() <= limit);
                    messages.push((decoder.was_compressed(), message));
                }
                Ok(None) => break,
                Err(status) => {
                    let end = Err((status.code(), status.message().to_owned()));
                    return Read { messages, end };
                }
            }
        }
        assert!(decoder.current.is_empty(), "everything is looked at");
        let believed = limit.min(UNPROVEN).max(2 * arrived.min(limit)) + PREFIX;
        assert!(decoder.gathered.capacity() <= believed.max(16), "{believed}");
    }
    Read {
        messages,
        end: Ok(decoder.is_empty()),
    }
}

/// The same as a specification: with all of the bytes at hand.
fn specified(mut wire: &[u8], limit: usize, encoding: &MessageEncoding) -> Read {
    let mut messages = Vec::new();
    let end = loop {
        let Some((&[flag, a, b, c, d], rest)) = wire.split_first_chunk() else {
            break Ok(wire.is_empty());
        };
        let compression = match flag {
            0 => Ok(None),
            1 => encoding.of_compressed().map(Some),
            _ => Err(Status::internal(format!(
                "a message with the unknown compressed-flag {flag}"
            ))),
        };
        let len = u32::from_be_bytes([a, b, c, d]) as usize;
        let message = compression.and_then(|compression| {
            if len > limit {
                return Err(too_large("received", len, limit));
            }
            let Some(message) = rest.get(..len).map(Bytes::copy_from_slice) else {
                return Ok(None);
            };
            match compression {
                Some(compression) => compression.decompress(message, limit).map(Some),
                None => Ok(Some(message)),
            }
        });
        match message {
            Ok(Some(message)) => messages.push((flag == 1, message)),
            Ok(None) => break Ok(false),
            Err(status) => break Err((status.code(), status.message().to_owned())),
        }
        wire = &rest[len..];
    };
    Read { messages, end }
}

/// Mostly what a peer sends, sometimes what none should.
fn frame() -> impl Strategy<Value = Vec<u8>> {
    let flag = prop_oneof![8 => Just(0), 4 => Just(1), 1 => any::<u8>()];
    let len = prop_oneof![12 => Just(None), 1 => any::<u32>().prop_map(Some)];
    (
        flag,
        len,
        vec(prop_oneof![any::<u8>(), 0u8..2], 0..200),
        any::<bool>(),
    )
        .prop_map(|(flag, len, message, is_compressed)| {
            let prefix = len
                .unwrap_or_else(|| u32::try_from(message.len()).unwrap())
                .to_be_bytes();
            let frame = [&[flag], &prefix[..], &message].concat();
            match compressor().compressed(&frame) {
                Ok(Some(compressed)) if flag == 1 && len.is_none() && is_compressed => compressed,
                _ => frame,
            }
        })
}

fn compressor() -> Compressor {
    Compressor {
        compression: Compression::from_number(1),
        threshold: 0,
    }
}

fn wire() -> impl Strategy<Value = Vec<u8>> {
    let frames = (vec(frame(), 0..8), vec(any::<u8>(), 0..8)).prop_map(|(mut frames, tail)| {
        frames.push(tail);
        frames.concat()
    });
    prop_oneof![4 => frames, 1 => vec(any::<u8>(), 0..64)]
}

fn encoding() -> impl Strategy<Value = MessageEncoding> {
    let known = (0u8..4).prop_map(|number| MessageEncoding::Known(Compression::from_number(number)));
    prop_oneof![
        Just(MessageEncoding::Unnamed),
        Just(MessageEncoding::Unknown("br".into())),
        known.clone(),
        known
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_read_the_same_however_they_are_cut(
        wire in wire(), cuts in cuts(), limit in 0usize..400, encoding in encoding()
    ) {
        let specified = specified(&wire, limit, &encoding);
        prop_assert_eq!(&read(&cut(&wire, &cuts), limit, &encoding), &specified);
        let bytes: Vec<&[u8]> = wire.chunks(1).collect();
        prop_assert_eq!(&read(&bytes, limit, &encoding), &specified);
    }

    #[test]
    fn what_is_encoded_is_read_again_however_it_is_cut(
        messages in vec(vec(any::<u8>(), 0..100), 0..10), cuts in cuts()
    ) {
        let mut wire = BytesMut::new();
        for message in &messages {
            encode_frame(&Raw, &Bytes::copy_from_slice(message), &mut wire, 100).unwrap();
        }
        let read = read(&cut(&wire, &cuts), 100, &MessageEncoding::Unnamed);
        let messages = messages.into_iter().map(|message| (false, message.into())).collect();
        prop_assert_eq!(read, Read { messages, end: Ok(true) });
    }
}
