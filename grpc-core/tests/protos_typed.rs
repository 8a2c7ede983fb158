//! Messages into and out of types of one's own.

use std::collections::{BTreeMap, HashMap};

use grpc_core::protos::{Protos, Value, from_json, from_message, json, to_json, to_message};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

fn all() -> grpc_core::protos::MessageDescriptor {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/protos/json.proto");
    grpc_core::protos::protos(path)
        .unwrap()
        .message("test.json.All")
        .unwrap()
}

/// What a reply, which is this in JSON, is as a `T`.
fn reply<T: DeserializeOwned>(json: Value) -> Result<T, String> {
    let message = from_json(&all(), &json).unwrap();
    from_message(message).map_err(|status| {
        assert_eq!(status.code(), grpc_core::Code::Internal);
        status.message().to_owned()
    })
}

fn request(value: &impl Serialize) -> Result<Value, String> {
    let message = to_message(&all(), value).map_err(|status| {
        assert_eq!(status.code(), grpc_core::Code::InvalidArgument);
        status.message().to_owned()
    })?;
    Ok(to_json(&message).unwrap())
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Everything {
    int32_field: i32,
    int64_field: i64,
    uint64_field: u64,
    float_field: f32,
    double_field: f64,
    bool_field: bool,
    string_field: String,
    bytes_field: Vec<u8>,
    colour: Colour,
    maybe: Option<i32>,
    renamed: String,
    nested: Option<Box<Self>>,
    numbers: Vec<i32>,
    colours: Vec<Colour>,
    by_name: HashMap<String, i32>,
    by_number: BTreeMap<i64, String>,
    by_bool: BTreeMap<bool, Self>,
    at: Option<String>,
    int64_value: Option<i64>,
    string_value: Option<String>,
    value: Option<Value>,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Colour {
    #[default]
    #[serde(rename = "COLOUR_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "COLOUR_RED")]
    Red,
    #[serde(rename = "COLOUR_GREEN")]
    Green,
}

fn everything() -> Everything {
    Everything {
        int32_field: -1,
        int64_field: i64::MIN,
        uint64_field: u64::MAX,
        float_field: 0.1,
        double_field: 1e300,
        bool_field: true,
        string_field: "x".to_owned(),
        bytes_field: vec![0, 255],
        colour: Colour::Green,
        maybe: Some(0),
        renamed: "y".to_owned(),
        nested: Some(Box::default()),
        numbers: vec![1, 2],
        colours: vec![Colour::Red],
        by_name: HashMap::from([("a".to_owned(), 1)]),
        by_number: BTreeMap::from([(-5, "five".to_owned())]),
        by_bool: BTreeMap::from([(true, Everything::default())]),
        at: Some("2024-01-01T00:00:00Z".to_owned()),
        int64_value: Some(7),
        string_value: Some(String::new()),
        value: Some(json!({"a": [1.0, null]})),
    }
}

#[test]
fn a_struct_goes_into_a_message_and_comes_out_again() {
    for value in [everything(), Everything::default()] {
        let message = to_message(&all(), &value).unwrap();
        assert_eq!(from_message::<Everything>(message).unwrap(), value);
    }
}

#[test]
fn fields_go_by_json_names_as_well() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Camel {
        int32_field: i32,
        another_name: String,
        by_name: HashMap<String, i32>,
    }
    let value = Camel {
        int32_field: 5,
        another_name: "x".to_owned(),
        by_name: HashMap::from([("k".to_owned(), 1)]),
    };
    assert_eq!(
        request(&value).unwrap(),
        json!({"int32Field": 5, "anotherName": "x", "byName": {"k": 1}})
    );
    let message = to_message(&all(), &value).unwrap();
    assert_eq!(from_message::<Camel>(message).unwrap(), value);
}

#[test]
fn each_part_takes_the_form_that_its_type_asks_for() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Forms {
        int64_field: String,
        uint64_field: i128,
        colour: i32,
        bytes_field: String,
        at: Instant,
        length: Value,
        int32_value: i32,
        empty: (),
        by_number: HashMap<String, String>,
        list: Vec<f64>,
        object: HashMap<String, Value>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Instant {
        seconds: i64,
        nanos: i32,
    }
    let forms: Forms = reply(json!({
        "int64Field": "5", "uint64Field": "6", "colour": "COLOUR_GREEN", "bytesField": "AP8=",
        "at": "1970-01-01T00:00:01.5Z", "length": "1.5s", "int32Value": 3, "empty": {}, "byNumber": {"7": "seven"},
        "list": [1, 2.5], "object": {"k": [true]}
    }))
    .unwrap();
    assert_eq!(
        forms,
        Forms {
            int64_field: "5".to_owned(),
            uint64_field: 6,
            colour: 2,
            bytes_field: "AP8=".to_owned(),
            at: Instant {
                seconds: 1,
                nanos: 500_000_000
            },
            length: json!("1.500s"),
            int32_value: 3,
            empty: (),
            by_number: HashMap::from([("7".to_owned(), "seven".to_owned())]),
            list: vec![1.0, 2.5],
            object: HashMap::from([("k".to_owned(), json!([true]))]),
        }
    );
}

#[test]
fn a_oneof_is_an_enum_of_its_fields() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Choice {
        Text(String),
        Number(i32),
    }
    for (choice, json) in [
        (Choice::Text("x".to_owned()), json!({"text": "x"})),
        (Choice::Number(0), json!({"number": 0})),
    ] {
        assert_eq!(request(&choice).unwrap(), json);
        assert_eq!(reply::<Choice>(json).unwrap(), choice);
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Flat {
        int64_field: i64,
        #[serde(flatten)]
        choice: HashMap<String, Value>,
    }
    let flat: Flat = reply(json!({"int64Field": "5", "text": "x"})).unwrap();
    assert_eq!((flat.int64_field, &flat.choice["text"]), (5, &json!("x")));
}

#[test]
fn what_a_type_does_not_take_is_an_error_with_its_place() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "it never comes to be")]
    struct Narrow {
        children: Vec<Child>,
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "it never comes to be")]
    struct Child {
        int32_field: u8,
        by_number: HashMap<u8, String>,
    }
    assert_eq!(
        reply::<Narrow>(json!({"children": [{}, {"int32Field": 300}]})).unwrap_err(),
        "reply.children[1].int32_field: invalid value: integer `300`, expected u8"
    );
    assert_eq!(
        reply::<Narrow>(json!({"children": [{"byNumber": {"300": ""}}]})).unwrap_err(),
        "reply.children[0].by_number[\"300\"]: invalid value: integer `300`, expected u8"
    );
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "it never comes to be")]
    struct Missing {
        maybe: i32,
    }
    assert_eq!(
        reply::<Missing>(json!({})).unwrap_err(),
        "reply: missing field `maybe`"
    );
    assert!(reply::<Colour>(json!({})).unwrap_err().starts_with("reply: "));
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "it never comes to be")]
    struct Painted {
        colour: Colour,
    }
    assert_eq!(
        reply::<Painted>(json!({"colour": 9})).unwrap_err(),
        "reply.colour: 9 is no known value of the enum"
    );
}

