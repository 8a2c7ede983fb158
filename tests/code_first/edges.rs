//! The values whose meaning both sides have to agree on; `tests/peers/python/code_first.py` has the same ones, in the same order.

use std::{
    collections::BTreeMap,
    time::{Duration, UNIX_EPOCH},
};

use grpc::types;

use super::every::{
    Color, Deep, Everything, Inner, Leaf, Level, Maps, Nested, Nothing, Oneofs, Optionals, Other, Repeated,
    Scalars, Shape, WellKnown,
};

/// Nothing at all, the smallest values, the largest ones, and one of each kind of everything else.
pub fn edges() -> Vec<Everything> {
    let nothing = Everything::default();
    vec![
        nothing.clone(),
        Everything {
            scalars: Some(Scalars::default()),
            optionals: Some(Optionals::default()),
            ..nothing.clone()
        },
        Everything {
            scalars: Some(smallest()),
            optionals: Some(zeros()),
            repeated: Some(repeated()),
            maps: Some(maps()),
            ..nothing.clone()
        },
        Everything {
            scalars: Some(largest()),
            optionals: Some(Optionals {
                color: Some(Color::Unknown(500)),
                float: Some(f32::NAN),
                double: Some(f64::NEG_INFINITY),
                ..Optionals::default()
            }),
            nested: Some(nested()),
            well_known: Some(well_known()),
            ..nothing.clone()
        },
        Everything {
            oneofs: oneofs(),
            ..nothing
        },
    ]
}

fn smallest() -> Scalars {
    Scalars {
        int32: i32::MIN,
        int64: i64::MIN,
        uint32: 1,
        uint64: 1,
        sint32: i32::MIN,
        sint64: i64::MIN,
        fixed32: 1,
        fixed64: 1,
        sfixed32: i32::MIN,
        sfixed64: i64::MIN,
        float: -1.5,
        double: f64::MIN_POSITIVE,
        r#bool: true,
        string: "\0".to_owned(),
        vec: vec![0],
        bytes: bytes::Bytes::from_static(b"\xff\x00"),
        last: true,
    }
}

fn largest() -> Scalars {
    Scalars {
        int32: i32::MAX,
        int64: i64::MAX,
        uint32: u32::MAX,
        uint64: u64::MAX,
        sint32: i32::MAX,
        sint64: i64::MAX,
        fixed32: u32::MAX,
        fixed64: u64::MAX,
        sfixed32: i32::MAX,
        sfixed64: i64::MAX,
        float: f32::INFINITY,
        double: f64::NAN,
        r#bool: false,
        string: "naïve 🦀".to_owned(),
        vec: (0..=255).collect(),
        bytes: bytes::Bytes::new(),
        last: false,
    }
}

/// There, all of them, and zero.
fn zeros() -> Optionals {
    Optionals {
        int32: Some(0),
        int64: Some(0),
        uint32: Some(0),
        uint64: Some(0),
        sint32: Some(0),
        sint64: Some(0),
        fixed32: Some(0),
        fixed64: Some(0),
        sfixed32: Some(0),
        sfixed64: Some(0),
        float: Some(0.0),
        double: Some(0.0),
        r#bool: Some(false),
        string: Some(String::new()),
        vec: Some(Vec::new()),
        color: Some(Color::Unspecified),
        leaf: Some(Leaf::default()),
    }
}

#[expect(deprecated, reason = "it is sent all the same")]
fn repeated() -> Repeated {
    Repeated {
        int32: vec![0, -1, i32::MAX],
        int64: vec![0, -1, i64::MAX],
        uint32: vec![0, 1, u32::MAX],
        uint64: vec![0, 1, u64::MAX],
        sint32: vec![0, -1, i32::MIN],
        sint64: vec![0, -1, i64::MIN],
        fixed32: vec![0, 1, u32::MAX],
        fixed64: vec![0, 1, u64::MAX],
        sfixed32: vec![0, -1, i32::MIN],
        sfixed64: vec![0, -1, i64::MIN],
        float: vec![0.0, -0.5, f32::INFINITY],
        double: vec![0.0, -0.5, f64::INFINITY],
        r#bool: vec![true, false, true],
        string: vec![String::new(), "a".to_owned()],
        vec: vec![vec![], vec![255]],
        color: vec![
            Color::Red,
            Color::Unspecified,
            Color::BelowZero,
            Color::Last,
            Color::Unknown(77),
        ],
        leaf: vec![Leaf::default(), leaf("b", -2)],
    }
}

