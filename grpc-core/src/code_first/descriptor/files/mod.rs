mod finish;
mod imports;
mod names;
mod slots;

use std::{
    any::{TypeId, type_name},
    collections::{BTreeSet, HashMap},
};

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet, ServiceDescriptorProto,
    field_descriptor_proto::Type,
};

use self::names::{join, usual_path};
use super::{
    super::{EnumType, MessageType},
    Described, EnumBuilder, MessageBuilder,
};

/// The files of a contract in the making: each type that is asked for is added with all that it needs.
#[derive(Debug, Default)]
pub struct Files {
    /// In the order of their first mention.
    files: Vec<File>,
    symbols: HashMap<String, Symbol>,
    problems: Vec<String>,
}

/// Where a type is declared.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// In a package.
    Package {
        /// `tally.v1`; empty for none.
        package: &'static str,
        /// The file's path, if it is not the package's usual one.
        file: Option<&'static str>,
        /// `Step`
        name: &'static str,
    },
    /// In a message.
    Message {
        /// That message's [`MessageType::register`].
        parent: fn(&mut Files) -> FieldType,
        /// Its own name.
        name: &'static str,
    },
    /// In a `.proto` that is there already.
    Proto {
        /// The encoded `FileDescriptorSet`.
        set: &'static [u8],
        /// `google.protobuf.Timestamp`
        name: &'static str,
    },
}

/// A field's type, as a descriptor names it.
#[derive(Clone, Debug)]
pub struct FieldType {
    pub(super) kind: Type,
    /// With a dot in front; for messages and enums.
    pub(super) name: Option<String>,
    /// The file that declares it.
    pub(super) file: Option<usize>,
}

/// What is said of a declaration besides its name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Comment<'a> {
    /// Its doc comment, each line with the space in front.
    pub docs: &'a str,
    /// It has `#[deprecated]`.
    pub deprecated: bool,
}

#[derive(Debug)]
struct File {
    proto: FileDescriptorProto,
    comments: Vec<(Vec<i32>, String)>,
    dependencies: BTreeSet<usize>,
    /// It exists as it is, and nothing is added to it.
    foreign: bool,
}

#[derive(Debug)]
struct Symbol {
    /// `None` for the values of enums.
    id: Option<TypeId>,
    /// What Rust calls it.
    rust: String,
    file: usize,
    /// Where it is in the file, as in `Location.path`.
    path: Vec<i32>,
}

/// Field numbers of descriptors, for `Location.path`.
const FILE_MESSAGE: i32 = 4;
const FILE_ENUM: i32 = 5;
const FILE_SERVICE: i32 = 6;
const MESSAGE_MESSAGE: i32 = 3;
const MESSAGE_ENUM: i32 = 4;

impl Files {
    /// All files that `T` needs.
    ///
    /// # Errors
    /// If no `.proto` can say what the types say: two of them have one name, files import each other in a circle, a
    /// service has messages without a descriptor. The text says all that is wrong, one thing a line.
    pub fn of<T: Described>() -> Result<Self, String> {
        let mut files = Self::default();
        T::describe(&mut files);
        files.finish();
        if files.problems.is_empty() {
            Ok(files)
        } else {
            Err(files.problems.join("\n"))
        }
    }

    /// The files that are written out, the one that declares `T` first.
    pub fn written(&self) -> impl Iterator<Item = &FileDescriptorProto> {
        let written = self.files.iter().filter(|file| !file.foreign);
        written.map(|file| &file.proto)
    }

    /// All files, and those that a file imports before it.
    #[must_use]
    pub fn set(&self) -> FileDescriptorSet {
        let mut order = Vec::new();
        for index in 0..self.files.len() {
            self.visit(index, &mut order);
        }
        let files = order.into_iter().map(|index| self.files[index].proto.clone());
        FileDescriptorSet {
            file: files.collect(),
        }
    }

    fn visit(&self, index: usize, order: &mut Vec<usize>) {
        if order.contains(&index) {
            return;
        }
        for &dependency in &self.files[index].dependencies {
            self.visit(dependency, order);
        }
        order.push(index);
    }

