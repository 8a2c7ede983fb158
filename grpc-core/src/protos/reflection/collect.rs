//! What to ask a server's reflection, and what its answers come to. The server may be anyone's.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Instant,
};

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::DescriptorPool;
use prost_types::FileDescriptorProto;

use super::wire::{Answer, Error, Files, Question};
use crate::{
    Code, Result, Status,
    protos::{Protos, pool},
};

/// How many services a server may list.
const MOST_SERVICES: usize = 1024;

/// How many files may be asked for.
const MOST_FILES: usize = 4096;

/// How long descriptors may be, all together and with the names of services, in bytes.
pub(super) const MOST_BYTES: usize = 16 * 1024 * 1024;

/// How much of what a server says about an error is passed on, in bytes.
const SHOWN: usize = 300;

/// The questions that are to come, and the answers that were given.
pub(super) struct Collector {
    well_known: DescriptorPool,
    questions: VecDeque<Question>,
    asked: HashSet<Question>,
    services: Vec<String>,
    /// By name.
    files: HashMap<String, File>,
    /// The file of each service that has been found.
    homes: HashMap<String, String>,
    /// Why services and files could not be had, by name.
    missing: HashMap<String, String>,
    bytes: usize,
}

struct File {
    encoded: Bytes,
    imports: Vec<String>,
}

impl Collector {
    pub(super) fn new() -> Self {
        let mut collector = Self {
            well_known: pool::well_known(),
            questions: VecDeque::new(),
            asked: HashSet::new(),
            services: Vec::new(),
            files: HashMap::new(),
            homes: HashMap::new(),
            missing: HashMap::new(),
            bytes: 0,
        };
        collector.ask(Question::ListServices(String::new()));
        collector
    }

    /// The next question, if there is one left.
    pub(super) fn next(&mut self) -> Option<Question> {
        while let Some(question) = self.questions.pop_front() {
            let is_answered = match &question {
                Question::FileContainingSymbol(name) => self.homes.contains_key(name),
                Question::FileByFilename(name) => self.files.contains_key(name),
                Question::ListServices(_) => false,
            };
            if !is_answered {
                return Some(question);
            }
        }
        None
    }

    /// Takes the answer to a question.
    ///
    /// # Errors
    /// What ends it all: more than there may be, an answer to something else, or no list of services.
    pub(super) fn answer(&mut self, question: &Question, answer: Option<Answer>) -> Result<()> {
        match (question, answer) {
            (Question::ListServices(_), Some(Answer::Services(services))) => {
                if services.services.len() > MOST_SERVICES {
                    let listed = services.services.len();
                    return Err(too_much(format_args!(
                        "{listed} services, of which at most {MOST_SERVICES}"
                    )));
                }
                for service in services.services {
                    self.count(service.name.len())?;
                    if self.ask(Question::FileContainingSymbol(service.name.clone())) {
                        self.services.push(service.name);
                    }
                }
                Ok(())
            }
            (Question::ListServices(_), Some(Answer::Error(error))) => Err(Status::new(
                Code::from_number(error.code.into()),
                format!("list the services: {}", shown(&error.message)),
            )),
            (Question::FileByFilename(_) | Question::FileContainingSymbol(_), Some(Answer::Files(files))) => {
                for file in files.files {
                    self.add(file)?;
                }
                let (name, is_there) = match question {
                    Question::FileContainingSymbol(name) => (name, self.homes.contains_key(name)),
                    Question::FileByFilename(name) | Question::ListServices(name) => {
                        (name, self.files.contains_key(name))
                    }
                };
                if !is_there {
                    let why = "what the server gave for it is something else".to_owned();
                    self.missing.insert(name.clone(), why);
                }
                Ok(())
            }
            (
                Question::FileByFilename(name) | Question::FileContainingSymbol(name),
                Some(Answer::Error(error)),
            ) => {
                self.missing.insert(name.clone(), said(&error));
                Ok(())
            }
            (_, Some(_) | None) => Err(Status::internal(
                "the server's reflection answers something that was not asked",
            )),
        }
    }

    /// What has come of it: everything that can be used.
    ///
    /// # Errors
    /// DEADLINE_EXCEEDED if it takes longer than that.
    pub(super) fn finish(self, deadline: Option<Instant>) -> Result<Protos> {
        let mut seen = HashSet::new();
        let homes = self.services.iter().filter_map(|service| self.homes.get(service));
        let homes: Vec<&String> = homes.filter(|home| seen.insert(*home)).collect();
        let (mut pool, mut bad) = (self.well_known.clone(), HashMap::new());
        self.add_to(&mut pool, &homes, &mut bad, deadline)?;
        let lost = self.services.iter().filter_map(|service| {
            let why = match self.homes.get(service) {
                Some(home) => bad.get(home)?.clone(),
                None => self.why(service),
            };
            Some((service.clone(), why))
        });
        Ok(Protos::new(pool, lost.collect()))
    }

