//! The names that files declare, and the rules by which they are looked up.

use std::collections::{HashMap, HashSet};

use super::{
    descriptor::{Enum, File, Message},
    mistake::Wrong,
};

/// All names of all files.
#[derive(Default)]
pub(crate) struct Symbols {
    names: HashMap<String, Symbol>,
    /// The files of each package, and of those that it is in.
    packages: HashMap<String, Vec<usize>>,
    /// The names of files, with those that each of them sees.
    files: Vec<(String, HashSet<usize>)>,
}

pub(crate) struct Symbol {
    pub(crate) file: usize,
    pub(crate) kind: Kind,
}

/// What is called by a name, and where it is in the descriptor of its file: a message by the indices of those
/// around it and its own, another by those of the message that it is in, and its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Message(Vec<usize>),
    Enum(Vec<usize>, usize),
    Extension(Vec<usize>, usize),
    /// By the whole name of the enum.
    Value(String),
    Service,
    /// A field, a oneof or a method: nothing that is looked up.
    Member,
}

/// Why there is no such name.
pub(crate) struct Unknown(pub(crate) String);

impl Symbols {
    /// Adds the names of the file, which sees those of the files in `visible`.
    pub(crate) fn declare(&mut self, file: &File, visible: HashSet<usize>) -> Vec<Wrong> {
        self.files.push((file.name.clone(), visible));
        let mut declare = Declare {
            file: self.files.len() - 1,
            symbols: self,
            wrong: Vec::new(),
        };
        declare.package(&file.package);
        declare.members(file);
        declare.wrong
    }

    /// What the file sees by the whole name.
    pub(crate) fn get(&self, file: usize, name: &str) -> Option<&Symbol> {
        let symbol = self.names.get(name)?;
        self.files[file].1.contains(&symbol.file).then_some(symbol)
    }

    /// What is called by the whole name in any file.
    pub(crate) fn anywhere(&self, name: &str) -> Option<&Symbol> {
        self.names.get(name)
    }

    /// Looks up a name that is written inside of `scope`: the innermost declaration that its first part names is
    /// meant, unless that cannot be.
    pub(crate) fn resolve(
        &self,
        file: usize,
        scope: &str,
        name: &str,
        wanted: fn(&Kind) -> bool,
    ) -> Result<(String, &Symbol), Unknown> {
        let unknown = || Unknown(self.unknown(file, scope, name));
        if let Some(whole) = name.strip_prefix('.') {
            let symbol = self.get(file, whole).ok_or_else(unknown)?;
            return Ok((whole.to_owned(), symbol));
        }
        let (first, rest) = name
            .split_once('.')
            .map_or((name, None), |(first, rest)| (first, Some(rest)));
        for scope in scopes(scope) {
            let found = join(scope, first);
            let symbol = self.get(file, &found);
            match (symbol, rest) {
                (Some(symbol), None) if wanted(&symbol.kind) => return Ok((found, symbol)),
                (_, None) => {}
                (symbol, Some(rest)) => {
                    let has_members = symbol.is_some_and(|symbol| symbol.has_members());
                    if has_members || self.sees_package(file, &found) {
                        let whole = join(&found, rest);
                        let symbol = self.get(file, &whole);
                        return match symbol {
                            Some(symbol) => Ok((whole, symbol)),
                            None if self.names.contains_key(&whole) => Err(unknown()),
                            None => Err(Unknown(format!(
                                "'{name}' is not defined: it stands for '{whole}' here, as '{found}' is nearer than any \
                                 other '{first}' (begin with a dot to name it from the outermost scope)"
                            ))),
                        };
                    }
                }
            }
        }
        Err(unknown())
    }

    fn sees_package(&self, file: usize, package: &str) -> bool {
        let visible = &self.files[file].1;
        let files = self.packages.get(package);
        files.is_some_and(|files| files.iter().any(|file| visible.contains(file)))
    }

    fn unknown(&self, file: usize, scope: &str, name: &str) -> String {
        let whole = name.strip_prefix('.');
        let elsewhere = match whole {
            Some(whole) => self.names.get(whole),
            None => scopes(scope).find_map(|scope| self.names.get(&join(scope, name))),
        };
        match elsewhere.filter(|symbol| !self.files[file].1.contains(&symbol.file)) {
            Some(symbol) => format!(
                "'{name}' is not defined: it is in '{}', which is not imported",
                self.files[symbol.file].0
            ),
            None => format!("'{name}' is not defined"),
        }
    }
}

impl Symbol {
    fn has_members(&self) -> bool {
        matches!(self.kind, Kind::Message(_) | Kind::Enum(..) | Kind::Service)
    }
}

