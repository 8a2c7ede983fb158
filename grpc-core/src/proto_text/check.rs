use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

use super::names::join;

/// Says why this cannot be written as proto3, if it cannot.
pub(super) fn check(file: &FileDescriptorProto) -> Result<(), String> {
    match file.syntax() {
        "proto3" => {}
        "" | "proto2" => return Err("it is proto2, and only proto3 can be printed".to_owned()),
        other => return Err(format!("its syntax is {other:?}, and only proto3 can be printed")),
    }
    let imports = file.dependency.len();
    let indices = file.public_dependency.iter().chain(&file.weak_dependency);
    if let Some(index) = indices.copied().find(|&index| index_of(index) >= imports) {
        return Err(format!("its import {index} is not there"));
    }
    file.extension
        .iter()
        .try_for_each(|extension| field(file.package(), extension, &[]))?;
    file.message_type
        .iter()
        .try_for_each(|message| check_message(file.package(), message))
}

fn check_message(scope: &str, message: &DescriptorProto) -> Result<(), String> {
    let scope = join(scope, message.name());
    if !message.extension_range.is_empty() {
        return Err(format!("{scope} has extension ranges, and proto3 has none"));
    }
    let oneofs: Vec<_> = message.oneof_decl.iter().map(|oneof| oneof.name()).collect();
    for (index, oneof) in oneofs.iter().enumerate() {
        let mut fields = message.field.iter();
        if !fields.any(|field| field.oneof_index.is_some_and(|at| index_of(at) == index)) {
            return Err(format!("{scope}.{oneof} is a oneof without fields"));
        }
    }
    message
        .extension
        .iter()
        .chain(&message.field)
        .try_for_each(|one| field(&scope, one, &oneofs))?;
    message
        .nested_type
        .iter()
        .try_for_each(|nested| check_message(&scope, nested))
}

fn field(scope: &str, field: &FieldDescriptorProto, oneofs: &[&str]) -> Result<(), String> {
    let name = join(scope, field.name());
    let kind = field.r#type.and_then(|kind| Type::try_from(kind).ok());
    match kind {
        None => return Err(format!("{name} has no type")),
        Some(Type::Group) => return Err(format!("{name} is a group, and proto3 has none")),
        Some(Type::Message | Type::Enum) if field.type_name().is_empty() => {
            return Err(format!("{name} has no type"));
        }
        Some(_) => {}
    }
    if field.label == Some(Label::Required as i32) {
        return Err(format!("{name} is required, and proto3 has no such fields"));
    }
    if field.default_value.is_some() {
        return Err(format!("{name} has a default value, and proto3 has none"));
    }
    match field.oneof_index {
        Some(index) if index_of(index) >= oneofs.len() => {
            Err(format!("{name} is in a oneof that is not there"))
        }
        None if field.proto3_optional() && field.extendee.is_none() => {
            Err(format!("{name} is optional, and in no oneof of its own"))
        }
        _ => Ok(()),
    }
}

fn index_of(index: i32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}
