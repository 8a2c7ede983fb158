use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;
use crate::Code;

const ALL: [Compression; 4] = [
    Compression::Identity,
    Compression::Gzip,
    Compression::Deflate,
    Compression::Zstd,
];

/// Bytes that compress a little, a lot, or not at all.
fn message() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..600),
        vec(0u8..3, 0..6000),
        (any::<u8>(), 0usize..100_000).prop_map(|(byte, len)| vec![byte; len]),
    ]
}

/// Within the limit, or an error that says why not.
fn check(read: Result<Bytes, Status>, limit: usize) {
    match read {
        Ok(message) => assert!(message.len() <= limit),
        Err(status) => assert!(
            matches!(status.code(), Code::Internal | Code::ResourceExhausted),
            "{status}"
        ),
    }
}

proptest! {
    #[test]
    fn any_message_comes_back_unless_it_is_over_the_limit(message in message(), limit in 0usize..110_000) {
        for compression in ALL {
            let compressed = Bytes::from(compression.compress(&message).unwrap());
            prop_assert_eq!(&compression.decompress(compressed.clone(), message.len()).unwrap(), &message);
            // A frame with more compressed bytes than the limit is refused before.
            if compression == Compression::Identity {
                continue;
            }
            match compression.decompress(compressed, limit) {
                Ok(read) => prop_assert_eq!(&read, &message),
                Err(status) => {
                    prop_assert_eq!(status.code(), Code::ResourceExhausted);
                    prop_assert!(message.len() > limit);
                }
            }
        }
    }

    #[test]
    fn any_bytes_end_within_the_limit(bytes in vec(any::<u8>(), 1..200), limit in 0usize..10_000) {
        // With the start of each format, so that some of them get further.
        for (compression, start) in [
            (Compression::Gzip, &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..]),
            (Compression::Deflate, &[0x78, 0x9c]),
            (Compression::Zstd, &[0x28, 0xb5, 0x2f, 0xfd]),
        ] {
            check(compression.decompress(Bytes::copy_from_slice(&bytes), limit), limit);
            check(compression.decompress([start, &bytes].concat().into(), limit), limit);
        }
    }

    #[test]
    fn any_damage_to_a_message_ends_within_the_limit(
        message in message(), at in any::<Index>(), damage in vec(any::<u8>(), 0..4), limit in 0usize..110_000
    ) {
        for compression in ALL {
            if compression == Compression::Identity {
                continue;
            }
            let mut compressed = compression.compress(&message).unwrap();
            let at = at.index(compressed.len().max(1));
            let end = compressed.len().min(at + damage.len());
            compressed.splice(at.min(end)..end, damage.iter().copied());
            check(compression.decompress(compressed.into(), limit), limit);
        }
    }
}
