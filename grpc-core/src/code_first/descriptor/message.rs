use prost_types::{
    DescriptorProto, FieldDescriptorProto, FieldOptions, MessageOptions, OneofDescriptorProto,
    descriptor_proto::ReservedRange, field_descriptor_proto::Label,
};

use super::{
    super::{Map, MapKey, OneofType, Value},
    Comment, FieldType, Files, OneofBuilder,
};
use crate::proto_text::default_json_name;

/// What a field is called.
#[derive(Clone, Copy, Debug)]
pub struct FieldName<'a> {
    /// In the .proto.
    pub name: &'a str,
    /// Its number.
    pub tag: u32,
    /// What else is said of it.
    pub comment: Comment<'a>,
}

/// A message's descriptor in the making.
#[derive(Debug)]
pub struct MessageBuilder<'a> {
    files: &'a mut Files,
    /// The one that it is in.
    file: usize,
    /// Its full name.
    name: String,
    pub(super) proto: DescriptorProto,
    /// The oneofs that stand for `optional`; they come after the others.
    synthetic: Vec<usize>,
    /// By the path inside of the message.
    pub(super) comments: Vec<(Vec<i32>, String)>,
}

impl<'a> MessageBuilder<'a> {
    pub(super) fn new(files: &'a mut Files, file: usize, name: String) -> Self {
        Self {
            files,
            file,
            name,
            proto: DescriptorProto::default(),
            synthetic: Vec::new(),
            comments: Vec::new(),
        }
    }

    /// What its doc comment says.
    pub fn docs(&mut self, docs: &str) {
        self.comments.push((Vec::new(), docs.to_owned()));
    }

    /// Nobody should use it any more.
    pub fn deprecated(&mut self) {
        self.proto.options.get_or_insert_default().deprecated = Some(true);
    }

    /// Adds a field that has one value.
    pub fn plain<E, T: Value<E>>(&mut self, name: FieldName) {
        self.add::<E, T>(name, Label::Optional);
    }

    /// Adds a field that has one value or none.
    pub fn optional<E, T: Value<E>>(&mut self, name: FieldName) {
        let index = self.add::<E, T>(name, Label::Optional);
        if !T::PRESENCE {
            self.proto.field[index].proto3_optional = Some(true);
            self.synthetic.push(index);
        }
    }

    /// Adds a field that has any number of values.
    pub fn repeated<E, T: Value<E>>(&mut self, name: FieldName) {
        self.add::<E, T>(name, Label::Repeated);
    }

    /// Adds a map.
    pub fn map<K, V, M: Map>(&mut self, name: FieldName)
    where
        M::Key: MapKey<K>,
        M::Value: Value<V>,
    {
        let entry = format!("{}Entry", upper_camel(name.name));
        let mut fields = Vec::new();
        let types = [M::Key::field_type(self.files), M::Value::field_type(self.files)];
        for (type_, (name, tag)) in types.into_iter().zip([("key", 1), ("value", 2)]) {
            self.files.depend(self.file, &type_);
            fields.push(field(name, tag, type_, Label::Optional));
        }
        self.proto.nested_type.push(DescriptorProto {
            name: Some(entry.clone()),
            field: fields,
            options: Some(MessageOptions {
                map_entry: Some(true),
                ..MessageOptions::default()
            }),
            ..DescriptorProto::default()
        });
        let type_ = FieldType::message(&format!("{}.{entry}", self.name), self.file);
        self.push(name, type_, Label::Repeated);
    }

    /// Adds a oneof with all its fields.
    pub fn oneof<O: OneofType>(&mut self, name: &str, docs: &str) {
        let index = self.proto.oneof_decl.len() as i32;
        self.proto.oneof_decl.push(OneofDescriptorProto {
            name: Some(name.to_owned()),
            options: None,
        });
        self.oneof_docs(index, docs);
        O::describe(&mut OneofBuilder { message: self, index });
    }

    pub(super) fn oneof_docs(&mut self, index: i32, docs: &str) {
        // `DescriptorProto.oneof_decl`
        let path = vec![8, index];
        if !docs.is_empty() && self.comments.iter().all(|(known, _)| *known != path) {
            self.comments.push((path, docs.to_owned()));
        }
    }

    pub(super) fn oneof_field<E, T: Value<E>>(&mut self, name: FieldName, oneof: i32) {
        let index = self.add::<E, T>(name, Label::Optional);
        self.proto.field[index].oneof_index = Some(oneof);
    }

    /// Tags that are not to be used, both ends included.
    pub fn reserve(&mut self, start: i32, end: i32) {
        self.proto.reserved_range.push(ReservedRange {
            start: Some(start),
            end: Some(end + 1),
        });
    }

    /// A name that is not to be used.
    pub fn reserve_name(&mut self, name: &str) {
        self.proto.reserved_name.push(name.to_owned());
    }

    /// `optional` is a oneof of one field, called as the field with an underscore before it.
    pub(super) fn finish(mut self) -> (DescriptorProto, Vec<(Vec<i32>, String)>) {
        for index in self.synthetic {
            let oneof = self.proto.oneof_decl.len() as i32;
            let mut name = format!("_{}", self.proto.field[index].name());
            while is_taken(&self.proto, &name) {
                name.insert(0, 'X');
            }
            self.proto.oneof_decl.push(OneofDescriptorProto {
                name: Some(name),
                options: None,
            });
            self.proto.field[index].oneof_index = Some(oneof);
        }
        (self.proto, self.comments)
    }

    fn add<E, T: Value<E>>(&mut self, name: FieldName, label: Label) -> usize {
        let type_ = T::field_type(self.files);
        self.files.depend(self.file, &type_);
        self.push(name, type_, label)
    }

    fn push(&mut self, name: FieldName, type_: FieldType, label: Label) -> usize {
        let FieldName { name, tag, comment } = name;
        let index = self.proto.field.len();
        // `DescriptorProto.field`
        self.comments
            .push((vec![2, index as i32], comment.docs.to_owned()));
        let mut field = field(name, tag, type_, label);
        if comment.deprecated {
            field.options = Some(FieldOptions {
                deprecated: Some(true),
                ..FieldOptions::default()
            });
        }
        self.proto.field.push(field);
        index
    }
}

fn field(name: &str, tag: u32, type_: FieldType, label: Label) -> FieldDescriptorProto {
    FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(tag.try_into().unwrap_or(i32::MAX)),
        label: Some(label.into()),
        r#type: Some(type_.kind.into()),
        type_name: type_.name,
        json_name: Some(default_json_name(name)),
        ..FieldDescriptorProto::default()
    }
}

fn is_taken(message: &DescriptorProto, name: &str) -> bool {
    let fields = message.field.iter().map(FieldDescriptorProto::name);
    let oneofs = message.oneof_decl.iter().map(OneofDescriptorProto::name);
    fields.chain(oneofs).any(|taken| taken == name)
}

/// As protoc names a map's entry: `by_name` → `ByName`.
fn upper_camel(name: &str) -> String {
    default_json_name(&format!("_{name}"))
}
