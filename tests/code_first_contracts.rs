//! The `.proto` that is written out from code, and the descriptors that a server knows.
#![allow(
    missing_docs,
    unnameable_types,
    unreachable_pub,
    reason = "it stands for a library's code"
)]

use std::panic::catch_unwind;

use grpc::{
    __private::{
        prost::Message as _,
        prost_types::{FileDescriptorProto, FileDescriptorSet},
    },
    Described, Service,
    prelude::*,
};

/// How far to count.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "tally.v1")]
pub struct Step {
    /** May be negative.

    So that one can go back. */
    #[grpc(tag = 1, sint64)]
    pub by: i64,
    #[deprecated]
    #[grpc(tag = 2)]
    pub r#type: Option<Kind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, grpc::Enum)]
#[grpc(package = "tally.v1", prefix = "STEP_")]
pub enum Kind {
    Unspecified,
    /// Up.
    Up,
}

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "tally.v1")]
pub struct Total {
    #[grpc(tag = 1)]
    pub price: Option<money::Price>,
}

pub mod money {
    #[derive(Clone, PartialEq, grpc::Message)]
    #[grpc(package = "money.v1", file = "money/price.proto")]
    pub struct Price {
        #[grpc(tag = 1)]
        pub cents: u64,
    }
}

#[derive(Default)]
pub struct Counter;

/// Counts for all its clients together.
#[grpc::service(package = "tally.v1", name = "Tally")]
impl Counter {
    /// Goes one step.
    pub async fn add(&self, _step: Step) -> Result<Total> {
        Ok(Total::default())
    }

    pub fn follow(&self, steps: Streaming<Step>) -> impl ResponseStream<Total> {
        stream!({
            for await step in steps {
                step?;
                yield Total::default();
            }
        })
    }

    pub async fn reset(&self) -> Result<()> {
        Ok(())
    }

    #[deprecated]
    pub async fn note(&self, note: String) -> Result<bool> {
        Ok(note.is_empty())
    }

    #[cfg(any())]
    pub async fn never(&self, nothing: Nothing) -> Result<Nothing> {
        Ok(nothing)
    }
}

pub struct Audit<T>(T);

#[grpc::service(package = "tally.v1")]
impl<T: Send + Sync + 'static> Audit<T> {
    pub async fn check(&self, total: Total) -> Result<Total> {
        Ok(total)
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Undescribed {}

pub struct Old;

#[grpc::service(package = "old.v1")]
impl Old {
    pub async fn get(&self, _request: Undescribed) -> Result<Step> {
        Ok(Step::default())
    }

    #[rpc(codec = grpc::codec::Raw)]
    async fn raw(&self, bytes: bytes::Bytes) -> Result<bytes::Bytes> {
        Ok(bytes)
    }
}

const TALLY: &str = r#"syntax = "proto3";

package tally.v1;

import "google/protobuf/empty.proto";
import "google/protobuf/wrappers.proto";
import "money/price.proto";

// Counts for all its clients together.
service Tally {
  // Goes one step.
  rpc Add(Step) returns (Total);
  rpc Follow(stream Step) returns (stream Total);
  rpc Reset(google.protobuf.Empty) returns (google.protobuf.Empty);
  rpc Note(google.protobuf.StringValue) returns (google.protobuf.BoolValue) {
    option deprecated = true;
  }
}

// How far to count.
message Step {
  // May be negative.
  //
  // So that one can go back.
  sint64 by = 1;
  optional Kind type = 2 [deprecated = true];
}

message Total {
  money.v1.Price price = 1;
}

enum Kind {
  STEP_UNSPECIFIED = 0;

  // Up.
  STEP_UP = 1;
}
"#;

#[test]
fn a_services_contract_is_its_file() {
    assert_eq!(grpc::proto_of::<Tally>(), TALLY);
    assert_eq!(grpc::proto_of::<TallyStub>(), TALLY);
}

#[test]
fn a_service_of_its_types_name_is_known_by_that() {
    let proto = grpc::proto_of::<Audit<u8>>();
    assert!(
        proto.contains("service Audit {\n  rpc Check(Total) returns (Total);\n}"),
        "{proto}"
    );
    assert!(!proto.contains("message Step"), "it needs none: {proto}");
}

#[test]
fn a_tuple_is_written_into_one_file() {
    let proto = grpc::proto_of::<(Tally, Audit<u8>)>();
    assert!(proto.contains("service Tally {") && proto.contains("service Audit {"));
    assert_eq!(proto.matches("message Total {").count(), 1);
}

#[test]
fn the_files_of_other_packages_come_after_it() {
    let files = grpc::proto_files_of::<Tally>();
    let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["tally/v1/tally.proto", "money/price.proto"]);
    assert_eq!(
        files[1].text,
        "syntax = \"proto3\";\n\npackage money.v1;\n\nmessage Price {\n  uint64 cents = 1;\n}\n"
    );
    assert!(grpc::proto_of::<Kind>().contains("enum Kind {"));
}