fn maps() -> Maps {
    Maps {
        int32: [(0, 0), (i32::MIN, -1)].into(),
        int64: [(0, 0), (i64::MIN, -1)].into(),
        uint32: [(0, 0), (u32::MAX, 1)].into(),
        uint64: [(0, 0), (u64::MAX, 1)].into(),
        sint32: [(0, 0), (i32::MIN, -1)].into(),
        sint64: [(0, 0), (i64::MIN, -1)].into(),
        fixed32: [(0, 0), (u32::MAX, 1)].into(),
        fixed64: [(0, 0), (u64::MAX, 1)].into(),
        sfixed32: [(0, 0), (i32::MIN, -1)].into(),
        sfixed64: [(0, 0), (i64::MIN, -1)].into(),
        r#bool: [(false, true), (true, false)].into(),
        string: [
            (String::new(), "empty".to_owned()),
            ("a".to_owned(), String::new()),
        ]
        .into(),
        float: [(1, 0.5)].into(),
        double: [(1, -0.5)].into(),
        bytes: [(1, vec![1, 2]), (2, vec![])].into(),
        color: [
            ("red".to_owned(), Color::Red),
            ("what".to_owned(), Color::Unknown(9)),
        ]
        .into(),
        by_name: [
            ("a".to_owned(), leaf("a", 1)),
            ("none".to_owned(), Leaf::default()),
        ]
        .into(),
    }
}

fn nested() -> Nested {
    Nested {
        plain: leaf("plain", 1),
        optional: Some(Leaf::default()),
        left: Some(Box::new(Nested {
            plain: leaf("left", 2),
            ..Nested::default()
        })),
        children: vec![Nested::default()],
        inner: Some(Inner {
            deep: Some(Deep {
                text: "deep".to_owned(),
            }),
        }),
        level: Level::High,
        unit: Some(Nothing),
        place: Some(super::place::LatLng {
            latitude: 52.5,
            longitude: -13.25,
        }),
    }
}

fn oneofs() -> Vec<Oneofs> {
    let shapes = vec![
        Shape::Int32(0),
        Shape::Sint64(-3),
        Shape::Fixed32(7),
        Shape::Double(0.5),
        Shape::Bool(false),
        Shape::String(String::new()),
        Shape::Bytes(vec![1]),
        Shape::Leaf(leaf("l", 3)),
        Shape::Oneofs(Box::new(Oneofs {
            between: -1,
            other: Some(Other::Yes(true)),
            ..Oneofs::default()
        })),
        Shape::Color(Color::Green),
        Shape::NothingAtAll(()),
    ];
    let mut oneofs: Vec<_> = shapes
        .into_iter()
        .map(|shape| Oneofs {
            before: 1,
            shape: Some(shape),
            ..Oneofs::default()
        })
        .collect();
    oneofs.push(Oneofs {
        other: Some(Other::When(UNIX_EPOCH + Duration::from_millis(1500))),
        ..Oneofs::default()
    });
    oneofs
}

fn well_known() -> WellKnown {
    let text = types::Value {
        kind: Some(types::Kind::StringValue("b".to_owned())),
    };
    let null = types::Value {
        kind: Some(types::Kind::NullValue(0)),
    };
    WellKnown {
        timestamp: Some(types::Timestamp {
            seconds: -1,
            nanos: 500_000_000,
        }),
        duration: Some(types::Duration {
            seconds: -2,
            nanos: -500_000_000,
        }),
        any: Some(types::Any::from_msg(&leaf("any", 4)).unwrap()),
        r#struct: Some(types::Struct {
            fields: BTreeMap::from([("a".to_owned(), text.clone())]),
        }),
        value: Some(null),
        list: Some(types::ListValue { values: vec![text] }),
        mask: Some(types::FieldMask {
            paths: vec!["a".to_owned(), "b.c".to_owned()],
        }),
        empty: Some(()),
        null: types::NullValue::NullValue,
        time: Some(UNIX_EPOCH - Duration::from_millis(500)),
        times: vec![UNIX_EPOCH, UNIX_EPOCH + Duration::from_secs(1)],
        span: Some(Duration::from_millis(2500)),
        spans: [("s".to_owned(), Duration::from_secs(3))].into(),
        bool_value: Some(false),
        int32_value: Some(-1),
        int64_value: Some(-2),
        uint32_value: Some(3),
        uint64_value: Some(4),
        float_value: Some(0.5),
        double_value: Some(-0.5),
        string_value: Some(String::new()),
        bytes_value: Some(vec![9]),
        strings: vec![String::new(), "w".to_owned()],
    }
}

fn leaf(text: &str, number: i32) -> Leaf {
    Leaf {
        text: text.to_owned(),
        number,
    }
}
