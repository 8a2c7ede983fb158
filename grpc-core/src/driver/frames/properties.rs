use proptest::{collection::vec, prelude::*};

use super::*;
use crate::pieces::{cut, cuts};

type Found = Vec<(FrameHeader, Vec<u8>)>;

fn scanned(pieces: &[&[u8]], skip: usize, shown: &'static [(u8, usize)]) -> (Found, bool) {
    let mut scanner = FrameScanner::new(skip).showing(shown);
    let mut found = Vec::new();
    for piece in pieces {
        scanner.scan(piece, |header, payload| found.push((header, payload.to_vec())));
        let kept = scanner
            .gathering
            .as_ref()
            .map_or(0, |frame| frame.payload.capacity());
        assert!(kept <= shown.iter().map(|(_, most)| *most).max().unwrap_or(0));
    }
    (found, scanner.at_boundary())
}

/// RFC 9113 §4.1, with all of the bytes at hand.
fn specified(bytes: &[u8], skip: usize, shown: &'static [(u8, usize)]) -> (Found, bool) {
    let mut found = Vec::new();
    let Some(mut bytes) = bytes.get(skip..) else {
        return (found, false);
    };
    while let Some((&[a, b, c, kind, flags, d, e, f, g], rest)) = bytes.split_first_chunk() {
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        let stream = u32::from_be_bytes([d, e, f, g]) & 0x7fff_ffff;
        let most = shown.iter().find(|(shown, _)| *shown == kind);
        let wanted = most.map_or(0, |(_, most)| length.min(*most));
        let Some(payload) = rest.get(..wanted) else {
            return (found, false);
        };
        found.push((
            FrameHeader {
                kind,
                flags,
                stream,
                length,
            },
            payload.to_vec(),
        ));
        let Some(rest) = rest.get(length..) else {
            return (found, false);
        };
        bytes = rest;
    }
    (found, bytes.is_empty())
}

fn frame() -> impl Strategy<Value = Vec<u8>> {
    (any::<[u8; 4]>(), 0u8..10, any::<u8>(), vec(any::<u8>(), 0..60)).prop_map(
        |(stream, kind, flags, payload)| {
            let length = u8::try_from(payload.len()).unwrap();
            [&[0, 0, length, kind, flags][..], &stream, &payload].concat()
        },
    )
}

fn wire() -> impl Strategy<Value = Vec<u8>> {
    let frames = (vec(frame(), 0..10), vec(any::<u8>(), 0..12)).prop_map(|(mut frames, tail)| {
        frames.push(tail);
        frames.concat()
    });
    prop_oneof![4 => frames, 1 => vec(any::<u8>(), 0..100)]
}

fn shown() -> impl Strategy<Value = &'static [(u8, usize)]> {
    prop_oneof![
        Just(&[][..]),
        Just(&[(0, 0)][..]),
        Just(&[(1, 7), (4, 30), (6, 8)][..]),
        Just(&[(0, 100), (2, 1), (3, 2), (7, 50)][..]),
    ]
}

proptest! {
    #[test]
    fn the_same_frames_are_found_however_any_bytes_are_cut(
        bytes in wire(), cuts in cuts(), skip in prop_oneof![Just(0), Just(PREFACE)], shown in shown()
    ) {
        let bytes = [vec![b'P'; skip], bytes].concat();
        let specified = specified(&bytes, skip, shown);
        prop_assert_eq!(&scanned(&cut(&bytes, &cuts), skip, shown), &specified);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&scanned(&single, skip, shown), &specified);
    }
}