    /// Adds a message, unless it is there.
    pub(in crate::code_first) fn message<M: MessageType>(&mut self) -> FieldType {
        let (name, file, path) = match self.enter::<M>(M::place(), Type::Message) {
            Ok(entered) => entered,
            Err(known) => return known,
        };
        let mut builder = MessageBuilder::new(self, file, name.clone());
        M::describe(&mut builder);
        let (proto, comments) = builder.finish();
        if let Some(slot) = self.slot(file, &path) {
            // The types that are declared in it may have come before its own end.
            let nested = std::mem::take(&mut slot.nested_type);
            let (enums, name) = (std::mem::take(&mut slot.enum_type), slot.name.take());
            let entries = proto.nested_type;
            *slot = DescriptorProto {
                name,
                nested_type: nested.into_iter().chain(entries).collect(),
                enum_type: enums,
                ..DescriptorProto {
                    nested_type: Vec::new(),
                    ..proto
                }
            };
        }
        self.comment(file, &path, comments);
        FieldType::message(&name, file)
    }

    /// Adds an enum, unless it is there.
    pub(in crate::code_first) fn enumeration<E: EnumType>(&mut self) -> FieldType {
        let (name, file, path) = match self.enter::<E>(E::place(), Type::Enum) {
            Ok(entered) => entered,
            Err(known) => return known,
        };
        let mut builder = EnumBuilder::default();
        E::describe(&mut builder);
        let EnumBuilder { proto, comments } = builder;
        let scope = name.rsplit_once('.').map_or("", |(scope, _)| scope);
        for value in &proto.value {
            let name = join(scope, value.name());
            self.claim(&name, None, type_name::<E>(), file, &path);
        }
        let simple = name.rsplit('.').next().unwrap_or_default().to_owned();
        let proto = EnumDescriptorProto {
            name: Some(simple),
            ..proto
        };
        if let Some(slot) = self.enum_slot(file, &path) {
            *slot = proto;
        }
        self.comment(file, &path, comments);
        FieldType {
            kind: Type::Enum,
            ..FieldType::message(&name, file)
        }
    }

    /// Adds a service that has not been built yet; `None` if it is there.
    pub(super) fn enter_service(
        &mut self,
        package: &str,
        file: Option<&str>,
        name: &str,
        id: TypeId,
        rust: &str,
    ) -> Option<(usize, Vec<i32>)> {
        let file = self.file(package, file);
        let full_name = join(package, name);
        let services = &mut self.files[file].proto.service;
        let path = vec![FILE_SERVICE, services.len() as i32];
        if !self.claim(&full_name, Some(id), rust, file, &path) {
            return None;
        }
        self.files[file].proto.service.push(ServiceDescriptorProto {
            name: Some(name.to_owned()),
            ..ServiceDescriptorProto::default()
        });
        Some((file, path))
    }

    pub(super) fn comment(&mut self, file: usize, path: &[i32], comments: Vec<(Vec<i32>, String)>) {
        let comments = comments.into_iter().filter(|(_, text)| !text.is_empty());
        self.files[file].comments.extend(comments.map(|(inner, text)| {
            let path = path.iter().copied().chain(inner).collect();
            (path, text)
        }));
    }

    /// A message that a `.proto` declares.
    pub(in crate::code_first) fn proto_message(&mut self, set: &[u8], name: &str) -> FieldType {
        let file = self.foreign(set, name);
        FieldType::message(name, file)
    }

    pub(super) fn depend(&mut self, file: usize, on: &FieldType) {
        if let Some(dependency) = on.file.filter(|dependency| *dependency != file) {
            self.files[file].dependencies.insert(dependency);
        }
    }

