use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, MethodDescriptorProto,
    ServiceDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

use super::{
    Writer,
    comments::Comments,
    names::{Names, join},
    options::{self, Options, quote},
};

/// The declarations of a file, as they are written one after the other.
pub(super) struct Body<'a> {
    file: &'a FileDescriptorProto,
    names: Names,
    comments: Comments<'a>,
    out: Writer,
}

impl<'a> Body<'a> {
    pub(super) fn new(file: &'a FileDescriptorProto) -> Self {
        Self {
            file,
            names: Names::of(file),
            comments: Comments::of(file),
            out: Writer::default(),
        }
    }

    pub(super) fn into_text(self) -> String {
        self.out.into_text()
    }

    pub(super) fn file(&mut self) {
        let file = self.file;
        self.comments.write_header(&[SYNTAX], &mut self.out);
        self.out.line("syntax = \"proto3\";");
        if !file.package().is_empty() {
            self.out.gap();
            self.comments.write_leading(&[PACKAGE], &mut self.out);
            self.out.line(&format!("package {};", file.package()));
        }
        self.imports();
        self.out.gap();
        if let Some(options) = &file.options {
            self.options(options::of_file(options));
        }
        let package = file.package();
        for (index, service) in numbered(&file.service) {
            self.service(&[FILE_SERVICE, index], service);
        }
        self.extensions(package, &[FILE_EXTENSION], &file.extension);
        for (index, message) in numbered(&file.message_type) {
            self.message(package, &[FILE_MESSAGE, index], message);
        }
        for (index, declared) in numbered(&file.enum_type) {
            self.enumeration(&[FILE_ENUM, index], declared);
        }
    }

    fn imports(&mut self) {
        let has = |indices: &[i32], index: i32| indices.contains(&index);
        let mut imports: Vec<(&str, &str)> = numbered(&self.file.dependency)
            .map(|(index, path)| {
                let kind = match () {
                    () if has(&self.file.public_dependency, index) => "public ",
                    () if has(&self.file.weak_dependency, index) => "weak ",
                    () => "",
                };
                (path.as_str(), kind)
            })
            .collect();
        imports.sort_unstable();
        self.out.gap();
        for (path, kind) in imports {
            self.out.line(&format!("import {kind}{};", quote(path)));
        }
    }

    fn options(&mut self, options: Options) {
        for assignment in options.into_assignments() {
            self.out.line(&format!("option {assignment};"));
        }
    }

    /// Begins a declaration, which is set off from the one before.
    fn apart(&mut self, path: &[i32]) {
        self.out.gap();
        self.comments.write_leading(path, &mut self.out);
    }

    /// Begins one of many alike, which is set off if it has something to say.
    fn among(&mut self, path: &[i32]) {
        if self.comments.lead(path) {
            self.apart(path);
        }
    }

    /// A block of what `inside` writes.
    fn block(&mut self, head: &str, inside: impl FnOnce(&mut Self)) {
        self.out.open(head);
        inside(self);
        self.out.close();
    }

    fn service(&mut self, path: &[i32], service: &ServiceDescriptorProto) {
        let name = join(self.file.package(), service.name());
        self.apart(path);
        self.block(&format!("service {}", service.name()), |body| {
            if let Some(options) = &service.options {
                body.options(options::of_service(options));
                body.out.gap();
            }
            for (index, method) in numbered(&service.method) {
                body.among(&under(path, SERVICE_METHOD, index));
                body.method(&name, method);
            }
        });
    }

    fn method(&mut self, scope: &str, method: &MethodDescriptorProto) {
        let message = |streams: bool, name: &str| {
            let stream = if streams { "stream " } else { "" };
            format!("{stream}{}", self.names.short(scope, name))
        };
        let head = format!(
            "rpc {}({}) returns ({})",
            method.name(),
            message(method.client_streaming(), method.input_type()),
            message(method.server_streaming(), method.output_type()),
        );
        let options = method
            .options
            .as_ref()
            .map(options::of_method)
            .unwrap_or_default();
        if options.is_empty() {
            self.out.line(&format!("{head};"));
        } else {
            self.block(&head, |body| body.options(options));
        }
    }

    fn message(&mut self, scope: &str, path: &[i32], message: &DescriptorProto) {
        let name = join(scope, message.name());
        self.apart(path);
        self.block(&format!("message {}", message.name()), |body| {
            if let Some(options) = &message.options {
                body.options(options::of_message(options));
            }
            let ranges = message.reserved_range.iter();
            body.reserved(
                ranges.map(|range| (range.start(), range.end().saturating_sub(1))),
                LAST_FIELD,
                &message.reserved_name,
            );
            for (index, nested) in numbered(&message.nested_type) {
                if !is_map_entry(nested) {
                    body.message(&name, &under(path, MESSAGE_MESSAGE, index), nested);
                }
            }
            for (index, declared) in numbered(&message.enum_type) {
                body.enumeration(&under(path, MESSAGE_ENUM, index), declared);
            }
            body.out.gap();
            let extensions = [path, &[MESSAGE_EXTENSION]].concat();
            body.extensions(&name, &extensions, &message.extension);
            body.fields(&name, path, message);
        });
    }

