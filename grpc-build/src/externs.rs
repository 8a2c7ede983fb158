use prost_types::{DescriptorProto, FileDescriptorProto};

use crate::{builder::Builder, error::Error, names};

/// Types that come from elsewhere: the user's `extern_paths`, and `google.protobuf` in prost-types.
pub(crate) struct Externs {
    /// Paths of packages and types, with the dot in front, and what they are in Rust.
    paths: Vec<(String, String)>,
    has_well_known: bool,
}

/// What of `google.protobuf` is not a type of prost-types.
const WELL_KNOWN: [(&str, &str); 8] = [
    ("BoolValue", "bool"),
    ("DoubleValue", "f64"),
    ("Empty", "()"),
    ("FloatValue", "f32"),
    ("Int32Value", "i32"),
    ("Int64Value", "i64"),
    ("UInt32Value", "u32"),
    ("UInt64Value", "u64"),
];

impl Externs {
    /// # Errors
    /// A proto path that is not one, or is there twice.
    pub(crate) fn new(options: &Builder) -> Result<Self, Error> {
        const PACKAGE: &str = ".google.protobuf";

        let mut paths: Vec<(String, String)> = Vec::new();
        for (proto, rust) in &options.extern_paths {
            if !proto.starts_with('.') {
                return Err(Error::new(format!(
                    "extern path `{proto}`: write `.{proto}`, with the dot in front"
                )));
            }
            if rust.contains("::") && rust.starts_with(is_name) && !rust.starts_with("crate::") {
                return Err(Error::new(format!(
                    "extern path `{rust}`: the generated code is in modules of its own, write `::{rust}` or \
                     `crate::{rust}`"
                )));
            }
            if paths.iter().any(|(known, _)| known == proto) {
                return Err(Error::new(format!("extern path `{proto}` is given twice")));
            }
            paths.push((proto.clone(), rust.clone()));
        }
        let has_well_known = !paths
            .iter()
            .any(|(proto, _)| proto == PACKAGE || proto == ".google");
        if has_well_known {
            let private = format!("{}::__private", options.runtime);
            let others = [
                ("BytesValue", format!("{private}::prost::alloc::vec::Vec<u8>")),
                ("StringValue", format!("{private}::prost::alloc::string::String")),
            ];
            let types = WELL_KNOWN
                .iter()
                .map(|&(name, rust)| (name, rust.to_owned()))
                .chain(others);
            let types = types.map(|(name, rust)| (format!("{PACKAGE}.{name}"), rust));
            let package = (PACKAGE.to_owned(), format!("{private}::prost_types"));
            for (proto, rust) in types.chain([package]) {
                if !paths.iter().any(|(known, _)| *known == proto) {
                    paths.push((proto, rust));
                }
            }
        }
        Ok(Self {
            paths,
            has_well_known,
        })
    }

    /// True if `google.protobuf` is that of prost-types.
    pub(crate) fn has_well_known(&self) -> bool {
        self.has_well_known
    }

    /// True if what is at `proto`, with the dot in front, is not generated.
    pub(crate) fn covers(&self, proto: &str) -> bool {
        self.paths.iter().any(|(path, _)| rest(proto, path).is_some())
    }

    /// Every message and enum in `files` that is extern, with its path in Rust.
    pub(crate) fn types(&self, files: &[FileDescriptorProto]) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for file in files {
            let package = if file.package().is_empty() {
                String::new()
            } else {
                format!(".{}", file.package())
            };
            all.extend(
                file.enum_type
                    .iter()
                    .map(|enumeration| format!("{package}.{}", enumeration.name())),
            );
            for message in &file.message_type {
                collect(&package, message, &mut all);
            }
        }
        all.into_iter()
            .filter_map(|proto| self.resolve(&proto).map(|rust| (proto, rust)))
            .collect()
    }

    /// By the longest path that it is under.
    fn resolve(&self, proto: &str) -> Option<String> {
        let covering = self
            .paths
            .iter()
            .filter_map(|(path, rust)| Some((path.len(), rest(proto, path)?, rust)));
        let (_, rest, rust) = covering.max_by_key(|&(len, ..)| len)?;
        if rest.is_empty() {
            return Some(rust.clone());
        }
        let (modules, name) = rest.rsplit_once('.').unwrap_or(("", rest));
        let modules = names::modules(modules)
            .into_iter()
            .chain([names::upper_camel(name)]);
        Some(modules.fold(rust.clone(), |path, part| format!("{path}::{part}")))
    }
}

fn is_name(first: char) -> bool {
    first.is_alphanumeric() || first == '_'
}

/// What is left of `proto` below `path`.
fn rest<'a>(proto: &'a str, path: &str) -> Option<&'a str> {
    let rest = proto.strip_prefix(path.trim_end_matches('.'))?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_prefix('.')
    }
}

fn collect(parent: &str, message: &DescriptorProto, all: &mut Vec<String>) {
    let name = format!("{parent}.{}", message.name());
    all.extend(
        message
            .enum_type
            .iter()
            .map(|enumeration| format!("{name}.{}", enumeration.name())),
    );
    for nested in &message.nested_type {
        collect(&name, nested, all);
    }
    all.push(name);
}