    pub(super) fn problem(&mut self, problem: String) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// A new type's name, file and path in it; or what is known of it.
    fn enter<T: 'static>(
        &mut self,
        place: Place,
        kind: Type,
    ) -> Result<(String, usize, Vec<i32>), FieldType> {
        let (id, rust) = (TypeId::of::<T>(), type_name::<T>());
        let (name, file, path) = match place {
            Place::Package { package, file, name } => {
                let file = self.file(package, file);
                let proto = &self.files[file].proto;
                let path = match kind {
                    Type::Enum => vec![FILE_ENUM, proto.enum_type.len() as i32],
                    _ => vec![FILE_MESSAGE, proto.message_type.len() as i32],
                };
                (join(package, name), file, path)
            }
            Place::Message { parent, name } => {
                let parent = parent(self);
                let full_name = parent.name.unwrap_or_default();
                let full_name = full_name.trim_start_matches('.');
                let symbol = self
                    .symbols
                    .get(full_name)
                    .map(|symbol| (symbol.file, symbol.path.clone()));
                let Some((file, parent_path)) = symbol else {
                    self.problem(format!(
                        "`{rust}` cannot be nested in `{full_name}`, which a .proto declares"
                    ));
                    return Err(FieldType::message(full_name, parent.file.unwrap_or_default()));
                };
                let nested = self.slot(file, &parent_path).map_or([0, 0], |slot| {
                    [slot.nested_type.len(), slot.enum_type.len()].map(|len| len as i32)
                });
                let inner = match kind {
                    Type::Enum => [MESSAGE_ENUM, nested[1]],
                    _ => [MESSAGE_MESSAGE, nested[0]],
                };
                let path = parent_path.into_iter().chain(inner).collect();
                (join(full_name, name), file, path)
            }
            Place::Proto { set, name } => {
                let file = self.foreign(set, name);
                return Err(FieldType {
                    kind,
                    ..FieldType::message(name, file)
                });
            }
        };
        if !self.claim(&name, Some(id), rust, file, &path) {
            let file = self.symbols.get(&name).map_or(file, |symbol| symbol.file);
            return Err(FieldType {
                kind,
                ..FieldType::message(&name, file)
            });
        }
        self.reserve(file, &path, kind, name.rsplit('.').next().unwrap_or_default());
        Ok((name, file, path))
    }

    /// True if the name is new; a problem if it is that of something else.
    fn claim(&mut self, name: &str, id: Option<TypeId>, rust: &str, file: usize, path: &[i32]) -> bool {
        if let Some(known) = self.symbols.get(name) {
            if known.id != id || id.is_none() {
                let problem = format!("`{name}` is the name of `{}` and of `{rust}`", known.rust);
                self.problem(problem);
            }
            return false;
        }
        let symbol = Symbol {
            id,
            rust: rust.to_owned(),
            file,
            path: path.to_owned(),
        };
        self.symbols.insert(name.to_owned(), symbol);
        true
    }

    /// The index of a package's file, which is made if need be.
    fn file(&mut self, package: &str, path: Option<&str>) -> usize {
        let path = path.map_or_else(|| usual_path(package), str::to_owned);
        let known = self.files.iter().position(|file| file.proto.name() == path);
        let Some(index) = known else {
            let proto = FileDescriptorProto {
                name: Some(path),
                package: Some(package.to_owned()).filter(|package| !package.is_empty()),
                syntax: Some("proto3".to_owned()),
                ..FileDescriptorProto::default()
            };
            return self.push(proto, false);
        };
        let file = &self.files[index];
        if file.foreign {
            self.problem(format!(
                "the file `{path}` is a .proto that is there already, and cannot be written out as well"
            ));
        } else if file.proto.package() != package {
            let other = file.proto.package().to_owned();
            self.problem(format!(
                "the file `{path}` cannot be in the package `{other}` and in `{package}`"
            ));
        }
        index
    }

    fn push(&mut self, proto: FileDescriptorProto, foreign: bool) -> usize {
        self.files.push(File {
            proto,
            comments: Vec::new(),
            dependencies: BTreeSet::new(),
            foreign,
        });
        self.files.len() - 1
    }
}

impl FieldType {
    pub(in crate::code_first) fn scalar(kind: Type) -> Self {
        Self {
            kind,
            name: None,
            file: None,
        }
    }

    pub(super) fn message(name: &str, file: usize) -> Self {
        Self {
            kind: Type::Message,
            name: Some(format!(".{name}")),
            file: Some(file),
        }
    }
}
