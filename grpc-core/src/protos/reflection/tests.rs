//! What servers' answers come to, good and bad ones.

use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message as _;
use prost_types::{DescriptorProto, FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto};

use super::{
    collect::Collector,
    wire::{Answer, Error, Files, Question, Service, Services},
};
use crate::{Code, Result, protos::Protos};

/// A server that has these files, by name, and lists these services.
struct Server {
    services: Vec<String>,
    files: Vec<FileDescriptorProto>,
}

impl Server {
    fn answer(&self, question: &Question) -> Answer {
        let found = match question {
            Question::ListServices(_) => return list(self.services.iter().cloned()),
            Question::FileByFilename(name) => self.files.iter().find(|file| file.name() == name),
            Question::FileContainingSymbol(symbol) => self.files.iter().find(|file| {
                let package = file.package();
                let mut services = file.service.iter();
                services.any(|service| format!("{package}.{}", service.name()) == *symbol)
            }),
        };
        found.map_or_else(
            || error(Code::NotFound, "not here"),
            |file| files([file.encode_to_vec().into()]),
        )
    }

    fn collect(&self) -> Result<Collector> {
        let mut collector = Collector::new();
        while let Some(question) = collector.next() {
            let answer = self.answer(&question);
            collector.answer(&question, Some(answer))?;
        }
        Ok(collector)
    }

    fn protos(&self) -> Protos {
        self.collect().unwrap().finish(None).unwrap()
    }
}

fn list(services: impl IntoIterator<Item = String>) -> Answer {
    let services = services.into_iter().map(|name| Service { name });
    Answer::Services(Services {
        services: services.collect(),
    })
}

fn files(files: impl IntoIterator<Item = Bytes>) -> Answer {
    Answer::Files(Files {
        files: files.into_iter().collect(),
    })
}

fn error(code: Code, message: &str) -> Answer {
    Answer::Error(Error {
        code: code as i32,
        message: message.to_owned(),
    })
}

/// `package/NAME.proto` with a message of that name, and perhaps a service that takes it and answers with it.
fn file(name: &str, imports: &[&str], has_service: bool) -> FileDescriptorProto {
    let message = name.to_uppercase();
    let method = MethodDescriptorProto {
        name: Some("Get".to_owned()),
        input_type: Some(format!(".test.{message}")),
        output_type: Some(format!(".test.{message}")),
        ..Default::default()
    };
    let service = ServiceDescriptorProto {
        name: Some(format!("{message}Service")),
        method: vec![method],
        ..Default::default()
    };
    FileDescriptorProto {
        name: Some(format!("{name}.proto")),
        package: Some("test".to_owned()),
        syntax: Some("proto3".to_owned()),
        dependency: imports.iter().map(|import| (*import).to_owned()).collect(),
        message_type: vec![DescriptorProto {
            name: Some(message),
            ..Default::default()
        }],
        service: Vec::from_iter(has_service.then_some(service)),
        ..Default::default()
    }
}

fn unusable(protos: &Protos) -> Vec<(&str, &str)> {
    protos.unusable().collect()
}

#[test]
fn imports_are_followed_and_the_well_known_ones_are_not() {
    let server = Server {
        services: vec!["test.AService".to_owned()],
        files: vec![
            file("a", &["b.proto", "google/protobuf/timestamp.proto"], true),
            file("b", &["c.proto"], false),
            file("c", &[], false),
        ],
    };
    let protos = server.protos();
    assert!(protos.method("test.AService/Get").is_ok());
    assert!(protos.message("test.C").is_ok());
    assert_eq!(unusable(&protos), []);
}

#[test]
fn a_service_that_cannot_be_described_costs_no_other() {
    let mut broken = file("broken", &[], true);
    broken.message_type.clear();
    let server = Server {
        services: [
            "test.AService",
            "test.BService",
            "test.Nowhere",
            "test.BROKENService",
        ]
        .map(str::to_owned)
        .to_vec(),
        files: vec![file("a", &[], true), file("b", &["missing.proto"], true), broken],
    };
    let protos = server.protos();
    assert!(protos.method("test.AService/Get").is_ok());
    assert_eq!(
        unusable(&protos),
        [
            (
                "test.BService",
                "b.proto imports missing.proto: NOT_FOUND: not here"
            ),
            ("test.Nowhere", "NOT_FOUND: not here"),
            (
                "test.BROKENService",
                "broken.proto: name '.test.BROKEN' is not defined"
            ),
        ]
    );
    assert_eq!(
        protos.method("test.BService/Get").unwrap_err().message(),
        "the server lists test.BService, but it is of no use: b.proto imports missing.proto: NOT_FOUND: not here"
    );
}

#[test]
fn among_many_services_the_badly_described_are_found() {
    let names: Vec<String> = (0..50).map(|n| format!("f{n}")).collect();
    let mut files: Vec<_> = names.iter().map(|name| file(name, &[], true)).collect();
    let services = names
        .iter()
        .map(|name| format!("test.{}Service", name.to_uppercase()));
    // It has twice what it has once.
    for n in [0, 7, 8, 49] {
        let message = files[n].message_type[0].clone();
        files[n].message_type.push(message);
    }
    let server = Server {
        services: services.collect(),
        files,
    };
    let protos = server.protos();
    let lost: Vec<&str> = unusable(&protos)
        .into_iter()
        .map(|(service, _)| service)
        .collect();
    assert_eq!(
        lost,
        [
            "test.F0Service",
            "test.F7Service",
            "test.F8Service",
            "test.F49Service"
        ]
    );
    assert_eq!(protos.services().count(), 46);
}

