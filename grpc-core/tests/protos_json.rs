//! The mapping to JSON, and what a mistake in it says.

use grpc_core::protos::{DynamicMessage, Protos, Value, from_json, json, to_json};
use prost::Message as _;

fn protos() -> Protos {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/protos");
    Protos::builder()
        .include(directory)
        .files(["json.proto", "old.proto"])
        .load()
        .unwrap()
}

fn read(value: &Value) -> Result<DynamicMessage, String> {
    read_as("test.json.All", value)
}

fn read_as(message: &str, value: &Value) -> Result<DynamicMessage, String> {
    let message = protos().message(message).unwrap();
    from_json(&message, value).map_err(|status| {
        assert_eq!(status.code(), grpc_core::Code::InvalidArgument);
        status.message().to_owned()
    })
}

fn mistake(value: &Value) -> String {
    read(value).expect_err(&value.to_string())
}

/// Reads it, takes it through the wire format, and writes it.
fn written(value: &Value) -> Value {
    let message = read(value).unwrap_or_else(|error| panic!("{value}: {error}"));
    let descriptor = protos().message("test.json.All").unwrap();
    let decoded = DynamicMessage::decode(descriptor, &message.encode_to_vec()[..]).unwrap();
    to_json(&decoded).unwrap()
}

/// It is canonical: written as it was read.
#[track_caller]
fn canonical(value: Value) {
    assert_eq!(written(&value), value);
}

#[track_caller]
fn becomes(value: Value, canonical: Value) {
    assert_eq!(written(&value), canonical);
}

#[test]
fn every_scalar_is_written_as_it_is_read() {
    canonical(json!({
        "int32Field": -2147483648, "int64Field": "-9223372036854775808",
        "uint32Field": 4294967295u32, "uint64Field": "18446744073709551615",
        "sint32Field": -1, "sint64Field": "-1", "fixed32Field": 1, "fixed64Field": "1",
        "sfixed32Field": -1, "sfixed64Field": "-1", "floatField": 0.1, "doubleField": 0.1,
        "boolField": true, "stringField": "grüß dich \u{0}", "bytesField": "AP8=",
        "colour": "COLOUR_GREEN", "maybe": 0, "anotherName": "x"
    }));
}

#[test]
fn lists_maps_messages_and_oneofs_are_written_as_they_are_read() {
    canonical(json!({
        "nested": {"nested": {}}, "numbers": [1, 0, 2], "children": [{}, {"int32Field": 1}],
        "colours": ["COLOUR_RED", "COLOUR_UNSPECIFIED"],
        "byName": {"": 0, "b": 1}, "byNumber": {"-1": "x", "9223372036854775807": ""},
        "byBool": {"true": {}, "false": {"int32Field": 2}}, "byUnsigned": {"4294967295": "COLOUR_RED"},
        "text": ""
    }));
    canonical(json!({"number": 0}));
    canonical(json!({"message": {}}));
    canonical(json!({"nothing": null}));
    canonical(json!({}));
}

#[test]
fn well_known_types_are_written_as_they_are_read() {
    canonical(json!({
        "at": "2024-02-29T01:02:03.000000004Z", "length": "-1.500s", "mask": "userName,a.bC",
        "object": {"a": null, "b": [1.0, {"c": "d"}], "e": true}, "value": null, "list": [null, [], {}, "x", -0.5],
        "empty": {}, "values": [null, 1.0, "x"], "valueMap": {"k": null},
        "doubleValue": 0.0, "floatValue": 1.5, "int64Value": "0", "uint64Value": "1", "int32Value": 0,
        "uint32Value": 2, "boolValue": false, "stringValue": "", "bytesValue": ""
    }));
    canonical(json!({"value": {"a": [1.0, {"b": null}]}}));
    canonical(json!({"value": [], "mask": "", "object": {}, "list": []}));
}

