//! A message with every kind of field, and what they need.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, SystemTime},
};

use grpc::types;

/// All of it.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "every.v1")]
pub struct Everything {
    #[grpc(tag = 1)]
    pub scalars: Option<Scalars>,
    #[grpc(tag = 2)]
    pub optionals: Option<Optionals>,
    #[grpc(tag = 3)]
    pub repeated: Option<Repeated>,
    #[grpc(tag = 4)]
    pub maps: Option<Maps>,
    #[grpc(tag = 5)]
    pub nested: Option<Nested>,
    #[grpc(tag = 6)]
    pub oneofs: Vec<Oneofs>,
    #[grpc(tag = 7)]
    pub well_known: Option<WellKnown>,
}

/// Every scalar.
///
/// Each by its usual name, and the two kinds of bytes.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "every.v1")]
pub struct Scalars {
    /// Any size of number.
    #[grpc(tag = 1)]
    pub int32: i32,
    #[grpc(tag = 2)]
    pub int64: i64,
    #[grpc(tag = 3)]
    pub uint32: u32,
    #[grpc(tag = 4)]
    pub uint64: u64,
    #[grpc(tag = 5, sint32)]
    pub sint32: i32,
    #[grpc(tag = 6, sint64)]
    pub sint64: i64,
    #[grpc(tag = 7, fixed32)]
    pub fixed32: u32,
    #[grpc(tag = 8, fixed64)]
    pub fixed64: u64,
    #[grpc(tag = 9, sfixed32)]
    pub sfixed32: i32,
    #[grpc(tag = 10, sfixed64)]
    pub sfixed64: i64,
    #[grpc(tag = 11)]
    pub float: f32,
    #[grpc(tag = 12)]
    pub double: f64,
    #[grpc(tag = 13)]
    pub r#bool: bool,
    #[grpc(tag = 14)]
    pub string: String,
    #[grpc(tag = 15)]
    pub vec: Vec<u8>,
    #[grpc(tag = 16)]
    pub bytes: bytes::Bytes,
    #[grpc(tag = 536_870_911)]
    pub last: bool,
}

/// Every scalar, there or not.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "every.v1")]
pub struct Optionals {
    #[grpc(tag = 1)]
    pub int32: Option<i32>,
    #[grpc(tag = 2, int64)]
    pub int64: Option<i64>,
    #[grpc(tag = 3)]
    pub uint32: Option<u32>,
    #[grpc(tag = 4)]
    pub uint64: Option<u64>,
    #[grpc(tag = 5, sint32)]
    pub sint32: Option<i32>,
    #[grpc(tag = 6, sint64)]
    pub sint64: Option<i64>,
    #[grpc(tag = 7, fixed32)]
    pub fixed32: Option<u32>,
    #[grpc(tag = 8, fixed64)]
    pub fixed64: Option<u64>,
    #[grpc(tag = 9, sfixed32)]
    pub sfixed32: Option<i32>,
    #[grpc(tag = 10, sfixed64)]
    pub sfixed64: Option<i64>,
    #[grpc(tag = 11)]
    pub float: Option<f32>,
    #[grpc(tag = 12)]
    pub double: Option<f64>,
    #[grpc(tag = 13)]
    pub r#bool: Option<bool>,
    #[grpc(tag = 14)]
    pub string: Option<String>,
    #[grpc(tag = 15)]
    pub vec: Option<Vec<u8>>,
    #[grpc(tag = 16)]
    pub color: Option<Color>,
    #[grpc(tag = 17)]
    pub leaf: Option<Leaf>,
}

