//! Reads files and what they import, each after those that it imports.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use super::{
    descriptor::File,
    interpret::interpret,
    mistake::{Mistake, Mistakes, Wrong},
    parse::{Parsed, parse},
    pool::{self, Pool},
    resolve::resolve,
    validate::validate,
    wire::Value as _,
};
use crate::directories::Directories;

/// Files that have been read and checked, imported ones first.
pub(crate) struct Compiler<'a> {
    directories: &'a Directories,
    pool: Pool,
    paths: Vec<Option<PathBuf>>,
    /// The files that are being read, each imported by the one before.
    open: Vec<String>,
}

/// A file that was read.
pub(crate) struct Read<'a> {
    /// As imports name it.
    pub(crate) name: &'a str,
    /// Without one, it is one of those that the front-end brings along.
    pub(crate) path: Option<&'a Path>,
}

impl<'a> Compiler<'a> {
    pub(crate) fn new(directories: &'a Directories) -> Self {
        Self {
            directories,
            pool: Pool::default(),
            paths: Vec::new(),
            open: Vec::new(),
        }
    }

    /// Reads the file that imports call `name`, and all that it imports.
    pub(crate) fn open(&mut self, name: &str) -> Result<(), Mistakes> {
        if self.pool.indices.contains_key(name) {
            return Ok(());
        }
        let path = self.directories.resolve(name);
        let (parsed, source) = match &path {
            Some(path) => {
                let source = read(name, path)?;
                match parse(name, &source) {
                    Ok(parsed) => (parsed, source),
                    Err(mistake) => return Err(one(name, source, mistake)),
                }
            }
            None => (well_known(name)?, String::new()),
        };
        self.open.push(name.to_owned());
        self.imports(&parsed, &source)?;
        self.open.pop();
        self.add(parsed, source)?;
        self.paths.push(path);
        Ok(())
    }

    /// All files, imported ones first.
    pub(crate) fn files(&self) -> impl Iterator<Item = Read<'_>> {
        self.pool.files.iter().zip(&self.paths).map(|(file, path)| Read {
            name: &file.name,
            path: path.as_deref(),
        })
    }

    /// The package of the file that imports call `name`.
    #[cfg(feature = "generate")]
    pub(crate) fn package(&self, name: &str) -> &str {
        let index = self.pool.indices.get(name);
        index.map_or("", |index| &self.pool.files[*index].package)
    }

    /// All files as an encoded `FileDescriptorSet`, with comments and positions.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.pool.files.put(FILE, &mut out);
        out
    }

    /// As [`Compiler::encode`] does, without comments and positions.
    #[cfg(feature = "generate")]
    pub(crate) fn encode_without_source_info(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for file in &self.pool.files {
            let file = File {
                source_code_info: None,
                ..file.clone()
            };
            vec![file].put(FILE, &mut out);
        }
        out
    }

    fn imports(&mut self, parsed: &Parsed, source: &str) -> Result<(), Mistakes> {
        let file = &parsed.file;
        for (at, import) in file.dependency.iter().enumerate() {
            self.check_cycle(import)?;
            if let Some(text) = self.refusal(&file.dependency[..at], import) {
                let wrong = Wrong::new(&[3, i32::try_from(at).unwrap_or(i32::MAX)], text);
                return Err(Mistakes {
                    file: file.name.clone(),
                    source: source.to_owned(),
                    mistakes: parsed.mistakes(vec![wrong]),
                });
            }
            self.open(import)?;
        }
        Ok(())
    }

    fn check_cycle(&self, import: &str) -> Result<(), Mistakes> {
        let Some(start) = self.open.iter().position(|open| open == import) else {
            return Ok(());
        };
        let cycle = self.open[start..].join(" -> ");
        let text = format!("files import each other: {cycle} -> {import}");
        Err(one(import, String::new(), Mistake { offset: None, text }))
    }

    /// Why a file may not be imported after those `before`.
    fn refusal(&self, before: &[String], import: &String) -> Option<String> {
        if before.contains(import) {
            return Some(format!("'{import}' is imported twice"));
        }
        if self.open.len() == DEEPEST {
            return Some(format!("files import each other more than {DEEPEST} deep"));
        }
        if !is_plain(import) {
            return Some(format!(
                "import '{import}' is not the plain name of a file, with slashes between directories"
            ));
        }
        let is_there = self.directories.resolve(import).is_some() || pool::well_known(import).is_some();
        (!is_there).then(|| {
            let includes = self.directories.show_includes();
            format!("import '{import}' not found; looked in {includes}")
        })
    }

    /// Adds a file that is read, if nothing is wrong with it.
    fn add(&mut self, mut parsed: Parsed, source: String) -> Result<(), Mistakes> {
        let mut wrong = self.pool.declare(&parsed.file);
        let index = self.pool.files.len();
        wrong.extend(resolve(&mut parsed.file, index, &self.pool.symbols));
        let name = parsed.file.name.clone();
        let mut mistakes = parsed.mistakes(wrong);
        if mistakes.is_empty() {
            let Parsed { file, starts } = parsed;
            self.pool.add(file);
            mistakes = interpret(&mut self.pool, index);
            let wrong = validate(&mut self.pool, index);
            let file = &self.pool.files[index];
            mistakes.extend(located(file, &starts, wrong));
        }
        if mistakes.is_empty() {
            return Ok(());
        }
        mistakes.sort_by_key(|mistake| mistake.offset);
        Err(Mistakes {
            file: name,
            source,
            mistakes,
        })
    }
}

impl Parsed {
    fn mistakes(&self, wrong: Vec<Wrong>) -> Vec<Mistake> {
        located(&self.file, &self.starts, wrong)
    }
}

/// Where the mistakes are: each at what it says, or else at what that is in.
fn located(file: &File, starts: &[usize], wrong: Vec<Wrong>) -> Vec<Mistake> {
    if wrong.is_empty() {
        return Vec::new();
    }
    let mut places: HashMap<&[i32], usize> = HashMap::new();
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    for (location, start) in locations.zip(starts) {
        // Of two at one path, the first is the declaration itself.
        places.entry(&location.path.0).or_insert(*start);
    }
    let around = |path: &[i32]| {
        (0..=path.len())
            .rev()
            .find_map(|end| places.get(&path[..end]).copied())
    };
    let wrong = wrong.into_iter();
    wrong
        .map(|wrong| Mistake {
            offset: around(&wrong.path),
            text: wrong.text,
        })
        .collect()
}

fn read(name: &str, path: &Path) -> Result<String, Mistakes> {
    let wrong = |text: String| one(name, String::new(), Mistake { offset: None, text });
    let bytes = fs::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let source = String::from_utf8_lossy(error.as_bytes()).into_owned();
        one(name, source, Mistake::new(valid, "the file is not valid UTF-8"))
    })
}

fn well_known(name: &str) -> Result<Parsed, Mistakes> {
    let missing = || {
        let text = "no such file".to_owned();
        one(name, String::new(), Mistake { offset: None, text })
    };
    Ok(Parsed {
        file: pool::well_known(name).ok_or_else(missing)?,
        starts: Vec::new(),
    })
}

fn one(file: &str, source: String, mistake: Mistake) -> Mistakes {
    Mistakes {
        file: file.to_owned(),
        source,
        mistakes: vec![mistake],
    }
}

/// True if each part of the name is one of a directory or file.
fn is_plain(name: &str) -> bool {
    !name.contains('\\') && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// `FileDescriptorSet.file`
const FILE: u32 = 1;

/// How many files may import each other in a row.
const DEEPEST: usize = 100;
