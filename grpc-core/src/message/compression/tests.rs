use super::*;
use crate::Code;

const COMPRESSED: [Compression; 3] = [Compression::Gzip, Compression::Deflate, Compression::Zstd];

/// Bytes that compress by about a half.
fn sample(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 28) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

fn decompress(compression: Compression, bytes: Vec<u8>, limit: usize) -> Result<Bytes, Status> {
    compression.decompress(bytes.into(), limit)
}

#[test]
fn a_message_comes_back_from_every_compression() {
    for compression in COMPRESSED {
        for len in [1, 2, 4095, 4096, 4097, 300_000] {
            let message = sample(len);
            let compressed = compression.compress(&message).unwrap();
            let read = decompress(compression, compressed, len).unwrap();
            assert!(read == message, "{compression}, {len} bytes");
        }
    }
}

#[test]
fn formats_are_told_by_their_first_bytes() {
    let start = |compression: Compression| compression.compress(&[0; 100]).unwrap()[..2].to_vec();
    assert_eq!(start(Compression::Gzip), [0x1f, 0x8b]);
    // RFC 1950 §2.2: deflate with a window of 32 KiB, and a check of those 16 bits.
    let zlib = start(Compression::Deflate);
    assert_eq!((zlib[0], u16::from_be_bytes([zlib[0], zlib[1]]) % 31), (0x78, 0));
    assert_eq!(start(Compression::Zstd), [0x28, 0xb5]);
}

#[test]
fn a_message_over_the_limit_stops_where_the_limit_is() {
    for compression in COMPRESSED {
        let compressed = compression.compress(&vec![0; 5_000_000]).unwrap();
        assert!(compressed.len() < 10_000, "{compression}");
        for limit in [0, 1, 4096, 1_000_000, 4_999_999] {
            let error = decompress(compression, compressed.clone(), limit).unwrap_err();
            assert_eq!(
                error.code(),
                Code::ResourceExhausted,
                "{compression}, {limit}: {error}"
            );
            assert!(error.message().contains(compression.name()), "{error}");
        }
        let whole = decompress(compression, compressed, 5_000_000).unwrap();
        assert_eq!(whole.len(), 5_000_000);
    }
}

#[test]
fn room_for_a_message_never_exceeds_its_limit_by_more_than_a_byte() {
    for limit in [0, 1, 4095, 4096, 100_000] {
        let mut out = Vec::new();
        while make_room(&mut out, limit).is_ok() {
            assert!(out.capacity() <= limit + 1, "{limit}");
            out.resize(out.capacity(), 0);
        }
        assert_eq!(out.len(), limit + 1);
    }
}

#[test]
fn a_message_cut_off_anywhere_is_internal_and_names_its_encoding() {
    for compression in COMPRESSED {
        let compressed = compression.compress(&sample(1000)).unwrap();
        for end in 1..compressed.len() {
            let error = decompress(compression, compressed[..end].to_vec(), 1000).unwrap_err();
            assert_eq!(error.code(), Code::Internal, "{compression}, {end}: {error}");
            assert!(error.message().contains(compression.name()), "{error}");
        }
    }
}

#[test]
fn what_comes_behind_a_message_is_internal() {
    for compression in COMPRESSED {
        let compressed = compression.compress(&sample(1000)).unwrap();
        for behind in [vec![0], b"garbage".to_vec(), compressed.clone()] {
            let joined = [&compressed[..], &behind].concat();
            let error = decompress(compression, joined, 10_000).unwrap_err();
            assert_eq!(error.code(), Code::Internal, "{compression}: {error}");
        }
    }
}

#[test]
fn a_message_that_is_not_compressed_at_all_is_internal() {
    for compression in COMPRESSED {
        for bytes in [b"x".to_vec(), sample(100), vec![0; 5], vec![0xff; 1000]] {
            let error = decompress(compression, bytes, 10_000).unwrap_err();
            assert_eq!(error.code(), Code::Internal, "{compression}: {error}");
        }
    }
}

#[test]
fn a_message_changed_in_one_bit_never_passes_for_another() {
    let message = sample(200);
    // zstd's frames carry a checksum only if asked for one.
    for compression in [Compression::Gzip, Compression::Deflate] {
        let compressed = compression.compress(&message).unwrap();
        for bit in 0..compressed.len() * 8 {
            let mut changed = compressed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // Some bits say nothing about the message: the time in gzip's header, for one.
            if let Ok(read) = decompress(compression, changed, 10_000) {
                assert!(read == message, "{compression}, {bit}");
            }
        }
    }
}

#[test]
fn an_empty_message_is_empty_whatever_its_encoding() {
    for compression in COMPRESSED {
        assert!(decompress(compression, Vec::new(), 0).unwrap().is_empty());
        let compressed = compression.compress(&[]).unwrap();
        assert!(decompress(compression, compressed, 0).unwrap().is_empty());
    }
}

#[test]
fn only_what_gets_smaller_and_has_the_size_is_compressed() {
    let mut frames = bytes::BytesMut::new();
    for (message, compressed) in [
        (vec![7; 99], false),
        (vec![7; 100], true),
        (vec![], false),
        (
            sample(50).iter().map(|byte| byte.wrapping_mul(37)).collect(),
            false,
        ),
    ] {
        let start = frames.len();
        crate::message::encode_frame(
            &crate::message::Raw,
            &Bytes::from(message.clone()),
            &mut frames,
            usize::MAX,
        )
        .unwrap();
        let compressor = Compressor {
            compression: Compression::Gzip,
            threshold: 100,
        };
        assert_eq!(compressor.compress(&mut frames, start).unwrap(), compressed);
        assert_eq!(frames[start], u8::from(compressed), "{} bytes", message.len());
        let len = u32::from_be_bytes(frames[start + 1..start + 5].try_into().unwrap());
        assert_eq!(frames.len() - start - 5, len as usize);
    }
    let random: Vec<u8> = (0..200u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let frame = [&[0, 0, 0, 0, 200][..], &random].concat();
    let compressor = Compressor {
        compression: Compression::Gzip,
        threshold: 0,
    };
    assert!(
        compressor.compressed(&frame).unwrap().is_none(),
        "it would be larger"
    );
}