/// Any number of every scalar.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "every.v1")]
pub struct Repeated {
    #[grpc(tag = 1)]
    pub int32: Vec<i32>,
    #[grpc(tag = 2)]
    pub int64: Vec<i64>,
    #[grpc(tag = 3)]
    pub uint32: Vec<u32>,
    #[grpc(tag = 4)]
    pub uint64: Vec<u64>,
    #[grpc(tag = 5, sint32)]
    pub sint32: Vec<i32>,
    #[grpc(tag = 6, sint64)]
    pub sint64: Vec<i64>,
    #[grpc(tag = 7, fixed32)]
    pub fixed32: Vec<u32>,
    #[grpc(tag = 8, fixed64)]
    pub fixed64: Vec<u64>,
    #[grpc(tag = 9, sfixed32)]
    pub sfixed32: Vec<i32>,
    #[grpc(tag = 10, sfixed64)]
    pub sfixed64: Vec<i64>,
    #[grpc(tag = 11)]
    pub float: Vec<f32>,
    #[grpc(tag = 12)]
    pub double: Vec<f64>,
    #[grpc(tag = 13)]
    pub r#bool: Vec<bool>,
    #[grpc(tag = 14)]
    pub string: Vec<String>,
    #[grpc(tag = 15)]
    pub vec: Vec<Vec<u8>>,
    #[grpc(tag = 16)]
    pub color: Vec<Color>,
    #[grpc(tag = 17)]
    pub leaf: Vec<Leaf>,
}

/// Every kind of key, and of value.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "every.v1")]
pub struct Maps {
    #[grpc(tag = 1)]
    pub int32: HashMap<i32, i32>,
    #[grpc(tag = 2)]
    pub int64: BTreeMap<i64, i64>,
    #[grpc(tag = 3)]
    pub uint32: BTreeMap<u32, u32>,
    #[grpc(tag = 4)]
    pub uint64: BTreeMap<u64, u64>,
    #[grpc(tag = 5, key = sint32, value = sint32)]
    pub sint32: BTreeMap<i32, i32>,
    #[grpc(tag = 6, key = sint64, value = sint64)]
    pub sint64: BTreeMap<i64, i64>,
    #[grpc(tag = 7, key = fixed32, value = fixed32)]
    pub fixed32: BTreeMap<u32, u32>,
    #[grpc(tag = 8, key = fixed64, value = fixed64)]
    pub fixed64: BTreeMap<u64, u64>,
    #[grpc(tag = 9, key = sfixed32, value = sfixed32)]
    pub sfixed32: BTreeMap<i32, i32>,
    #[grpc(tag = 10, key = sfixed64, value = sfixed64)]
    pub sfixed64: BTreeMap<i64, i64>,
    #[grpc(tag = 11)]
    pub r#bool: BTreeMap<bool, bool>,
    #[grpc(tag = 12)]
    pub string: BTreeMap<String, String>,
    #[grpc(tag = 13)]
    pub float: BTreeMap<i32, f32>,
    #[grpc(tag = 14)]
    pub double: BTreeMap<i32, f64>,
    #[grpc(tag = 15)]
    pub bytes: BTreeMap<i32, Vec<u8>>,
    #[grpc(tag = 16)]
    pub color: BTreeMap<String, Color>,
    #[grpc(tag = 17)]
    pub by_name: HashMap<String, Leaf>,
}

/// Messages in messages.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "every.v1", reserved = [4, 7..=9, 1000.., "old_name"])]
pub struct Nested {
    /// Always there.
    #[grpc(tag = 1)]
    pub plain: Leaf,
    #[grpc(tag = 2)]
    pub optional: Option<Leaf>,
    /// A tree.
    #[grpc(tag = 3)]
    pub left: Option<Box<Self>>,
    #[grpc(tag = 5)]
    pub children: Vec<Self>,
    #[grpc(tag = 6)]
    pub inner: Option<Inner>,
    #[grpc(tag = 10)]
    pub level: Level,
    #[grpc(tag = 11)]
    pub unit: Option<Nothing>,
    #[grpc(tag = 12)]
    pub place: Option<crate::place::LatLng>,
    #[cfg(any())]
    #[grpc(tag = 1)]
    pub never: Never,
}

/// Declared inside of [`Nested`].
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(nested_in = Nested)]
pub struct Inner {
    #[grpc(tag = 1)]
    pub deep: Option<Deep>,
}

/// Declared inside of [`Inner`].
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(nested_in = Inner)]
pub struct Deep {
    #[grpc(tag = 1)]
    pub text: String,
}

/// Declared inside of [`Nested`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, grpc::Enum)]
#[grpc(nested_in = Nested)]
pub enum Level {
    Unspecified,
    High,
}

/// A message without fields.
#[derive(Clone, Copy, PartialEq, grpc::Message)]
#[grpc(package = "every.v1")]
pub struct Nothing;

