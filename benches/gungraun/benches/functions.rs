//! What is on every call's way, by itself.

use std::hint::black_box;

use bench_gungraun::{Payload, payload};
use bytes::{Bytes, BytesMut};
use grpc::{
    Code, Metadata, Status,
    codec::{Codec, Prost},
};
use gungraun::{LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main};

/// How often each is done, so that one is not lost among what it takes to begin.
const TIMES: usize = 100;

#[library_benchmark]
#[bench::small(payload(10))]
#[bench::large(payload(64 * 1024))]
fn encode(message: Payload) -> BytesMut {
    let mut buffer = BytesMut::new();
    for _ in 0..TIMES {
        buffer.clear();
        buffer.reserve(Codec::<Payload>::encoded_len(&Prost, &message));
        Prost.encode(black_box(&message), &mut buffer).expect("it fits");
    }
    buffer
}

fn encoded(size: usize) -> Bytes {
    let mut buffer = BytesMut::new();
    Prost.encode(&payload(size), &mut buffer).expect("it fits");
    buffer.freeze()
}

#[library_benchmark]
#[bench::small(encoded(10))]
#[bench::large(encoded(64 * 1024))]
fn decode(bytes: Bytes) -> usize {
    let mut read = 0;
    for _ in 0..TIMES {
        let message: Payload = Prost.decode(black_box(bytes.clone())).expect("a message");
        read += message.data.len();
    }
    read
}

#[library_benchmark]
#[bench::ten_entries()]
fn metadata() -> usize {
    let mut found = 0;
    for _ in 0..TIMES {
        let mut metadata = Metadata::new();
        for key in ["a", "b", "c", "d", "e"] {
            metadata.append(black_box(key), "a value").expect("text");
        }
        for key in ["a-bin", "b-bin", "c-bin", "d-bin", "e-bin"] {
            metadata
                .append(black_box(key), Bytes::from_static(&[7; 20]))
                .expect("bytes");
        }
        found += usize::from(metadata.get(black_box("e")).is_some());
        found += usize::from(metadata.get_bin(black_box("e-bin")).is_some());
    }
    found
}

#[library_benchmark]
#[bench::with_message()]
fn status() -> usize {
    let mut length = 0;
    for _ in 0..TIMES {
        let status = Status::new(black_box(Code::NotFound), black_box("no such thing: ä"));
        length += status.clone().message().len();
    }
    length
}

library_benchmark_group!(
    name = functions;
    benchmarks = encode, decode, metadata, status
);

main!(
    config = LibraryBenchmarkConfig::default();
    library_benchmark_groups = functions
);
