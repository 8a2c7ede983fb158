//! Files that have been read, with what they declare by name.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use super::{
    descriptor::{Enum, Field, File, FileSet, Message},
    mistake::Wrong,
    symbols::{Kind, Symbols},
    wire::Message as _,
};

#[derive(Default)]
pub(crate) struct Pool {
    pub(crate) files: Vec<File>,
    pub(crate) symbols: Symbols,
    /// The indices of files by their names.
    pub(crate) indices: HashMap<String, usize>,
    /// The names of extensions by what they extend and their numbers.
    pub(crate) extensions: HashMap<(String, i32), String>,
}

/// A field that options may set.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) field: &'a Field,
    pub(crate) is_proto3: bool,
}

impl Pool {
    /// The files that the file at `index` imports, and those that they import for others.
    pub(crate) fn visible(&self, index: usize, file: &File) -> HashSet<usize> {
        let mut visible = HashSet::from([index]);
        let mut next = self.named(&file.dependency);
        while let Some(index) = next.pop() {
            if visible.insert(index) {
                let file = &self.files[index];
                let public = file.public_dependency.iter();
                let names = public.filter_map(|at| file.dependency.get(usize::try_from(*at).ok()?));
                next.extend(self.named(names));
            }
        }
        visible
    }

    fn named<'a>(&self, names: impl IntoIterator<Item = &'a String>) -> Vec<usize> {
        let indices = names.into_iter().map(|name| self.indices.get(name));
        indices.flatten().copied().collect()
    }

    /// Adds the names of a file, the index of which is that of the next.
    pub(crate) fn declare(&mut self, file: &File) -> Vec<Wrong> {
        let index = self.files.len();
        let visible = self.visible(index, file);
        self.symbols.declare(file, visible)
    }

    pub(crate) fn add(&mut self, file: File) -> usize {
        let index = self.files.len();
        self.indices.insert(file.name.clone(), index);
        self.files.push(file);
        index
    }

    /// The message of this whole name, in any file; those of options are there in any case.
    pub(crate) fn message(&self, name: &str) -> Option<(&Message, &File)> {
        let here = self.symbols.anywhere(name);
        let Some(symbol) = here else {
            let is_here = std::ptr::eq(self, &*SCHEMA);
            return if is_here { None } else { SCHEMA.message(name) };
        };
        let Kind::Message(path) = &symbol.kind else {
            return None;
        };
        let file = &self.files[symbol.file];
        Some((message_at(file, path)?, file))
    }

    pub(crate) fn enumeration(&self, name: &str) -> Option<(&Enum, &File)> {
        let here = self.symbols.anywhere(name);
        let Some(symbol) = here else {
            let is_here = std::ptr::eq(self, &*SCHEMA);
            return if is_here { None } else { SCHEMA.enumeration(name) };
        };
        let Kind::Enum(path, index) = &symbol.kind else {
            return None;
        };
        let file = &self.files[symbol.file];
        let enums = match message_at(file, path) {
            Some(message) => &message.enum_type,
            None => &file.enum_type,
        };
        Some((enums.get(*index)?, file))
    }

    /// The extension that is called so inside of `scope`.
    pub(crate) fn extension(&self, file: usize, scope: &str, name: &str) -> Result<Known<'_>, String> {
        let is_extension = |kind: &Kind| matches!(kind, Kind::Extension(..));
        let found = self.symbols.resolve(file, scope, name, is_extension);
        let (whole, symbol) = found.map_err(|unknown| unknown.0)?;
        let Kind::Extension(path, index) = &symbol.kind else {
            return Err(format!("'{whole}' is not an extension"));
        };
        let file = &self.files[symbol.file];
        let extensions = match message_at(file, path) {
            Some(message) => &message.extension,
            None => &file.extension,
        };
        Ok(Known {
            field: &extensions[*index],
            is_proto3: file.is_proto3(),
        })
    }
}

fn message_at<'a>(file: &'a File, path: &[usize]) -> Option<&'a Message> {
    let (first, rest) = path.split_first()?;
    let first = file.message_type.get(*first);
    rest.iter()
        .try_fold(first?, |message, index| message.nested_type.get(*index))
}

/// The files that are there without being anywhere: `google/protobuf/*.proto`.
pub(crate) fn well_known(name: &str) -> Option<File> {
    let mut files = WELL_KNOWN.iter();
    files.find(|file| file.name == name).cloned()
}

static WELL_KNOWN: LazyLock<Vec<File>> =
    LazyLock::new(|| FileSet::decode(include_bytes!("well_known.bin")).file);

/// What options there are, for files that do not import `descriptor.proto`.
static SCHEMA: LazyLock<Pool> = LazyLock::new(|| {
    let mut pool = Pool::default();
    if let Some(file) = well_known("google/protobuf/descriptor.proto") {
        pool.declare(&file);
        pool.add(file);
    }
    pool
});