    /// Adds files and what they import, all but the `bad` ones.
    ///
    /// One file that is wrong must not take the services of others with it, but to look at each alone is slow, since every try
    /// costs a copy of the pool. So they are tried together, and where that fails by halves.
    fn add_to<'a>(
        &'a self,
        pool: &mut DescriptorPool,
        files: &[&'a String],
        bad: &mut HashMap<&'a String, String>,
        deadline: Option<Instant>,
    ) -> Result<()> {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Status::deadline_exceeded(
                "the check of the server's descriptors took too long",
            ));
        }
        let mut needed = HashSet::new();
        let mut complete = Vec::new();
        for file in files {
            match self.needed(file) {
                Ok(files) => {
                    needed.extend(files);
                    complete.push(*file);
                }
                Err(why) => drop(bad.insert(file, why)),
            }
        }
        let Err(why) = pool::add_set(pool, &self.encoded(needed)) else {
            return Ok(());
        };
        match complete[..] {
            [] => Ok(()),
            [only] => {
                bad.insert(only, why);
                Ok(())
            }
            _ => {
                let (first, second) = complete.split_at(complete.len() / 2);
                self.add_to(pool, first, bad, deadline)?;
                self.add_to(pool, second, bad, deadline)
            }
        }
    }

    /// Asks it in its turn, unless it has been asked.
    fn ask(&mut self, question: Question) -> bool {
        let is_new = self.asked.insert(question.clone());
        if is_new {
            self.questions.push_back(question);
        }
        is_new
    }

    /// Adds a file, and asks for what it imports.
    fn add(&mut self, encoded: Bytes) -> Result<()> {
        self.count(encoded.len())?;
        let file = FileDescriptorProto::decode(encoded.clone()).map_err(|error| {
            Status::internal(format!(
                "the server's reflection gives a file that is none: {error}"
            ))
        })?;
        if self.files.contains_key(file.name()) || self.is_well_known(file.name()) {
            return Ok(());
        }
        if self.files.len() >= MOST_FILES {
            return Err(too_much(format_args!(
                "more than {MOST_FILES} files, of which at most that many"
            )));
        }
        for service in &file.service {
            let name = match file.package() {
                "" => service.name().to_owned(),
                package => format!("{package}.{}", service.name()),
            };
            self.homes.entry(name).or_insert_with(|| file.name().to_owned());
        }
        for import in &file.dependency {
            if !self.files.contains_key(import) && !self.is_well_known(import) {
                self.ask(Question::FileByFilename(import.clone()));
            }
        }
        let name = file.name().to_owned();
        let imports = file.dependency;
        self.files.insert(name, File { encoded, imports });
        if self.asked.len() > MOST_SERVICES + MOST_FILES {
            return Err(too_much(format_args!(
                "imports of more files than {MOST_FILES}, of which at most that many"
            )));
        }
        Ok(())
    }

    fn count(&mut self, bytes: usize) -> Result<()> {
        self.bytes += bytes;
        if self.bytes > MOST_BYTES {
            return Err(too_much(format_args!(
                "more than {MOST_BYTES} bytes, of which at most that many"
            )));
        }
        Ok(())
    }

    fn is_well_known(&self, file: &str) -> bool {
        self.well_known.get_file_by_name(file).is_some()
    }

    /// Why a service or a file could not be had.
    fn why(&self, name: &str) -> String {
        let why = self.missing.get(name);
        why.map_or("the server did not give it", String::as_str)
            .to_owned()
    }

    /// The names of the files that a file needs, its own among them, or what is missing.
    fn needed<'a>(&'a self, home: &'a String) -> Result<HashSet<&'a String>, String> {
        let mut needed = HashSet::from([home]);
        let mut left = vec![home];
        while let Some(name) = left.pop() {
            let imports = self.files.get(name).map_or(&[][..], |file| &file.imports);
            for import in imports.iter().filter(|import| !self.is_well_known(import)) {
                if !self.files.contains_key(import) {
                    return Err(format!("{name} imports {import}: {}", self.why(import)));
                }
                if needed.insert(import) {
                    left.push(import);
                }
            }
        }
        Ok(needed)
    }

    /// These files, as an encoded `FileDescriptorSet`.
    fn encoded<'a>(&self, names: impl IntoIterator<Item = &'a String>) -> Vec<u8> {
        let files = names.into_iter().filter_map(|name| self.files.get(name));
        Files {
            files: files.map(|file| file.encoded.clone()).collect(),
        }
        .encode_to_vec()
    }
}

fn said(error: &Error) -> String {
    Status::new(Code::from_number(error.code.into()), shown(&error.message)).to_string()
}

fn shown(text: &str) -> String {
    match text.char_indices().find(|(index, _)| *index >= SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn too_much(what: std::fmt::Arguments<'_>) -> Status {
    Status::resource_exhausted(format!("the server's reflection gives {what} are taken"))
}