#[test]
fn a_struct_that_does_not_fit_the_request_is_an_error_with_its_place() {
    #[derive(Serialize)]
    struct Wrong {
        bytes_field: Vec<u32>,
    }
    assert_eq!(
        request(&Wrong {
            bytes_field: vec![1, 256]
        })
        .unwrap_err(),
        "request.bytes_field[1]: 256 is out of range for a byte (0 to 255)"
    );
    #[derive(Serialize)]
    struct Unknown {
        colr: i32,
    }
    assert_eq!(
        request(&Unknown { colr: 1 }).unwrap_err(),
        "request.colr: no such field of test.json.All; did you mean `colour`?"
    );
}

#[test]
fn every_number_comes_through() {
    let protos = Protos::builder()
        .file(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/protos/json.proto"))
        .load()
        .unwrap();
    let all = protos.message("test.json.All").unwrap();
    for number in [
        0.1,
        -1e-30,
        f64::MAX,
        1e-38,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ] {
        let value = Everything {
            double_field: number,
            float_field: number as f32,
            ..Everything::default()
        };
        let back: Everything = from_message(to_message(&all, &value).unwrap()).unwrap();
        assert_eq!(back.double_field.to_bits(), number.to_bits(), "{number}");
        assert_eq!(back.float_field.to_bits(), (number as f32).to_bits(), "{number}");
    }
}

#[test]
fn every_shape_of_type_is_taken() {
    #[derive(Serialize)]
    struct Wrapper<T>(T);
    #[derive(Serialize)]
    struct Nothing;
    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Shape {
        Numbers(i32, i32),
        Nested { bool_field: bool },
        Message(Nothing),
    }
    #[derive(Serialize)]
    struct Parts<'a> {
        nested: Wrapper<Nothing>,
        numbers: (i8, u16, i32),
        string_field: char,
        int64_field: i128,
        uint64_field: u128,
        bytes_field: Bytes<'a>,
        by_number: HashMap<i64, &'a str>,
        by_bool: BTreeMap<bool, Nothing>,
        maybe: Option<i32>,
    }
    struct Bytes<'a>(&'a [u8]);
    impl Serialize for Bytes<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }
    assert_eq!(request(&()).unwrap(), json!({}));
    assert_eq!(request(&Nothing).unwrap(), json!({}));
    assert_eq!(
        request(&Shape::Numbers(1, 2)).unwrap(),
        json!({"numbers": [1, 2]})
    );
    assert_eq!(
        request(&Shape::Nested { bool_field: true }).unwrap(),
        json!({"nested": {"boolField": true}})
    );
    assert_eq!(request(&Shape::Message(Nothing)).unwrap(), json!({"message": {}}));
    let parts = Parts {
        nested: Wrapper(Nothing),
        numbers: (-1, 2, 3),
        string_field: 'x',
        int64_field: -5,
        uint64_field: u128::from(u64::MAX),
        bytes_field: Bytes(&[0, 255]),
        by_number: HashMap::from([(-7, "seven")]),
        by_bool: BTreeMap::from([(true, Nothing)]),
        maybe: None,
    };
    assert_eq!(
        request(&Wrapper(parts)).unwrap(),
        json!({
            "nested": {}, "numbers": [-1, 2, 3], "stringField": "x", "int64Field": "-5",
            "uint64Field": "18446744073709551615", "bytesField": "AP8=", "byNumber": {"-7": "seven"},
            "byBool": {"true": {}}
        })
    );
    assert_eq!(
        request(&BTreeMap::from([(vec![1], 1)])).unwrap_err(),
        "request: the key of a map is neither a string nor a number nor a boolean"
    );
    assert_eq!(
        request(&HashMap::from([("int64_field", i128::MAX)])).unwrap_err(),
        "request.int64_field: 170141183460469231731687303715884105727 is out of range for int64 (-9223372036854775808 \
         to 9223372036854775807)"
    );
}