#[test]
fn a_server_has_the_descriptor_of_a_service_in_code() {
    let mut server = grpc::server();
    server.add_service(Counter).add_service(Old);
    let [tally, old] = server.services() else {
        panic!("two services were added")
    };
    let set = FileDescriptorSet::decode(tally.descriptor()).unwrap();
    let names: Vec<_> = set.file.iter().map(FileDescriptorProto::name).collect();
    assert_eq!(names.last(), Some(&"tally/v1/tally.proto"));
    for (index, file) in set.file.iter().enumerate() {
        for import in &file.dependency {
            assert!(
                names[..index].contains(&import.as_str()),
                "{import} is not before its use"
            );
        }
    }
    let methods = &set.file.last().unwrap().service[0].method;
    assert_eq!(methods[1].input_type(), ".tally.v1.Step");
    assert!(methods[1].client_streaming() && methods[1].server_streaming());

    assert!(old.descriptor().is_empty(), "its messages have none");
    assert_eq!(old.name, "old.v1.Old");
}

#[test]
fn a_service_over_messages_without_descriptors_has_no_contract_but_works() {
    let message = panic_of::<Old>();
    let expected = "rpc `Get` of `Old` takes `code_first_contracts::Undescribed`, which has no descriptor: derive `grpc::Message`";
    assert!(message.contains(expected), "{message}");
    let expected = "rpc `Raw` of `Old` has a codec of its own, which no .proto can say";
    assert!(message.contains(expected), "{message}");

    fn is_service<C, S: Service<C>>(_: S) -> &'static [u8] {
        S::descriptor()
    }
    assert!(is_service(Old).is_empty());
}

mod same_name {
    #[derive(Clone, PartialEq, grpc::Message)]
    #[grpc(package = "clash")]
    pub struct Step {}

    pub mod other {
        #[derive(Clone, PartialEq, grpc::Message)]
        #[grpc(package = "clash")]
        pub struct Step {}

        #[derive(Clone, Copy, Debug, PartialEq, grpc::Enum)]
        #[grpc(package = "clash", prefix = "")]
        pub enum One {
            Zero,
        }

        #[derive(Clone, Copy, Debug, PartialEq, grpc::Enum)]
        #[grpc(package = "clash", prefix = "")]
        pub enum Two {
            Zero,
        }
    }
}

#[test]
fn two_types_of_one_name_have_no_proto() {
    let message = panic_of::<(same_name::Step, same_name::other::Step)>();
    let expected = "`clash.Step` is the name of `code_first_contracts::same_name::Step` and of `code_first_contracts::same_name::other::Step`";
    assert!(message.contains(expected), "{message}");

    // The values of an enum are in the scope of the enum itself.
    let message = panic_of::<(same_name::other::One, same_name::other::Two)>();
    assert!(message.contains("`clash.ZERO` is the name of"), "{message}");
}

mod circle {
    #[derive(Clone, PartialEq, grpc::Message)]
    #[grpc(package = "hen.v1")]
    pub struct Hen {
        #[grpc(tag = 1)]
        pub egg: Option<Box<Egg>>,
    }

    #[derive(Clone, PartialEq, grpc::Message)]
    #[grpc(package = "egg.v1")]
    pub struct Egg {
        #[grpc(tag = 1)]
        pub hen: Option<Box<Hen>>,
    }
}

#[test]
fn packages_that_need_each_other_have_no_proto() {
    let message = panic_of::<circle::Hen>();
    let expected =
        "files import each other in a circle: hen/v1/hen.proto → egg/v1/egg.proto → hen/v1/hen.proto";
    assert!(message.contains(expected), "{message}");
}

/// What `proto_of` says instead.
fn panic_of<T: Described>() -> String {
    let panic = catch_unwind(grpc::proto_of::<T>).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}