    fn fields(&mut self, scope: &str, path: &[i32], message: &DescriptorProto) {
        let mut written = vec![false; message.oneof_decl.len()];
        for (index, field) in numbered(&message.field) {
            let oneof = field.oneof_index.filter(|_| !field.proto3_optional());
            let Some(oneof) = oneof else {
                self.among(&under(path, MESSAGE_FIELD, index));
                self.field(scope, field, Some(message));
                continue;
            };
            let declared = usize::try_from(oneof).unwrap_or_default();
            if std::mem::replace(&mut written[declared], true) {
                continue;
            }
            // Where its first field is.
            let name = message.oneof_decl[declared].name();
            self.apart(&under(path, MESSAGE_ONEOF, oneof));
            self.block(&format!("oneof {name}"), |body| {
                for (index, field) in numbered(&message.field) {
                    if field.oneof_index == Some(oneof) {
                        body.among(&under(path, MESSAGE_FIELD, index));
                        body.field(scope, field, None);
                    }
                }
            });
            self.out.gap();
        }
    }

    /// `message` is where to look for the entries of maps.
    fn field(&mut self, scope: &str, field: &FieldDescriptorProto, message: Option<&DescriptorProto>) {
        let kind = match message.and_then(|message| map_entry(message, field)) {
            Some([key, value]) => {
                let (key, value) = (self.type_of(scope, key), self.type_of(scope, value));
                format!("map<{key}, {value}>")
            }
            None => {
                let label = match field.label() {
                    Label::Repeated => "repeated ",
                    _ if field.proto3_optional() => "optional ",
                    _ => "",
                };
                format!("{label}{}", self.type_of(scope, field))
            }
        };
        let options = options::of_field(field).in_brackets();
        self.out
            .line(&format!("{kind} {} = {}{options};", field.name(), field.number()));
    }

    fn type_of(&self, scope: &str, field: &FieldDescriptorProto) -> String {
        match field.r#type() {
            Type::Message | Type::Enum | Type::Group => self.names.short(scope, field.type_name()),
            scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
        }
    }

    /// Those that follow each other and extend the same are in one block.
    fn extensions(&mut self, scope: &str, path: &[i32], extensions: &[FieldDescriptorProto]) {
        let mut index = 0;
        for block in extensions.chunk_by(|a, b| a.extendee == b.extendee) {
            let extendee = self.names.short(scope, block[0].extendee());
            self.out.gap();
            self.block(&format!("extend {extendee}"), |body| {
                for extension in block {
                    body.among(&[path, &[index]].concat());
                    body.field(scope, extension, None);
                    index += 1;
                }
            });
            self.out.gap();
        }
    }

    fn enumeration(&mut self, path: &[i32], declared: &EnumDescriptorProto) {
        self.apart(path);
        self.block(&format!("enum {}", declared.name()), |body| {
            if let Some(options) = &declared.options {
                body.options(options::of_enum(options));
            }
            let ranges = declared.reserved_range.iter();
            body.reserved(
                ranges.map(|range| (range.start(), range.end())),
                i32::MAX,
                &declared.reserved_name,
            );
            body.out.gap();
            for (index, value) in numbered(&declared.value) {
                body.among(&under(path, ENUM_VALUE, index));
                let options = value
                    .options
                    .as_ref()
                    .map(options::of_enum_value)
                    .unwrap_or_default();
                let options = options.in_brackets();
                body.out
                    .line(&format!("{} = {}{options};", value.name(), value.number()));
            }
        });
    }

    /// The ranges with both their ends, the last number of which is `max`.
    fn reserved(&mut self, ranges: impl Iterator<Item = (i32, i32)>, max: i32, names: &[String]) {
        let ranges: Vec<String> = ranges
            .map(|(start, end)| match end {
                end if end == start => start.to_string(),
                end if end == max => format!("{start} to max"),
                end => format!("{start} to {end}"),
            })
            .collect();
        let names: Vec<String> = names.iter().map(|name| quote(name)).collect();
        for list in [ranges, names].iter().filter(|list| !list.is_empty()) {
            self.out.line(&format!("reserved {};", list.join(", ")));
        }
    }
}

/// The entry's key and value, if the field is a map.
fn map_entry<'m>(
    message: &'m DescriptorProto,
    field: &FieldDescriptorProto,
) -> Option<[&'m FieldDescriptorProto; 2]> {
    if field.r#type() != Type::Message || field.label() != Label::Repeated {
        return None;
    }
    let (_, last) = field.type_name().rsplit_once('.')?;
    let mut nested = message.nested_type.iter();
    let entry = nested.find(|nested| nested.name() == last && is_map_entry(nested))?;
    match &entry.field[..] {
        [key, value] => Some([key, value]),
        _ => None,
    }
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    message
        .options
        .as_ref()
        .is_some_and(|options| options.map_entry())
}

/// With the index that each has in a path.
fn numbered<T>(items: &[T]) -> impl Iterator<Item = (i32, &T)> {
    (0..).zip(items)
}

fn under(path: &[i32], field: i32, index: i32) -> Vec<i32> {
    [path, &[field, index]].concat()
}

/// The largest number of a field.
const LAST_FIELD: i32 = (1 << 29) - 1;

// The numbers of descriptor.proto's fields, of which paths are made.
const PACKAGE: i32 = 2;
const FILE_MESSAGE: i32 = 4;
const FILE_ENUM: i32 = 5;
const FILE_SERVICE: i32 = 6;
const FILE_EXTENSION: i32 = 7;
const SYNTAX: i32 = 12;
const MESSAGE_FIELD: i32 = 2;
const MESSAGE_MESSAGE: i32 = 3;
const MESSAGE_ENUM: i32 = 4;
const MESSAGE_EXTENSION: i32 = 6;
const MESSAGE_ONEOF: i32 = 8;
const ENUM_VALUE: i32 = 2;
const SERVICE_METHOD: i32 = 2;