#[test]
fn nothing_is_asked_twice_even_if_files_import_each_other() {
    let server = Server {
        services: vec!["test.AService".to_owned(); 3],
        files: vec![
            file("a", &["b.proto", "a.proto"], true),
            file("b", &["a.proto"], false),
        ],
    };
    let mut collector = Collector::new();
    let mut asked = Vec::new();
    while let Some(question) = collector.next() {
        collector
            .answer(&question, Some(server.answer(&question)))
            .unwrap();
        asked.push(question);
    }
    assert_eq!(asked.len(), 3, "{asked:?}");
    let protos = collector
        .finish(Some(Instant::now() + Duration::from_secs(60)))
        .unwrap();
    assert_eq!(unusable(&protos), []);
    assert!(protos.method("test.AService/Get").is_ok());
}

#[test]
fn a_server_cannot_give_more_than_there_may_be() {
    let mut collector = Collector::new();
    let question = collector.next().unwrap();
    let services = (0..2000).map(|number| format!("s{number}"));
    let error = collector.answer(&question, Some(list(services))).unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (
            Code::ResourceExhausted,
            "the server's reflection gives 2000 services, of which at most 1024 are taken"
        )
    );

    // Each file imports two more, without an end.
    let mut collector = Collector::new();
    let question = collector.next().unwrap();
    collector.answer(&question, Some(list(["x".to_owned()]))).unwrap();
    let error = loop {
        let question = collector.next().expect("it never ends");
        let name = match &question {
            Question::FileByFilename(name) | Question::FileContainingSymbol(name) => {
                name.trim_end_matches(".proto")
            }
            Question::ListServices(_) => unreachable!(),
        };
        let imports = [format!("{name}0.proto"), format!("{name}1.proto")];
        let given = file(name, &[&imports[0], &imports[1]], false);
        if let Err(error) = collector.answer(&question, Some(files([given.encode_to_vec().into()]))) {
            break error;
        }
    };
    assert_eq!(error.code(), Code::ResourceExhausted);
    assert!(
        error.message().contains("imports of more files than 4096"),
        "{error}"
    );

    let mut collector = Collector::new();
    let question = collector.next().unwrap();
    collector.answer(&question, Some(list(["x".to_owned()]))).unwrap();
    let question = collector.next().unwrap();
    let mut large = file("large", &[], false);
    large.message_type[0].name = Some("x".repeat(17 * 1024 * 1024));
    let error = collector
        .answer(&question, Some(files([large.encode_to_vec().into()])))
        .unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted);
    assert!(error.message().contains("more than 16777216 bytes"), "{error}");
}

#[test]
fn answers_that_make_no_sense_are_errors() {
    let mut collector = Collector::new();
    let question = collector.next().unwrap();
    for answer in [None, Some(files([]))] {
        let error = collector.answer(&question, answer).unwrap_err();
        assert_eq!(error.code(), Code::Internal);
    }
    let refused = collector
        .answer(&question, Some(error(Code::PermissionDenied, "who are you?")))
        .unwrap_err();
    assert_eq!(
        (refused.code(), refused.message()),
        (Code::PermissionDenied, "list the services: who are you?")
    );
    collector
        .answer(&question, Some(list(["x".to_owned(), "y".to_owned()])))
        .unwrap();
    let question = collector.next().unwrap();
    let no_file = collector
        .answer(&question, Some(files([Bytes::from_static(&[0xff])])))
        .unwrap_err();
    assert!(
        no_file
            .message()
            .starts_with("the server's reflection gives a file that is none: ")
    );
    // A file that is one, but another.
    collector
        .answer(
            &question,
            Some(files([file("z", &[], true).encode_to_vec().into()])),
        )
        .unwrap();
    let question = collector.next().unwrap();
    collector
        .answer(&question, Some(error(Code::Internal, &"x".repeat(10_000))))
        .unwrap();
    let protos = collector
        .finish(Some(Instant::now() + Duration::from_secs(60)))
        .unwrap();
    let lost = unusable(&protos);
    assert_eq!(lost[0], ("x", "what the server gave for it is something else"));
    assert!(lost[1].1.len() < 400, "what a server says about an error is cut");
}

#[test]
fn a_stranger_does_not_say_what_a_well_known_type_is() {
    let mut timestamp = file("timestamp", &[], false);
    timestamp.name = Some("google/protobuf/timestamp.proto".to_owned());
    timestamp.package = Some("google.protobuf".to_owned());
    let a = file("a", &["google/protobuf/timestamp.proto"], true);
    // Given along with the file that was asked for, as servers do.
    let mut collector = Collector::new();
    let question = collector.next().unwrap();
    collector
        .answer(&question, Some(list(["test.AService".to_owned()])))
        .unwrap();
    let question = collector.next().unwrap();
    let both = [timestamp.encode_to_vec().into(), a.encode_to_vec().into()];
    collector.answer(&question, Some(files(both))).unwrap();
    assert_eq!(collector.next(), None);
    let protos = collector
        .finish(Some(Instant::now() + Duration::from_secs(60)))
        .unwrap();
    let timestamp = protos.message("google.protobuf.Timestamp").unwrap();
    assert!(timestamp.get_field_by_name("seconds").is_some());
    assert!(protos.message("google.protobuf.TIMESTAMP").is_err());
}

#[test]
fn the_check_of_the_descriptors_ends_at_the_deadline() {
    let mut broken = file("broken", &[], true);
    broken.message_type.clear();
    let server = Server {
        services: vec!["test.BROKENService".to_owned()],
        files: vec![broken],
    };
    let past = Instant::now();
    let error = server.collect().unwrap().finish(Some(past)).unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
}
