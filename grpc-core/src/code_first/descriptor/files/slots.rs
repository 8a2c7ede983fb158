//! The places of types in their files.

use prost_types::{
    DescriptorProto, EnumDescriptorProto, ServiceDescriptorProto, field_descriptor_proto::Type,
};

use super::Files;

impl Files {
    /// Keeps the place of a type that is not known yet, so that types come in the order of their first mention.
    pub(super) fn reserve(&mut self, file: usize, path: &[i32], kind: Type, name: &str) {
        let name = Some(name.to_owned());
        let message = DescriptorProto {
            name: name.clone(),
            ..DescriptorProto::default()
        };
        let enumeration = EnumDescriptorProto {
            name,
            ..EnumDescriptorProto::default()
        };
        let is_enum = kind == Type::Enum;
        match path {
            [_, _] if is_enum => self.files[file].proto.enum_type.push(enumeration),
            [_, _] => self.files[file].proto.message_type.push(message),
            [parent @ .., _, _] => match self.slot(file, parent) {
                Some(slot) if is_enum => slot.enum_type.push(enumeration),
                Some(slot) => slot.nested_type.push(message),
                None => {}
            },
            _ => {}
        }
    }

    pub(super) fn slot(&mut self, file: usize, path: &[i32]) -> Option<&mut DescriptorProto> {
        let mut indices = path
            .chunks(2)
            .filter_map(|step| usize::try_from(*step.get(1)?).ok());
        let outermost = indices.next()?;
        let slot = self.files[file].proto.message_type.get_mut(outermost)?;
        indices.try_fold(slot, |slot, index| slot.nested_type.get_mut(index))
    }

    pub(super) fn enum_slot(&mut self, file: usize, path: &[i32]) -> Option<&mut EnumDescriptorProto> {
        let (parent, step) = path.split_at_checked(path.len().checked_sub(2)?)?;
        let index = usize::try_from(*step.get(1)?).ok()?;
        if parent.is_empty() {
            self.files[file].proto.enum_type.get_mut(index)
        } else {
            self.slot(file, parent)?.enum_type.get_mut(index)
        }
    }

    pub(in super::super) fn service_slot(
        &mut self,
        file: usize,
        path: &[i32],
    ) -> Option<&mut ServiceDescriptorProto> {
        let index = usize::try_from(*path.last()?).ok()?;
        self.files[file].proto.service.get_mut(index)
    }
}
