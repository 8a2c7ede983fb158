//! The messages of `every.rs` with prost's own derive, field by field.

use std::collections::BTreeMap;

#[derive(Clone, PartialEq, prost::Message)]
pub struct Scalars {
    #[prost(int32, tag = "1")]
    pub int32: i32,
    #[prost(int64, tag = "2")]
    pub int64: i64,
    #[prost(uint32, tag = "3")]
    pub uint32: u32,
    #[prost(uint64, tag = "4")]
    pub uint64: u64,
    #[prost(sint32, tag = "5")]
    pub sint32: i32,
    #[prost(sint64, tag = "6")]
    pub sint64: i64,
    #[prost(fixed32, tag = "7")]
    pub fixed32: u32,
    #[prost(fixed64, tag = "8")]
    pub fixed64: u64,
    #[prost(sfixed32, tag = "9")]
    pub sfixed32: i32,
    #[prost(sfixed64, tag = "10")]
    pub sfixed64: i64,
    #[prost(float, tag = "11")]
    pub float: f32,
    #[prost(double, tag = "12")]
    pub double: f64,
    #[prost(bool, tag = "13")]
    pub r#bool: bool,
    #[prost(string, tag = "14")]
    pub string: String,
    #[prost(bytes = "vec", tag = "15")]
    pub vec: Vec<u8>,
    #[prost(bytes = "bytes", tag = "16")]
    pub bytes: bytes::Bytes,
    #[prost(bool, tag = "536870911")]
    pub last: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Optionals {
    #[prost(int32, optional, tag = "1")]
    pub int32: Option<i32>,
    #[prost(int64, optional, tag = "2")]
    pub int64: Option<i64>,
    #[prost(uint32, optional, tag = "3")]
    pub uint32: Option<u32>,
    #[prost(uint64, optional, tag = "4")]
    pub uint64: Option<u64>,
    #[prost(sint32, optional, tag = "5")]
    pub sint32: Option<i32>,
    #[prost(sint64, optional, tag = "6")]
    pub sint64: Option<i64>,
    #[prost(fixed32, optional, tag = "7")]
    pub fixed32: Option<u32>,
    #[prost(fixed64, optional, tag = "8")]
    pub fixed64: Option<u64>,
    #[prost(sfixed32, optional, tag = "9")]
    pub sfixed32: Option<i32>,
    #[prost(sfixed64, optional, tag = "10")]
    pub sfixed64: Option<i64>,
    #[prost(float, optional, tag = "11")]
    pub float: Option<f32>,
    #[prost(double, optional, tag = "12")]
    pub double: Option<f64>,
    #[prost(bool, optional, tag = "13")]
    pub r#bool: Option<bool>,
    #[prost(string, optional, tag = "14")]
    pub string: Option<String>,
    #[prost(bytes = "vec", optional, tag = "15")]
    pub vec: Option<Vec<u8>>,
    #[prost(int32, optional, tag = "16")]
    pub color: Option<i32>,
    #[prost(message, optional, tag = "17")]
    pub leaf: Option<Leaf>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Repeated {
    #[prost(int32, repeated, tag = "1")]
    pub int32: Vec<i32>,
    #[prost(int64, repeated, tag = "2")]
    pub int64: Vec<i64>,
    #[prost(uint32, repeated, tag = "3")]
    pub uint32: Vec<u32>,
    #[prost(uint64, repeated, tag = "4")]
    pub uint64: Vec<u64>,
    #[prost(sint32, repeated, tag = "5")]
    pub sint32: Vec<i32>,
    #[prost(sint64, repeated, tag = "6")]
    pub sint64: Vec<i64>,
    #[prost(fixed32, repeated, tag = "7")]
    pub fixed32: Vec<u32>,
    #[prost(fixed64, repeated, tag = "8")]
    pub fixed64: Vec<u64>,
    #[prost(sfixed32, repeated, tag = "9")]
    pub sfixed32: Vec<i32>,
    #[prost(sfixed64, repeated, tag = "10")]
    pub sfixed64: Vec<i64>,
    #[prost(float, repeated, tag = "11")]
    pub float: Vec<f32>,
    #[prost(double, repeated, tag = "12")]
    pub double: Vec<f64>,
    #[prost(bool, repeated, tag = "13")]
    pub r#bool: Vec<bool>,
    #[prost(string, repeated, tag = "14")]
    pub string: Vec<String>,
    #[prost(bytes = "vec", repeated, tag = "15")]
    pub vec: Vec<Vec<u8>>,
    #[prost(int32, repeated, tag = "16")]
    pub color: Vec<i32>,
    #[prost(message, repeated, tag = "17")]
    pub leaf: Vec<Leaf>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Maps {
    #[prost(btree_map = "int32, int32", tag = "1")]
    pub int32: BTreeMap<i32, i32>,
    #[prost(btree_map = "int64, int64", tag = "2")]
    pub int64: BTreeMap<i64, i64>,
    #[prost(btree_map = "uint32, uint32", tag = "3")]
    pub uint32: BTreeMap<u32, u32>,
    #[prost(btree_map = "uint64, uint64", tag = "4")]
    pub uint64: BTreeMap<u64, u64>,
    #[prost(btree_map = "sint32, sint32", tag = "5")]
    pub sint32: BTreeMap<i32, i32>,
    #[prost(btree_map = "sint64, sint64", tag = "6")]
    pub sint64: BTreeMap<i64, i64>,
    #[prost(btree_map = "fixed32, fixed32", tag = "7")]
    pub fixed32: BTreeMap<u32, u32>,
    #[prost(btree_map = "fixed64, fixed64", tag = "8")]
    pub fixed64: BTreeMap<u64, u64>,
    #[prost(btree_map = "sfixed32, sfixed32", tag = "9")]
    pub sfixed32: BTreeMap<i32, i32>,
    #[prost(btree_map = "sfixed64, sfixed64", tag = "10")]
    pub sfixed64: BTreeMap<i64, i64>,
    #[prost(btree_map = "bool, bool", tag = "11")]
    pub r#bool: BTreeMap<bool, bool>,
    #[prost(btree_map = "string, string", tag = "12")]
    pub string: BTreeMap<String, String>,
    #[prost(btree_map = "int32, float", tag = "13")]
    pub float: BTreeMap<i32, f32>,
    #[prost(btree_map = "int32, double", tag = "14")]
    pub double: BTreeMap<i32, f64>,
    #[prost(btree_map = "int32, bytes", tag = "15")]
    pub bytes: BTreeMap<i32, Vec<u8>>,
    #[prost(btree_map = "string, int32", tag = "16")]
    pub color: BTreeMap<String, i32>,
    #[prost(btree_map = "string, message", tag = "17")]
    pub by_name: BTreeMap<String, Leaf>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Nested {
    #[prost(message, required, tag = "1")]
    pub plain: Leaf,
    #[prost(message, optional, tag = "2")]
    pub optional: Option<Leaf>,
    #[prost(message, optional, boxed, tag = "3")]
    pub left: Option<Box<Self>>,
    #[prost(message, repeated, tag = "5")]
    pub children: Vec<Self>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Leaf {
    #[prost(string, tag = "1")]
    pub text: String,
    #[prost(int32, tag = "2")]
    pub number: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Oneofs {
    #[prost(int32, tag = "1")]
    pub before: i32,
    #[prost(oneof = "Shape", tags = "2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12")]
    pub shape: Option<Shape>,
    #[prost(int32, tag = "40")]
    pub between: i32,
    #[prost(oneof = "Other", tags = "41, 42")]
    pub other: Option<Other>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Shape {
    #[prost(int32, tag = "2")]
    Int32(i32),
    #[prost(sint64, tag = "3")]
    Sint64(i64),
    #[prost(fixed32, tag = "4")]
    Fixed32(u32),
    #[prost(double, tag = "5")]
    Double(f64),
    #[prost(bool, tag = "6")]
    Bool(bool),
    #[prost(string, tag = "7")]
    String(String),
    #[prost(bytes = "vec", tag = "8")]
    Bytes(Vec<u8>),
    #[prost(message, tag = "9")]
    Leaf(Leaf),
    #[prost(message, tag = "10")]
    Oneofs(Box<Oneofs>),
    #[prost(int32, tag = "11")]
    Color(i32),
    #[prost(message, tag = "12")]
    NothingAtAll(()),
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Other {
    #[prost(bool, tag = "41")]
    Yes(bool),
    #[prost(message, tag = "42")]
    When(grpc::types::Timestamp),
}
