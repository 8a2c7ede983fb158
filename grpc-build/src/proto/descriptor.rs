//! What a `.proto` declares, as `google/protobuf/descriptor.proto` has it.

use super::{
    option::Setting,
    wire::{self, Fields, Packed, Wire, messages},
};

messages! {
    /// `FileDescriptorSet`
    FileSet {
        1 file: Vec<File>,
    }

    /// `FileDescriptorProto`
    File {
        1 name: String,
        2 package: String,
        3 dependency: Vec<String>,
        4 message_type: Vec<Message>,
        5 enum_type: Vec<Enum>,
        6 service: Vec<Service>,
        7 extension: Vec<Field>,
        8 options: Options,
        9 source_code_info: Option<SourceInfo>,
        10 public_dependency: Vec<i32>,
        11 weak_dependency: Vec<i32>,
        12 syntax: String,
    }

    /// `DescriptorProto`
    Message {
        1 name: String,
        2 field: Vec<Field>,
        3 nested_type: Vec<Message>,
        4 enum_type: Vec<Enum>,
        5 extension_range: Vec<ExtensionRange>,
        6 extension: Vec<Field>,
        7 options: Options,
        8 oneof_decl: Vec<Oneof>,
        9 reserved_range: Vec<Range>,
        10 reserved_name: Vec<String>,
    }

    /// `DescriptorProto.ExtensionRange`
    ExtensionRange {
        1 start: i32,
        2 end: i32,
        3 options: Options,
    }

    /// `DescriptorProto.ReservedRange`, without its end, and `EnumDescriptorProto.EnumReservedRange`, with it.
    Range {
        1 start: i32,
        2 end: i32,
    }

    /// `FieldDescriptorProto`
    Field {
        1 name: String,
        2 extendee: String,
        3 number: i32,
        4 label: i32,
        5 kind: i32,
        6 type_name: String,
        7 default_value: Option<String>,
        8 options: Options,
        9 oneof_index: Option<i32>,
        10 json_name: String,
        17 proto3_optional: bool,
    }

    /// `OneofDescriptorProto`
    Oneof {
        1 name: String,
        2 options: Options,
    }

    /// `EnumDescriptorProto`
    Enum {
        1 name: String,
        2 value: Vec<EnumValue>,
        3 options: Options,
        4 reserved_range: Vec<Range>,
        5 reserved_name: Vec<String>,
    }

    /// `EnumValueDescriptorProto`
    EnumValue {
        1 name: String,
        2 number: i32,
        3 options: Options,
    }

    /// `ServiceDescriptorProto`
    Service {
        1 name: String,
        2 method: Vec<Method>,
        3 options: Options,
    }

    /// `MethodDescriptorProto`
    Method {
        1 name: String,
        2 input_type: String,
        3 output_type: String,
        4 options: Options,
        5 client_streaming: bool,
        6 server_streaming: bool,
    }

    /// `SourceCodeInfo`
    SourceInfo {
        1 location: Vec<Location>,
    }

    /// `SourceCodeInfo.Location`
    Location {
        1 path: Packed,
        2 span: Packed,
        3 leading_comments: String,
        4 trailing_comments: String,
        6 leading_detached_comments: Vec<String>,
    }
}

/// `FieldDescriptorProto.Type`
pub(crate) mod kind {
    pub(crate) const DOUBLE: i32 = 1;
    pub(crate) const FLOAT: i32 = 2;
    pub(crate) const INT64: i32 = 3;
    pub(crate) const UINT64: i32 = 4;
    pub(crate) const INT32: i32 = 5;
    pub(crate) const FIXED64: i32 = 6;
    pub(crate) const FIXED32: i32 = 7;
    pub(crate) const BOOL: i32 = 8;
    pub(crate) const STRING: i32 = 9;
    pub(crate) const GROUP: i32 = 10;
    pub(crate) const MESSAGE: i32 = 11;
    pub(crate) const BYTES: i32 = 12;
    pub(crate) const UINT32: i32 = 13;
    pub(crate) const ENUM: i32 = 14;
    pub(crate) const SFIXED32: i32 = 15;
    pub(crate) const SFIXED64: i32 = 16;
    pub(crate) const SINT32: i32 = 17;
    pub(crate) const SINT64: i32 = 18;

    /// The keywords of types.
    pub(crate) const NAMES: [(&str, i32); 15] = [
        ("double", DOUBLE),
        ("float", FLOAT),
        ("int64", INT64),
        ("uint64", UINT64),
        ("int32", INT32),
        ("fixed64", FIXED64),
        ("fixed32", FIXED32),
        ("bool", BOOL),
        ("string", STRING),
        ("bytes", BYTES),
        ("uint32", UINT32),
        ("sfixed32", SFIXED32),
        ("sfixed64", SFIXED64),
        ("sint32", SINT32),
        ("sint64", SINT64),
    ];

    /// As errors call it.
    pub(crate) fn name(kind: i32) -> &'static str {
        match kind {
            GROUP => "group",
            MESSAGE => "message",
            ENUM => "enum",
            kind => NAMES
                .iter()
                .find(|known| known.1 == kind)
                .map_or("", |known| known.0),
        }
    }
}

/// `FieldDescriptorProto.Label`
pub(crate) mod label {
    pub(crate) const OPTIONAL: i32 = 1;
    pub(crate) const REQUIRED: i32 = 2;
    pub(crate) const REPEATED: i32 = 3;
}

/// The options of a declaration: as they are written at first, and encoded once it is known what they mean.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) settings: Vec<Setting>,
    pub(crate) encoded: Option<Vec<u8>>,
}

impl Options {
    /// The number or truth of an option that is not an extension.
    pub(crate) fn number(&self, option: u32) -> Option<u64> {
        let found = Fields(self.encoded.as_deref()?).filter(|field| field.number == option);
        found.last().and_then(|field| match field.wire {
            Wire::Varint(value) => Some(value),
            Wire::Bytes(_) | Wire::Fixed => None,
        })
    }

    pub(crate) fn is_set(&self, option: u32) -> bool {
        self.number(option) == Some(1)
    }
}

impl wire::Value for Options {
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        if let Some(encoded) = &self.encoded {
            wire::put_bytes(number, encoded, out);
        }
    }

    fn take(&mut self, wire: Wire<'_>) {
        if let Wire::Bytes(bytes) = wire {
            self.encoded = Some(bytes.to_owned());
        }
    }
}

impl File {
    pub(crate) fn is_proto3(&self) -> bool {
        self.syntax == "proto3"
    }
}

impl Field {
    pub(crate) fn is_repeated(&self) -> bool {
        self.label == label::REPEATED
    }

    /// True if it is written with its length in front, or as a group.
    pub(crate) fn is_packable(&self) -> bool {
        self.is_repeated()
            && !matches!(
                self.kind,
                kind::STRING | kind::BYTES | kind::MESSAGE | kind::GROUP
            )
    }
}

/// `MessageOptions.message_set_wire_format`
pub(crate) const MESSAGE_SET: u32 = 1;
/// `MessageOptions.map_entry`
pub(crate) const MAP_ENTRY: u32 = 7;
/// `EnumOptions.allow_alias`
pub(crate) const ALLOW_ALIAS: u32 = 2;
/// `FieldOptions.packed`
pub(crate) const PACKED: u32 = 2;
