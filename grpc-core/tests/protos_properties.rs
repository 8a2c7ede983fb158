//! The mapping to JSON: what holds for any JSON, and for any bytes that are a message.

use grpc_core::{
    Code,
    protos::{DynamicMessage, MessageDescriptor, Protos, Value, from_json, to_json},
};
use proptest::{collection::vec, prelude::*};
use prost::Message as _;

fn descriptors() -> Vec<MessageDescriptor> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/protos");
    let protos = Protos::builder()
        .include(directory)
        .files(["json.proto", "old.proto"])
        .load()
        .unwrap();
    let names = ["test.json.All", "test.json.Old"];
    names.map(|name| protos.message(name).unwrap()).into()
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3i64..3).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        "-?[0-9]{1,12}(\\.[0-9]{1,10})?s".prop_map(Value::from),
        "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:[0-5][0-9])".prop_map(Value::from),
        "-?[0-9]{1,20}(\\.[0-9]{1,3})?(e[0-9]{1,3})?".prop_map(Value::from),
        "[A-Za-z0-9+/=_-]{0,12}".prop_map(Value::from),
        "[a-z][a-zA-Z0-9._,]{0,8}".prop_map(Value::from),
        prop_oneof![
            Just("NaN"), Just("-Infinity"), Just("COLOUR_RED"), Just("NULL_VALUE"), Just("true"),
            Just("type.googleapis.com/test.json.All"), Just("type.googleapis.com/google.protobuf.Duration"),
        ].prop_map(Value::from),
    ]
}

/// JSON with the names of the messages' fields in it, and some others.
fn any_json(names: Vec<String>) -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        12 => proptest::sample::select(names),
        1 => "-?[0-9]{1,3}|true|false",
        1 => prop_oneof![Just("@type".to_owned()), Just("value".to_owned()), ".{0,6}".prop_map(String::from)],
    ];
    scalar().prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((name.clone(), inner), 0..4).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// An object with one member at least that may be a field.
fn message_json(names: Vec<String>) -> impl Strategy<Value = Value> {
    vec((proptest::sample::select(names.clone()), any_json(names)), 1..3)
        .prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

/// Protocol Buffers' wire format, with field numbers that the messages have, and some that they have not.
fn wire() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![1u32..90, 1u32..4];
    let scalar = (
        number.clone(),
        0u32..3,
        any::<[u8; 8]>(),
        any::<u64>(),
        0u32..64,
        vec(any::<u8>(), 0..10),
    );
    let field = scalar.prop_map(|(number, kind, fixed, varint, shift, bytes)| {
        let mut out = Vec::new();
        match kind {
            0 => {
                key(number, 0, &mut out);
                prost::encoding::encode_varint(varint >> shift, &mut out);
            }
            1 => {
                let (kind, len) = if fixed[0] & 1 == 0 { (1, 8) } else { (5, 4) };
                key(number, kind, &mut out);
                out.extend(&fixed[..len]);
            }
            _ => delimited(number, &bytes, &mut out),
        }
        out
    });
    let fields = vec(field, 0..4).prop_map(|fields| fields.concat());
    fields.prop_recursive(5, 20, 4, move |inner| {
        vec((number.clone(), inner), 0..4).prop_map(|fields| {
            let mut out = Vec::new();
            for (number, inner) in fields {
                delimited(number, &inner, &mut out);
            }
            out
        })
    })
}

fn key(number: u32, kind: u64, out: &mut Vec<u8>) {
    prost::encoding::encode_varint(u64::from(number) << 3 | kind, out);
}

fn delimited(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    key(number, 2, out);
    prost::encoding::encode_varint(bytes.len() as u64, out);
    out.extend(bytes);
}

/// What could be written is read again as the same.
fn check(message: &DynamicMessage) -> Result<(), TestCaseError> {
    let written = match to_json(message) {
        Ok(written) => written,
        Err(status) => {
            prop_assert_eq!(status.code(), Code::Internal);
            prop_assert!(status.message().starts_with("message"), "{status}");
            return Ok(());
        }
    };
    let descriptor = prost_reflect::ReflectMessage::descriptor(message);
    let read = from_json(&descriptor, &written);
    let read = read.map_err(|status| TestCaseError::fail(format!("{written} is not read: {status}")))?;
    prop_assert_eq!(&to_json(&read).unwrap(), &written);
    let decoded = DynamicMessage::decode(descriptor, &read.encode_to_vec()[..]).unwrap();
    prop_assert_eq!(to_json(&decoded).unwrap(), written);
    Ok(())
}

#[test]
fn any_json_is_a_message_or_an_error_that_says_where() {
    let descriptors = descriptors();
    let names: Vec<String> = descriptors
        .iter()
        .flat_map(MessageDescriptor::fields)
        .flat_map(|field| [field.json_name().to_owned(), field.name().to_owned()])
        .collect();
    proptest!(|(value in prop_oneof![6 => message_json(names.clone()), 1 => any_json(names)])| {
        for descriptor in &descriptors {
            match from_json(descriptor, &value) {
                Ok(message) => check(&message)?,
                Err(status) => {
                    prop_assert_eq!(status.code(), Code::InvalidArgument);
                    prop_assert!(status.message().starts_with("request"), "{status}");
                }
            }
        }
    });
}

#[test]
fn any_message_is_written_as_what_is_read_as_the_same() {
    let descriptors = descriptors();
    proptest!(|(bytes in prop_oneof![4 => wire(), 1 => vec(any::<u8>(), 0..30)])| {
        for descriptor in &descriptors {
            if let Ok(message) = DynamicMessage::decode(descriptor.clone(), &bytes[..]) {
                check(&message)?;
            }
        }
    });
}

#[test]
fn depth_is_an_error_and_not_a_crash() {
    let descriptor = &descriptors()[0];
    let object = |key: &str, value: Value| Value::Object([(key.to_owned(), value)].into_iter().collect());
    for (outer, inner) in [
        ("nested", Some("nested")),
        ("value", Some("x")),
        ("list", None),
        ("object", Some("x")),
    ] {
        // Not `json!`, which goes through all of it again for every level.
        let deep = (0..5_000).fold(Value::Array(Vec::new()), |value, _| match inner {
            Some(key) => object(key, value),
            None => Value::Array(vec![value]),
        });
        let value = object(outer, deep);
        let error = from_json(descriptor, &value).unwrap_err();
        assert!(error.message().contains("levels deep"), "{outer}: {error}");
        // Its own destructor takes a stack frame for every level.
        std::mem::forget(value);
    }
}
