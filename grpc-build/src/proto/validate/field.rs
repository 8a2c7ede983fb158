use super::Validator;
use crate::proto::descriptor::{Field, PACKED, kind};

impl Validator<'_> {
    /// A field, or an extension.
    pub(super) fn field(&mut self, field: &Field, path: &[i32]) {
        if (19_000..20_000).contains(&field.number) {
            let text = "the numbers from 19000 to 19999 are reserved for implementations of protobuf";
            self.wrong(path, &[3], text);
        }
        if field.options.is_set(PACKED) && !field.is_packable() {
            let text = format!(
                "'{}' cannot be packed: only repeated numbers, enums and bools can",
                field.name
            );
            self.wrong(path, &[8], text);
        }
        let has_presence = field.is_repeated() || field.oneof_index.is_some() || !field.extendee.is_empty();
        if field.kind == kind::ENUM && self.file.is_proto3() && !has_presence {
            self.open_enum(field, path);
        }
    }

    /// What is absent is the enum's zero, which only those of proto3 are sure to have.
    fn open_enum(&mut self, field: &Field, path: &[i32]) {
        let name = field.type_name.get(1..).unwrap_or_default();
        if let Some((_, file)) = self.pool.enumeration(name)
            && !file.is_proto3()
        {
            let text = format!(
                "enum '{name}' is of proto2: a field of proto3 has to be optional or repeated to be of it"
            );
            self.wrong(path, &[6], text);
        }
    }
}