/// One text and one number.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "every.v1")]
pub struct Leaf {
    #[grpc(tag = 1)]
    pub text: String,
    #[grpc(tag = 2)]
    pub number: i32,
}

/// An enum that keeps the numbers that it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, grpc::Enum)]
#[grpc(package = "every.v1", reserved = [-2, 90..=99, "COLOR_BLUE"])]
#[repr(i32)]
pub enum Color {
    /// No colour.
    Unspecified = 0,
    /// As blood.
    #[grpc(alias = "COLOR_CRIMSON")]
    Red = 1,
    Green = 2,
    #[deprecated]
    BelowZero = -1,
    #[grpc(name = "COLOR_THE_LAST")]
    Last = 1000,
    #[grpc(unknown)]
    Unknown(i32),
}

/// Oneofs between other fields.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "every.v1")]
pub struct Oneofs {
    #[grpc(tag = 1)]
    pub before: i32,
    /// What it is.
    #[grpc(oneof)]
    pub shape: Option<Shape>,
    #[grpc(tag = 40)]
    pub between: i32,
    #[grpc(oneof)]
    pub other: Option<Other>,
}

/// Every kind of variant.
#[derive(Clone, PartialEq, grpc::Oneof)]
pub enum Shape {
    /// A number.
    #[grpc(tag = 2)]
    Int32(i32),
    #[grpc(tag = 3, sint64)]
    Sint64(i64),
    #[grpc(tag = 4, fixed32)]
    Fixed32(u32),
    #[grpc(tag = 5)]
    Double(f64),
    #[grpc(tag = 6)]
    Bool(bool),
    #[grpc(tag = 7)]
    String(String),
    #[grpc(tag = 8)]
    Bytes(Vec<u8>),
    #[grpc(tag = 9)]
    Leaf(Leaf),
    #[grpc(tag = 10, name = "tree")]
    Oneofs(Box<Oneofs>),
    #[grpc(tag = 11)]
    Color(Color),
    #[grpc(tag = 12)]
    NothingAtAll(()),
}

#[derive(Clone, PartialEq, grpc::Oneof)]
pub enum Other {
    #[grpc(tag = 41)]
    Yes(bool),
    #[grpc(tag = 42)]
    When(SystemTime),
}

/// The types of `google.protobuf`.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "every.v1")]
pub struct WellKnown {
    #[grpc(tag = 1)]
    pub timestamp: Option<types::Timestamp>,
    #[grpc(tag = 2)]
    pub duration: Option<types::Duration>,
    #[grpc(tag = 3)]
    pub any: Option<types::Any>,
    #[grpc(tag = 4)]
    pub r#struct: Option<types::Struct>,
    #[grpc(tag = 5)]
    pub value: Option<types::Value>,
    #[grpc(tag = 6)]
    pub list: Option<types::ListValue>,
    #[grpc(tag = 7)]
    pub mask: Option<types::FieldMask>,
    #[grpc(tag = 8)]
    pub empty: Option<()>,
    #[grpc(tag = 9)]
    pub null: types::NullValue,
    #[grpc(tag = 10)]
    pub time: Option<SystemTime>,
    #[grpc(tag = 11)]
    pub times: Vec<SystemTime>,
    #[grpc(tag = 12)]
    pub span: Option<Duration>,
    #[grpc(tag = 13)]
    pub spans: BTreeMap<String, Duration>,
    #[grpc(tag = 14, wrapper)]
    pub bool_value: Option<bool>,
    #[grpc(tag = 15, wrapper)]
    pub int32_value: Option<i32>,
    #[grpc(tag = 16, wrapper)]
    pub int64_value: Option<i64>,
    #[grpc(tag = 17, wrapper)]
    pub uint32_value: Option<u32>,
    #[grpc(tag = 18, wrapper)]
    pub uint64_value: Option<u64>,
    #[grpc(tag = 19, wrapper)]
    pub float_value: Option<f32>,
    #[grpc(tag = 20, wrapper)]
    pub double_value: Option<f64>,
    #[grpc(tag = 21, wrapper)]
    pub string_value: Option<String>,
    #[grpc(tag = 22, wrapper)]
    pub bytes_value: Option<Vec<u8>>,
    #[grpc(tag = 23, wrapper)]
    pub strings: Vec<String>,
}