#[test]
fn any_holds_messages_well_known_types_and_itself() {
    canonical(json!({"any": {"@type": "type.googleapis.com/test.json.All", "int32Field": 1, "nested": {}}}));
    canonical(json!({"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}}));
    canonical(json!({"any": {"@type": "type.googleapis.com/google.protobuf.Value", "value": {"a": 1.0}}}));
    canonical(json!({"any": {"@type": "type.googleapis.com/google.protobuf.Empty"}}));
    canonical(json!({"any": {"@type": "x/google.protobuf.Any", "value": {
        "@type": "y/test.json.All", "text": "inside"
    }}}));
    canonical(json!({"any": {}}));
    becomes(
        json!({"any": {"@type": "x/google.protobuf.Empty", "value": {}}}),
        json!({"any": {"@type": "x/google.protobuf.Empty"}}),
    );
    // There is no canonical form for what is not known.
    canonical(json!({"any": {"@type": "type.googleapis.com/some.Stranger", "@value": "AP8="}}));
}

#[test]
fn proto_names_numbers_as_strings_and_other_spellings_are_read_too() {
    becomes(
        json!({
            "int32_field": "12", "int64_field": 12, "uint32_field": 1e3, "uint64_field": "1e3", "sint32_field": 3.0,
            "float_field": "1.5", "double_field": "-Infinity", "bytes_field": "-_-_", "colour": 2,
            "renamed": "x", "by_name": {"a": "5"}
        }),
        json!({
            "int32Field": 12, "int64Field": "12", "uint32Field": 1000, "uint64Field": "1000", "sint32Field": 3,
            "floatField": 1.5, "doubleField": "-Infinity", "bytesField": "+/+/", "colour": "COLOUR_GREEN",
            "anotherName": "x", "byName": {"a": 5}
        }),
    );
    becomes(json!({"bytesField": "-_"}), json!({"bytesField": "+w=="}));
    becomes(json!({"bytesField": "AP8"}), json!({"bytesField": "AP8="}));
    becomes(
        json!({"doubleField": "NaN", "floatField": "Infinity"}),
        json!({"doubleField": "NaN", "floatField": "Infinity"}),
    );
    becomes(
        json!({"at": "2024-01-01T02:00:00+02:00"}),
        json!({"at": "2024-01-01T00:00:00Z"}),
    );
    becomes(json!({"colour": 77}), json!({"colour": 77}));
}

#[test]
fn null_is_the_same_as_no_field() {
    becomes(
        json!({
            "int32Field": null, "stringField": null, "nested": null, "numbers": null, "byName": null, "maybe": null,
            "at": null, "int32Value": null, "any": null, "colour": null, "object": null, "list": null, "text": null
        }),
        json!({}),
    );
    becomes(json!({"text": null, "number": 1}), json!({"number": 1}));
    canonical(json!({"value": null}));
}

#[test]
fn a_wrong_type_says_where_what_was_expected_and_what_was_found() {
    for (value, expected) in [
        (json!([]), "request: expected object (test.json.All), found array"),
        (
            json!({"int32Field": "x"}),
            r#"request.int32Field: expected integer, found string "x""#,
        ),
        (
            json!({"int32_field": true}),
            "request.int32_field: expected integer, found boolean true",
        ),
        (
            json!({"int64Field": 1.5}),
            "request.int64Field: expected integer, found number 1.5",
        ),
        (
            json!({"int64Field": " 1"}),
            r#"request.int64Field: expected integer, found string " 1""#,
        ),
        (
            json!({"int64Field": ""}),
            r#"request.int64Field: expected integer, found string """#,
        ),
        (
            json!({"uint64Field": {}}),
            "request.uint64Field: expected integer, found object",
        ),
        (
            json!({"floatField": "x"}),
            r#"request.floatField: expected number, found string "x""#,
        ),
        (
            json!({"doubleField": []}),
            "request.doubleField: expected number, found array",
        ),
        (
            json!({"boolField": "true"}),
            r#"request.boolField: expected boolean, found string "true""#,
        ),
        (
            json!({"boolField": 1}),
            "request.boolField: expected boolean, found integer 1",
        ),
        (
            json!({"stringField": 5}),
            "request.stringField: expected string, found integer 5",
        ),
        (
            json!({"bytesField": [1]}),
            "request.bytesField: expected base64 string, found array",
        ),
        (
            json!({"nested": 1}),
            "request.nested: expected object (test.json.All), found integer 1",
        ),
        (
            json!({"numbers": 1}),
            "request.numbers: expected array, found integer 1",
        ),
        (
            json!({"numbers": {}}),
            "request.numbers: expected array, found object",
        ),
        (
            json!({"numbers": [0, null]}),
            "request.numbers[1]: expected integer, found null",
        ),
        (
            json!({"children": [{}, {"int32Field": []}]}),
            "request.children[1].int32Field: expected integer, found array",
        ),
        (
            json!({"children": [null]}),
            "request.children[0]: expected object (test.json.All), found null",
        ),
        (
            json!({"byName": []}),
            "request.byName: expected object (a map), found array",
        ),
        (
            json!({"byName": {"a\"b": "x"}}),
            r#"request.byName["a\"b"]: expected integer, found string "x""#,
        ),
        (
            json!({"byName": {"a": null}}),
            r#"request.byName["a"]: expected integer, found null"#,
        ),
        (
            json!({"byBool": {"true": {"children": [{"text": 1}]}}}),
            r#"request.byBool["true"].children[0].text: expected string, found integer 1"#,
        ),
        (
            json!({"int32Value": "x"}),
            r#"request.int32Value: expected integer, found string "x""#,
        ),
        (
            json!({"object": []}),
            "request.object: expected object, found array",
        ),
        (json!({"list": {}}), "request.list: expected array, found object"),
        (
            json!({"empty": 1}),
            "request.empty: expected object (google.protobuf.Empty), found integer 1",
        ),
        (
            json!({"stringField": ["x"], "int32Field": 1}),
            "request.stringField: expected string, found array",
        ),
        (
            json!({"int32Field": "a very long text that nobody wants to read in an error message"}),
            r#"request.int32Field: expected integer, found string "a very long text that nobody wants to re"…"#,
        ),
    ] {
        assert_eq!(mistake(&value), expected, "{value}");
    }
}

#[test]
fn a_field_that_there_is_not_is_an_error_with_the_nearest_name() {
    for (value, expected) in [
        (
            json!({"children": [{}, {"int32field": 1}]}),
            "request.children[1].int32field: no such field of test.json.All; did you mean `int32_field`?",
        ),
        (
            json!({"colur": 1}),
            "request.colur: no such field of test.json.All; did you mean `colour`?",
        ),
        (
            json!({"empty": {"x": 1}}),
            "request.empty.x: no such field of google.protobuf.Empty",
        ),
        (
            json!({"somethingElse": 1}),
            "request.somethingElse: no such field of test.json.All",
        ),
        (json!({"": 1}), "request.: no such field of test.json.All"),
        (
            json!({"[test.json.weight]": 1}),
            "request.[test.json.weight]: no such field of test.json.All",
        ),
    ] {
        assert_eq!(mistake(&value), expected, "{value}");
    }
}

#[test]
fn a_number_out_of_range_says_what_the_range_is() {
    for (field, value, expected) in [
        (
            "int32Field",
            json!(2147483648u32),
            "2147483648 is out of range for int32 (-2147483648 to 2147483647)",
        ),
        (
            "sint32Field",
            json!("-2147483649"),
            "-2147483649 is out of range for int32 (-2147483648 to 2147483647)",
        ),
        (
            "uint32Field",
            json!(-1),
            "-1 is out of range for uint32 (0 to 4294967295)",
        ),
        (
            "fixed32Field",
            json!(4294967296u64),
            "4294967296 is out of range for uint32 (0 to 4294967295)",
        ),
        (
            "int64Field",
            json!("9223372036854775808"),
            "9223372036854775808 is out of range for int64 (-9223372036854775808 to 9223372036854775807)",
        ),
        (
            "uint64Field",
            json!(-1),
            "-1 is out of range for uint64 (0 to 18446744073709551615)",
        ),
        (
            "fixed64Field",
            json!("18446744073709551616"),
            "18446744073709551616 is out of range for uint64 (0 to 18446744073709551615)",
        ),
        ("floatField", json!(1e39), "1e39 is out of range for float"),
        (
            "colour",
            json!(2147483648u32),
            "2147483648 is out of range for int32 (-2147483648 to 2147483647)",
        ),
    ] {
        let error = mistake(&json!({ field: value }));
        assert_eq!(error, format!("request.{field}: {expected}"));
    }
}

#[test]
fn bad_base64_says_what_is_wrong_with_it() {
    let error = mistake(&json!({"nested": {"bytesField": "a*b="}}));
    assert!(
        error.starts_with("request.nested.bytesField: not base64: Invalid symbol 42"),
        "{error}"
    );
    assert!(error.ends_with(r#", in "a*b=""#), "{error}");
    let error = mistake(&json!({"bytesValue": "a"}));
    assert!(error.starts_with("request.bytesValue: not base64: "), "{error}");
}

#[test]
fn an_enum_value_that_there_is_not_is_an_error_with_the_nearest_name() {
    for (value, expected) in [
        (
            json!({"colour": "COLOUR_REED"}),
            r#"request.colour: expected a value of test.json.Colour, found string "COLOUR_REED"; did you mean `COLOUR_RED`?"#,
        ),
        (
            json!({"colours": ["COLOUR_RED", "x"]}),
            r#"request.colours[1]: expected a value of test.json.Colour, found string "x""#,
        ),
        (
            json!({"colour": 1.5}),
            "request.colour: expected a value of test.json.Colour, found number 1.5",
        ),
        (
            json!({"colour": false}),
            "request.colour: expected a value of test.json.Colour, found boolean false",
        ),
        (
            json!({"nothing": 5.5}),
            "request.nothing: expected a value of google.protobuf.NullValue, found number 5.5",
        ),
    ] {
        assert_eq!(mistake(&value), expected, "{value}");
    }
}

#[test]
fn two_fields_of_a_oneof_or_one_field_by_both_names_are_errors() {
    assert_eq!(
        mistake(&json!({"number": 1, "text": "x"})),
        "request.text: the oneof `choice` has `number` already; only one of its fields may be given"
    );
    assert_eq!(
        mistake(&json!({"nested": {"nothing": null, "number": 1}})),
        "request.nested.number: the oneof `choice` has `nothing` already; only one of its fields may be given"
    );
    assert_eq!(
        mistake(&json!({"int32Field": 1, "int32_field": 1})),
        "request.int32_field: the same field as `int32Field`, which is given too"
    );
}

#[test]
fn a_bad_map_key_is_an_error_at_the_key() {
    for (value, expected) in [
        (
            json!({"byNumber": {"x": ""}}),
            r#"request.byNumber["x"]: expected integer as key, found "x""#,
        ),
        (
            json!({"byNumber": {"": ""}}),
            r#"request.byNumber[""]: expected integer as key, found """#,
        ),
        (
            json!({"byNumber": {"+1": ""}}),
            r#"request.byNumber["+1"]: expected integer as key, found "+1""#,
        ),
        (
            json!({"byUnsigned": {"-1": 0}}),
            r#"request.byUnsigned["-1"]: -1 is out of range for uint32 (0 to 4294967295)"#,
        ),
        (
            json!({"byBool": {"yes": {}}}),
            r#"request.byBool["yes"]: expected "true" or "false" as key, found "yes""#,
        ),
        (
            json!({"byNumber": {"1": "", "01": ""}}),
            r#"request.byNumber["1"]: the same key as an earlier one"#,
        ),
    ] {
        assert_eq!(mistake(&value), expected, "{value}");
    }
}

#[test]
fn bad_text_of_a_well_known_type_shows_what_good_text_looks_like() {
    for (value, expected) in [
        (
            json!({"at": "yesterday"}),
            r#"request.at: expected a timestamp such as "2024-01-31T23:59:59.5Z", of the years 1 to 9999, found string "yesterday""#,
        ),
        (
            json!({"at": 5}),
            r#"request.at: expected a timestamp such as "2024-01-31T23:59:59.5Z", of the years 1 to 9999, found integer 5"#,
        ),
        (
            json!({"length": "1"}),
            r#"request.length: expected a duration such as "1.5s", of at most ten thousand years, found string "1""#,
        ),
        (
            json!({"mask": "user_name"}),
            r#"request.mask: expected a field mask such as "userName,homeAddress.city", found string "user_name""#,
        ),
    ] {
        assert_eq!(mistake(&value), expected, "{value}");
    }
}

#[test]
fn a_bad_any_says_what_is_missing_or_wrong_in_it() {
    for (value, expected) in [
        (
            json!({"any": 1}),
            "request.any: expected object with `@type`, found integer 1",
        ),
        (
            json!({"any": {"x": 1}}),
            "request.any: `@type` is missing, which says what message this is",
        ),
        (
            json!({"any": {"@type": 1}}),
            "request.any.@type: expected string, found integer 1",
        ),
        (
            json!({"any": {"@type": "a/b.C"}}),
            r#"request.any.@type: no message "a/b.C" is known here"#,
        ),
        (
            json!({"any": {"@type": "test.json.All"}}),
            r#"request.any.@type: no message "test.json.All" is known here"#,
        ),
        (
            json!({"any": {"@type": "x/test.json.All", "colour": "x"}}),
            r#"request.any.colour: expected a value of test.json.Colour, found string "x""#,
        ),
        (
            json!({"any": {"@type": "x/test.json.All", "colr": 1}}),
            "request.any.colr: no such field of test.json.All; did you mean `colour`?",
        ),
        (
            json!({"any": {"@type": "x/google.protobuf.Duration", "seconds": 1}}),
            "request.any: expected `value` beside `@type`, and nothing else, for google.protobuf.Duration",
        ),
        (
            json!({"any": {"@type": "x/google.protobuf.Int32Value", "value": "x"}}),
            r#"request.any.value: expected integer, found string "x""#,
        ),
    ] {
        assert_eq!(mistake(&value), expected, "{value}");
    }
}

#[test]
fn what_only_proto2_has_is_mapped_too() {
    let value = json!({
        "size": "LARGE", "sizes": ["SMALL"], "count": 0, "part": {"name": "x"}, "[test.json.weight]": 5,
        "[test.json.labels]": ["a"]
    });
    let message = read_as("test.json.Old", &value).unwrap();
    assert_eq!(to_json(&message).unwrap(), value);
    assert_eq!(
        read_as("test.json.Old", &json!({"sizes": ["SMALL", 7]})).unwrap_err(),
        "request.sizes[1]: expected a value of test.json.Size, found integer 7"
    );
    assert_eq!(
        read_as("test.json.Old", &json!({"[test.json.weight]": "x"})).unwrap_err(),
        r#"request.[test.json.weight]: expected integer, found string "x""#
    );
    for other in ["[test.json.height]", "[test.json.nothing]", "[]"] {
        assert_eq!(
            read_as("test.json.Old", &json!({ other: 1 })).unwrap_err(),
            format!("request.{other}: no such field of test.json.Old")
        );
    }
}

#[test]
fn a_number_that_an_enum_of_proto2_has_not_is_an_unknown_field() {
    let descriptor = protos().message("test.json.Old").unwrap();
    for (wire, written) in [
        (&[0x08, 9][..], json!({})),
        (&[0x10, 9], json!({})),
        (
            &[0x10, 9, 0x10, 2, 0x08, 1],
            json!({"size": "SMALL", "sizes": ["LARGE"]}),
        ),
    ] {
        let message = DynamicMessage::decode(descriptor.clone(), wire).unwrap();
        assert_eq!(to_json(&message).unwrap(), written);
    }
}

#[test]
fn depth_is_bounded_both_ways() {
    let mut value = json!({});
    for _ in 0..99 {
        value = json!({ "nested": value });
    }
    canonical(value.clone());
    let error = mistake(&json!({ "nested": value }));
    assert!(error.starts_with("request.nested.nested."), "{error}");
    assert!(error.ends_with(": more than 100 levels deep"), "{error}");

    let mut list = json!([]);
    for _ in 0..100 {
        list = json!([list]);
    }
    assert!(mistake(&json!({ "list": list })).ends_with(": more than 100 levels deep"));

    // An Any is decoded by itself, so the limit of the wire format does not hold for what is in it.
    let any = protos().message("google.protobuf.Any").unwrap();
    let mut message = DynamicMessage::new(any.clone());
    for _ in 0..200 {
        let mut outer = DynamicMessage::new(any.clone());
        let url = "x/google.protobuf.Any".to_owned();
        outer.set_field_by_name("type_url", prost_reflect::Value::String(url));
        outer.set_field_by_name(
            "value",
            prost_reflect::Value::Bytes(message.encode_to_vec().into()),
        );
        message = outer;
    }
    let error = to_json(&message).unwrap_err();
    assert_eq!(error.code(), grpc_core::Code::Internal);
    assert_eq!(error.message(), "message: more than 100 levels deep");
}

#[test]
fn what_has_no_form_in_json_is_an_error_that_says_where() {
    let set = |field: &str, inner: &[(&str, prost_reflect::Value)]| {
        let descriptor = protos().message("test.json.All").unwrap();
        let kind = descriptor.get_field_by_name(field).unwrap().kind();
        let mut message = DynamicMessage::new(kind.as_message().unwrap().clone());
        for (name, value) in inner {
            message.set_field_by_name(name, value.clone());
        }
        let mut all = DynamicMessage::new(descriptor);
        all.set_field_by_name(field, prost_reflect::Value::Message(message));
        to_json(&all).unwrap_err().message().to_owned()
    };
    let long = prost_reflect::Value::I64(i64::MAX);
    assert_eq!(
        set("at", &[("seconds", long.clone())]),
        "message.at: a timestamp out of range, 9223372036854775807 s and 0 ns"
    );
    assert_eq!(
        set("length", &[("seconds", long)]),
        "message.length: a duration out of range, 9223372036854775807 s and 0 ns"
    );
    let paths = prost_reflect::Value::List(vec![prost_reflect::Value::String("userName".to_owned())]);
    assert_eq!(
        set("mask", &[("paths", paths)]),
        r#"message.mask: no form in JSON for "userName" in a field mask"#
    );
    assert_eq!(
        set("value", &[("number_value", prost_reflect::Value::F64(f64::NAN))]),
        "message.value: NaN has no form in JSON in a google.protobuf.Value"
    );
    let broken = [
        (
            "type_url",
            prost_reflect::Value::String("x/test.json.All".to_owned()),
        ),
        ("value", prost_reflect::Value::Bytes(vec![0xff].into())),
    ];
    assert!(set("any", &broken).starts_with("message.any: the message in the Any: "));
}