/// A scope, and those around it.
fn scopes(scope: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(scope);
    std::iter::from_fn(move || {
        let scope = next?;
        next = match scope.rsplit_once('.') {
            Some((outer, _)) => Some(outer),
            None => (!scope.is_empty()).then_some(""),
        };
        Some(scope)
    })
}

/// The whole name of what is called `name` in `scope`.
pub(crate) fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.to_owned()
    } else {
        format!("{scope}.{name}")
    }
}

/// Adds the names of a file.
struct Declare<'a> {
    symbols: &'a mut Symbols,
    file: usize,
    wrong: Vec<Wrong>,
}

impl Declare<'_> {
    fn package(&mut self, package: &str) {
        for name in scopes(package).filter(|name| !name.is_empty()) {
            if let Some(symbol) = self.symbols.names.get(name) {
                let text = format!(
                    "package '{name}' has the name of something that '{}' declares",
                    self.symbols.files[symbol.file].0
                );
                self.wrong.push(Wrong::new(&[2], text));
            }
            self.symbols
                .packages
                .entry(name.to_owned())
                .or_default()
                .push(self.file);
        }
    }

    fn members(&mut self, file: &File) {
        let package = &file.package;
        for (at, message) in file.message_type.iter().enumerate() {
            self.message(package, message, vec![at], &[4, at as i32]);
        }
        for (at, declared) in file.enum_type.iter().enumerate() {
            self.enumeration(package, declared, Kind::Enum(Vec::new(), at), &[5, at as i32]);
        }
        for (at, extension) in file.extension.iter().enumerate() {
            let kind = Kind::Extension(Vec::new(), at);
            self.add(package, &extension.name, kind, &[7, at as i32]);
        }
        for (at, service) in file.service.iter().enumerate() {
            let path = [6, at as i32];
            self.add(package, &service.name, Kind::Service, &path);
            let scope = join(package, &service.name);
            for (at, method) in service.method.iter().enumerate() {
                self.add(
                    &scope,
                    &method.name,
                    Kind::Member,
                    &[&path[..], &[2, at as i32]].concat(),
                );
            }
        }
    }

    fn message(&mut self, scope: &str, message: &Message, at: Vec<usize>, path: &[i32]) {
        let below = |field: i32, at: usize| [path, &[field, at as i32]].concat();
        self.add(scope, &message.name, Kind::Message(at.clone()), path);
        let scope = join(scope, &message.name);
        for (index, field) in message.field.iter().enumerate() {
            self.add(&scope, &field.name, Kind::Member, &below(2, index));
        }
        for (index, oneof) in message.oneof_decl.iter().enumerate() {
            self.add(&scope, &oneof.name, Kind::Member, &below(8, index));
        }
        for (index, nested) in message.nested_type.iter().enumerate() {
            let nested_at = [&at[..], &[index]].concat();
            self.message(&scope, nested, nested_at, &below(3, index));
        }
        for (index, declared) in message.enum_type.iter().enumerate() {
            self.enumeration(&scope, declared, Kind::Enum(at.clone(), index), &below(4, index));
        }
        for (index, extension) in message.extension.iter().enumerate() {
            let kind = Kind::Extension(at.clone(), index);
            self.add(&scope, &extension.name, kind, &below(6, index));
        }
    }

    /// The values of an enum are beside it, not in it.
    fn enumeration(&mut self, scope: &str, declared: &Enum, kind: Kind, path: &[i32]) {
        self.add(scope, &declared.name, kind, path);
        let whole = join(scope, &declared.name);
        for (at, value) in declared.value.iter().enumerate() {
            let path = [path, &[2, at as i32]].concat();
            self.add(scope, &value.name, Kind::Value(whole.clone()), &path);
        }
    }

    fn add(&mut self, scope: &str, name: &str, kind: Kind, path: &[i32]) {
        let whole = join(scope, name);
        let path = [path, &[1]].concat();
        if let Some(known) = self.symbols.names.get(&whole) {
            let elsewhere = if known.file == self.file {
                String::new()
            } else {
                format!(": '{}' defines it too", self.symbols.files[known.file].0)
            };
            let note = if matches!(kind, Kind::Value(_)) {
                " (values of an enum are in the scope that the enum is in)"
            } else {
                ""
            };
            let text = format!("name '{whole}' is defined twice{elsewhere}{note}");
            self.wrong.push(Wrong::new(&path, text));
        } else if self.symbols.packages.contains_key(&whole) {
            let text = format!("name '{whole}' is that of a package");
            self.wrong.push(Wrong::new(&path, text));
        } else {
            let file = self.file;
            self.symbols.names.insert(whole, Symbol { file, kind });
        }
    }
}
