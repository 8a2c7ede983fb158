//! Messages that the code declares: on the wire they are what prost's own derive makes of the same fields.
#![allow(
    dead_code,
    missing_docs,
    unnameable_types,
    unreachable_pub,
    reason = "it stands for a library's code"
)]

#[path = "code_first/every.rs"]
mod every;
#[path = "code_first/random.rs"]
mod random;
#[path = "code_first/twins.rs"]
mod twins;

mod place {
    grpc::proto!("tests/protos/shared/place.proto");
}

use std::{fmt::Debug, time::Duration};

use every::{Color, Leaf, Nested, Nothing, Oneofs, Optionals, Scalars, Shape, WellKnown};
use prost::Message;
use random::{Any, Random};

/// Many random values, there and back. `alike`: both sides print the same, so that all values are the same, too.
fn are_twins<Ours: Message + Default + Debug, Twin: Message + Default + Debug + Any>(alike: bool) {
    for seed in 0..500 {
        let twin = Twin::any(&mut Random::new(seed));
        let bytes = twin.encode_to_vec();
        let ours = Ours::decode(&bytes[..]).unwrap();
        assert_eq!(ours.encode_to_vec(), bytes, "{seed}: {twin:?}\n{ours:?}");
        assert_eq!(ours.encoded_len(), bytes.len());
        if alike {
            assert_eq!(format!("{ours:?}"), format!("{twin:?}").replace("r#", ""));
        }
    }
}

#[test]
fn scalars_are_encoded_as_prost_does() {
    are_twins::<Scalars, twins::Scalars>(true);
}

#[test]
fn optional_fields_are_encoded_as_prost_does() {
    are_twins::<Optionals, twins::Optionals>(false);
}

#[test]
fn repeated_fields_are_encoded_as_prost_does() {
    are_twins::<every::Repeated, twins::Repeated>(false);
}

#[test]
fn maps_are_encoded_as_prost_does() {
    are_twins::<every::Maps, twins::Maps>(false);
}

#[test]
fn nested_messages_are_encoded_as_prost_does() {
    // Ours has fields more.
    are_twins::<Nested, twins::Nested>(false);
}

#[test]
fn oneofs_are_encoded_as_prost_does() {
    are_twins::<Oneofs, twins::Oneofs>(false);
}

#[test]
fn damaged_bytes_are_an_error_or_a_message_and_never_a_panic() {
    fn damage<Ours: Message + Default, Twin: Message + Default + Any>(refused: &mut u32) {
        for seed in 0..400 {
            let mut random = Random::new(seed);
            let mut bytes = Twin::any(&mut random).encode_to_vec();
            for _ in 0..=random.below(3) {
                match (random.below(3), bytes.len()) {
                    (_, 0) => bytes.push(u8::any(&mut random)),
                    (0, len) => bytes.truncate(random.below(len)),
                    (1, len) => bytes.insert(random.below(len), u8::any(&mut random)),
                    (_, len) => bytes[random.below(len)] ^= 1 << random.below(8),
                }
            }
            match (Ours::decode(&bytes[..]), Twin::decode(&bytes[..])) {
                (Ok(ours), _) => assert_eq!(ours.encode_to_vec().len(), ours.encoded_len()),
                (Err(_), _) => *refused += 1,
            }
        }
    }
    let mut refused = 0;
    damage::<Scalars, twins::Scalars>(&mut refused);
    damage::<Optionals, twins::Optionals>(&mut refused);
    damage::<every::Repeated, twins::Repeated>(&mut refused);
    damage::<every::Maps, twins::Maps>(&mut refused);
    damage::<Nested, twins::Nested>(&mut refused);
    damage::<Oneofs, twins::Oneofs>(&mut refused);
    assert!(refused > 500, "the damage is none: {refused}");
}

#[test]
fn a_message_nested_too_deeply_is_refused() {
    // A `left` in a `left` in a …, which would overflow the stack.
    let mut bytes = Vec::new();
    while bytes.len() < 100_000 {
        let mut outer = vec![0x1a];
        prost::encode_length_delimiter(bytes.len(), &mut outer).unwrap();
        outer.append(&mut bytes);
        bytes = outer;
    }
    let error = Nested::decode(&bytes[..]).unwrap_err().to_string();
    assert!(error.contains("recursion limit reached"), "{error}");
}

#[test]
fn an_error_names_the_field() {
    let bytes = [0x12, 0x02, 0x0a, 0x05];
    let error = Nested::decode(&bytes[..]).unwrap_err().to_string();
    assert!(error.contains("Nested.optional"), "{error}");
}

#[test]
fn zero_is_not_absence_where_the_field_is_optional() {
    let zero = Optionals {
        int32: Some(0),
        string: Some(String::new()),
        color: Some(Color::Unspecified),
        leaf: Some(Leaf::default()),
        ..Optionals::default()
    };
    let bytes = zero.encode_to_vec();
    assert_eq!(
        bytes,
        [0x08, 0x00, 0x72, 0x00, 0x80, 0x01, 0x00, 0x8a, 0x01, 0x00]
    );
    assert_eq!(Optionals::decode(&bytes[..]).unwrap(), zero);
    assert!(Optionals::default().encode_to_vec().is_empty());
}

