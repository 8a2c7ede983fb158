//! Our mapping to JSON beside Python's, which is Google's own.

use std::process::Stdio;

use bytes::Bytes;
use grpc::protos::{DynamicMessage, MessageDescriptor, Value, from_json, json, serde_json, to_json};
use tokio::io::AsyncWriteExt;

use super::peers::python::Python;

const PROTO: &str = "grpc-core/tests/protos/json.proto";

fn all() -> MessageDescriptor {
    grpc::protos(PROTO).unwrap().message("test.json.All").unwrap()
}

fn taken() -> Vec<Value> {
    vec![
        json!({}),
        json!({"int32Field": -2147483648, "int64Field": "-9223372036854775808", "uint64Field": "18446744073709551615"}),
        json!({"int32_field": "12", "uint32_field": 1e3, "sint32_field": 3.0, "int64_field": 5, "fixed64Field": 7}),
        json!({"floatField": 0.1, "doubleField": 0.1}),
        json!({"floatField": "NaN", "doubleField": "-Infinity"}),
        json!({"floatField": "1.5", "doubleField": 1e300}),
        json!({"boolField": true, "stringField": "grüß \u{1F600} \"", "bytesField": "AP8=", "anotherName": "x"}),
        json!({"bytesField": "-_-_", "renamed": "y", "colour": 2, "maybe": 0}),
        json!({"colour": 77, "colours": ["COLOUR_RED", 0]}),
        json!({"nested": {"nested": {}}, "numbers": [1, 0], "children": [{}, {"text": ""}]}),
        json!({"byName": {"": 0, "b": 1}, "byNumber": {"-1": "x"}, "byBool": {"true": {}, "false": {"number": 2}}}),
        json!({"byUnsigned": {"4294967295": "COLOUR_RED"}}),
        json!({"number": 0}),
        json!({"nothing": null}),
        json!({"int32Field": null, "nested": null, "numbers": null, "at": null, "text": null, "int32Value": null}),
        json!({"at": "2024-02-29T01:02:03.000000004Z", "length": "-1.5s", "mask": "userName,a.bC"}),
        json!({"at": "2024-01-01T02:00:00.12+02:00", "length": "0.000001s", "mask": ""}),
        json!({"at": "0001-01-01T00:00:00Z", "length": "315576000000s"}),
        json!({"at": "9999-12-31T23:59:59.999999999Z", "length": "-0.5s"}),
        json!({"object": {"a": null, "b": [1.5, {"c": "d"}], "e": true}, "list": [null, [], {}, "x"]}),
        json!({"value": null, "values": [null, 1, "x"], "valueMap": {"k": null}}),
        json!({"value": {"a": [1.0]}, "empty": {}}),
        json!({"doubleValue": 0, "int64Value": "0", "uint32Value": 2, "boolValue": false, "bytesValue": "AA=="}),
        json!({"any": {"@type": "type.googleapis.com/test.json.All", "int32Field": 1, "nested": {}}}),
        json!({"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}}),
        json!({"any": {"@type": "type.googleapis.com/google.protobuf.Empty"}}),
        json!({"any": {"@type": "x.org/google.protobuf.Any", "value": {"@type": "x.org/test.json.All", "text": "t"}}}),
    ]
}

fn refused() -> Vec<Value> {
    vec![
        json!({"unknown": 1}),
        json!({"int32Field": "x"}),
        json!({"int32Field": 1.5}),
        json!({"int32Field": 2147483648_u32}),
        json!({"int32Field": ""}),
        json!({"uint32Field": -1}),
        json!({"int64Field": "9223372036854775808"}),
        json!({"uint64Field": "18446744073709551616"}),
        json!({"floatField": 1e39}),
        json!({"boolField": "true"}),
        json!({"stringField": 5}),
        json!({"colour": "COLOUR_REED"}),
        json!({"numbers": 1}),
        json!({"numbers": [null]}),
        json!({"nested": 1}),
        json!({"byName": []}),
        json!({"byNumber": {"x": ""}}),
        json!({"byBool": {"yes": {}}}),
        json!({"text": "x", "number": 1}),
        json!({"at": "yesterday"}),
        json!({"at": "2024-01-01T00:00:00"}),
        json!({"at": "2024-13-01T00:00:00Z"}),
        json!({"at": "0000-01-01T00:00:00Z"}),
        json!({"length": "1"}),
        json!({"length": "315576000001s"}),
        json!({"mask": "user_name"}),
        json!({"any": {"int32Field": 1}}),
        json!({"any": {"@type": "type.googleapis.com/no.Such"}}),
        json!({"list": {}}),
    ]
}

#[tokio::test]
async fn json_means_to_us_what_it_means_to_python() {
    let Some(python) = Python::get() else { return };
    let descriptor = all();
    let theirs = theirs(python, &taken()).await;
    for (case, theirs) in taken().iter().zip(theirs) {
        let message = from_json(&descriptor, case).unwrap_or_else(|error| panic!("{case}: {error}"));
        let ours = to_json(&message).unwrap();
        assert!(theirs["error"].is_null(), "{case}: {theirs}");
        assert_eq!(numbers(&ours), numbers(&theirs["json"]), "{case}");

        // What they encode means the same here. It need not be the same bytes: a map has no order.
        let bytes = from_json(&descriptor, &json!({"bytesField": theirs["bytes"]})).unwrap();
        let bytes: Bytes = bytes
            .get_field_by_name("bytes_field")
            .unwrap()
            .as_bytes()
            .unwrap()
            .clone();
        let decoded = DynamicMessage::decode(descriptor.clone(), bytes).unwrap();
        assert_eq!(to_json(&decoded).unwrap(), ours, "{case}");
    }
}

#[tokio::test]
async fn json_that_python_refuses_is_refused_here_too() {
    let Some(python) = Python::get() else { return };
    let descriptor = all();
    for (case, theirs) in refused().iter().zip(theirs(python, &refused()).await) {
        assert!(theirs["error"].is_string(), "{case}: {theirs}");
        let error = from_json(&descriptor, case).expect_err(&case.to_string());
        assert!(error.message().starts_with("request"), "{error}");
    }
}

/// What Python makes of each case.
async fn theirs(python: &Python, cases: &[Value]) -> Vec<Value> {
    let input: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let mut child = tokio::process::Command::from(python.command("json_mapping.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let (written, output) = tokio::join!(
        async move { stdin.write_all(input.as_bytes()).await },
        child.wait_with_output()
    );
    written.unwrap();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", output.status);
    let output = String::from_utf8(output.stdout).unwrap();
    let theirs: Vec<Value> = output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(theirs.len(), cases.len());
    theirs
}

/// With every number as a double: 1 and 1.0 are the same in JSON.
fn numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(numbers).collect(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| (key.clone(), numbers(value)))
            .collect(),
        other => other.clone(),
    }
}
