use super::Validator;
use crate::proto::{descriptor::Field, symbols::join};

impl Validator<'_> {
    pub(super) fn extension(&mut self, scope: &str, field: &Field, path: &[i32]) {
        self.field(field, path);
        let extendee = field.extendee.trim_start_matches('.');
        let Some((message, _)) = self.pool.message(extendee) else {
            return;
        };
        let number = field.number;
        let mut ranges = message.extension_range.iter();
        if !ranges.any(|range| (range.start..range.end).contains(&number)) {
            let text = format!("'{extendee}' has no extension range with the number {number}");
            self.wrong(path, &[3], text);
        }
        if self.file.is_proto3() && !OPTIONS.contains(&extendee) {
            self.wrong(
                path,
                &[2],
                "proto3 can extend the options of descriptor.proto only",
            );
        }
        let key = (extendee.to_owned(), number);
        let path = [path, &[3]].concat();
        self.extensions.push((key, join(scope, &field.name), path));
    }
}

const OPTIONS: [&str; 11] = [
    "google.protobuf.EnumOptions",
    "google.protobuf.EnumValueOptions",
    "google.protobuf.ExtensionRangeOptions",
    "google.protobuf.FieldOptions",
    "google.protobuf.FileOptions",
    "google.protobuf.MessageOptions",
    "google.protobuf.MethodOptions",
    "google.protobuf.OneofOptions",
    "google.protobuf.ServiceOptions",
    "google.protobuf.StreamOptions",
    "google.protobuf.SourceCodeInfo",
];