#[test]
fn minus_zero_is_sent_and_nan_comes_back() {
    let floats = Scalars {
        float: -0.0,
        double: f64::NAN,
        ..Scalars::default()
    };
    let back = Scalars::decode(&floats.encode_to_vec()[..]).unwrap();
    assert_eq!(back.float.to_bits(), (-0.0_f32).to_bits());
    assert!(back.double.is_nan());
}

#[test]
fn a_message_that_is_always_there_is_always_sent() {
    assert_eq!(Nested::default().encode_to_vec(), [0x0a, 0x00]);
    assert_eq!(Nested::decode(&[][..]).unwrap(), Nested::default());
}

#[test]
fn an_unknown_number_is_kept_by_the_variant_for_it() {
    let bytes = [0x80, 0x01, 0xf4, 0x03];
    let read = Optionals::decode(&bytes[..]).unwrap();
    assert_eq!(read.color, Some(Color::Unknown(500)));
    assert_eq!(read.encode_to_vec(), bytes);
    assert_eq!(i32::from(Color::Last), 1000);
    assert_eq!(Color::from(1), Color::Red);
}

#[test]
fn an_unknown_number_is_zero_where_there_is_no_variant_for_it() {
    // The field `level` of `Nested`.
    let read = Nested::decode(&[0x50, 0x07][..]).unwrap();
    assert_eq!(read.level, every::Level::Unspecified);
    let error = every::Level::try_from(7).unwrap_err();
    assert_eq!(error.to_string(), "no value of the enum has the number 7");
}

#[test]
fn the_pieces_of_a_message_are_merged_and_another_variant_takes_its_place() {
    let leaf = |leaf: Leaf| Oneofs {
        shape: Some(Shape::Leaf(leaf)),
        ..Oneofs::default()
    };
    let text = Leaf {
        text: "a".to_owned(),
        number: 0,
    };
    let number = Leaf {
        text: String::new(),
        number: 3,
    };
    let mut bytes = leaf(text).encode_to_vec();
    bytes.extend(leaf(number).encode_to_vec());
    let both = Leaf {
        text: "a".to_owned(),
        number: 3,
    };
    assert_eq!(Oneofs::decode(&bytes[..]).unwrap(), leaf(both));

    bytes.extend([0x10, 0x05]);
    assert_eq!(Oneofs::decode(&bytes[..]).unwrap().shape, Some(Shape::Int32(5)));
}

#[test]
fn unpacked_numbers_are_read_as_well_as_packed_ones() {
    let read = every::Repeated::decode(&[0x08, 0x01, 0x0a, 0x02, 0x02, 0x03, 0x08, 0x04][..]).unwrap();
    assert_eq!(read.int32, [1, 2, 3, 4]);
}

#[test]
fn times_are_those_of_the_standard_library() {
    let time = std::time::UNIX_EPOCH - Duration::from_millis(1500);
    let ours = WellKnown {
        time: Some(time),
        span: Some(Duration::from_millis(2500)),
        ..WellKnown::default()
    };
    let bytes = ours.encode_to_vec();
    assert_eq!(WellKnown::decode(&bytes[..]).unwrap(), ours);
    // -2 s and 500,000,000 ns.
    let expected: Vec<u8> = [0x52, 0x11, 0x08]
        .into_iter()
        .chain([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])
        .chain([0x10, 0x80, 0xca, 0xb5, 0xee, 0x01])
        .collect();
    assert_eq!(bytes[..19], expected[..19]);

    let negative = WellKnown {
        span: None,
        duration: Some(grpc::types::Duration {
            seconds: -1,
            nanos: 0,
        }),
        ..WellKnown::default()
    };
    let mut bytes = negative.encode_to_vec();
    bytes[0] = 0x62; // `span`
    let error = WellKnown::decode(&bytes[..]).unwrap_err().to_string();
    assert!(error.contains("no `std::time::Duration`"), "{error}");
}

#[test]
fn a_message_goes_into_an_any_and_comes_out() {
    let leaf = Leaf {
        text: "in".to_owned(),
        number: 1,
    };
    let any = grpc::types::Any::from_msg(&leaf).unwrap();
    assert_eq!(any.type_url, "/every.v1.Leaf");
    assert_eq!(any.to_msg::<Leaf>().unwrap(), leaf);
    assert_eq!(Nothing.encoded_len(), 0);
}

/// Python, for one, refuses to read more.
#[test]
fn a_duration_is_sent_as_10_000_years_at_most() {
    const MOST: u64 = 315_576_000_000;
    for (seconds, sent) in [
        (MOST - 1, MOST - 1),
        (MOST, MOST),
        (MOST + 1, MOST),
        (u64::MAX, MOST),
    ] {
        let message = WellKnown {
            span: Some(Duration::from_secs(seconds)),
            ..WellKnown::default()
        };
        let read = WellKnown::decode(&message.encode_to_vec()[..]).unwrap();
        assert_eq!(read.span, Some(Duration::from_secs(sent)));
    }
}
