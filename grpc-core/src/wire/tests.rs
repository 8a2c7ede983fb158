use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use proptest::prelude::*;
use prost::Message;

use super::SecondsAndNanos;

/// Every label and type that a message here has.
#[derive(Clone, Debug, Default, PartialEq)]
struct Ours {
    text: String,
    bytes: Bytes,
    number: i32,
    long: i64,
    maybe_long: Option<i64>,
    inner: Option<SecondsAndNanos>,
    texts: Vec<String>,
    inners: Vec<SecondsAndNanos>,
    by_name: BTreeMap<String, String>,
}

message! {
    Ours {
        1 plain string text;
        2 plain bytes bytes;
        3 plain int32 number;
        4 plain int64 long;
        5 optional int64 maybe_long;
        16 optional message inner;
        17 repeated string texts;
        18 repeated message inners;
        19 map string by_name;
    }
}

/// The same by prost's derive.
mod derived {
    use super::*;

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Ours {
        #[prost(string, tag = "1")]
        pub(super) text: String,
        #[prost(bytes = "bytes", tag = "2")]
        pub(super) bytes: Bytes,
        #[prost(int32, tag = "3")]
        pub(super) number: i32,
        #[prost(int64, tag = "4")]
        pub(super) long: i64,
        #[prost(int64, optional, tag = "5")]
        pub(super) maybe_long: Option<i64>,
        #[prost(message, optional, tag = "16")]
        pub(super) inner: Option<prost_types::Duration>,
        #[prost(string, repeated, tag = "17")]
        pub(super) texts: Vec<String>,
        #[prost(message, repeated, tag = "18")]
        pub(super) inners: Vec<prost_types::Duration>,
        #[prost(btree_map = "string, string", tag = "19")]
        pub(super) by_name: BTreeMap<String, String>,
    }
}

fn inner() -> impl Strategy<Value = SecondsAndNanos> {
    any::<(i64, i32)>().prop_map(|(seconds, nanos)| SecondsAndNanos { seconds, nanos })
}

fn ours() -> impl Strategy<Value = Ours> {
    let plain = (any::<String>(), any::<Vec<u8>>(), any::<i32>(), any::<i64>());
    let optional = (any::<Option<i64>>(), prop::option::of(inner()));
    let many = (
        any::<Vec<String>>(),
        prop::collection::vec(inner(), 0..4),
        any::<BTreeMap<String, String>>(),
    );
    (plain, optional, many).prop_map(|(plain, optional, many)| Ours {
        text: plain.0,
        bytes: plain.1.into(),
        number: plain.2,
        long: plain.3,
        maybe_long: optional.0,
        inner: optional.1,
        texts: many.0,
        inners: many.1,
        by_name: many.2,
    })
}

fn theirs(ours: &Ours) -> derived::Ours {
    let inner = |inner: &SecondsAndNanos| prost_types::Duration {
        seconds: inner.seconds,
        nanos: inner.nanos,
    };
    let Ours {
        text,
        bytes,
        number,
        long,
        maybe_long,
        texts,
        by_name,
        ..
    } = ours.clone();
    derived::Ours {
        text,
        bytes,
        number,
        long,
        maybe_long,
        inner: ours.inner.as_ref().map(inner),
        texts,
        inners: ours.inners.iter().map(inner).collect(),
        by_name,
    }
}

proptest! {
    #[test]
    fn a_message_is_on_the_wire_as_prosts_derive_has_it(message in ours()) {
        let encoded = message.encode_to_vec();
        prop_assert_eq!(&encoded, &theirs(&message).encode_to_vec());
        prop_assert_eq!(message.encoded_len(), encoded.len());
        prop_assert_eq!(Ours::decode(&encoded[..]).unwrap(), message);
    }

    #[test]
    fn what_is_no_message_is_the_error_that_prosts_derive_has(
        message in ours(),
        cut in any::<prop::sample::Index>(),
        flip in any::<u8>(),
    ) {
        let mut encoded = message.encode_to_vec();
        if !encoded.is_empty() {
            let at = cut.index(encoded.len());
            encoded[at] ^= flip;
        }
        match (Ours::decode(&encoded[..]), derived::Ours::decode(&encoded[..])) {
            (Ok(message), Ok(derived)) => prop_assert_eq!(theirs(&message), derived),
            (read, derived) => {
                // But for what its inner message is called.
                let read = read.unwrap_err().to_string().replace("SecondsAndNanos", "Duration");
                prop_assert_eq!(read, derived.unwrap_err().to_string());
            }
        }
    }

    #[test]
    fn times_are_those_of_prosts_types(seconds in -1_i64 << 50..1 << 50, nanos in any::<i32>()) {
        let ours = SecondsAndNanos { seconds, nanos };
        let timestamp = prost_types::Timestamp { seconds, nanos };
        let time = ours.to_system_time().unwrap();
        prop_assert_eq!(time, SystemTime::try_from(timestamp).unwrap());
        let back = SecondsAndNanos::from(time);
        let expected = prost_types::Timestamp::from(time);
        prop_assert_eq!((back.seconds, back.nanos), (expected.seconds, expected.nanos));

        let duration = prost_types::Duration { seconds, nanos };
        prop_assert_eq!(ours.to_duration(), Duration::try_from(duration).ok());
    }
}

#[test]
fn there_are_times_that_no_system_has() {
    for (seconds, nanos) in [(i64::MAX, i32::MAX), (i64::MIN, i32::MIN)] {
        assert_eq!(SecondsAndNanos { seconds, nanos }.to_system_time(), None);
    }
}
