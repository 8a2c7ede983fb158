//! What the macros write of deprecated items says nothing of it: that is said where the user names them, and there they
//! can allow it.
#![deny(deprecated)]

use std::{collections::BTreeMap, fmt};

use grpc::prelude::*;

/// A message.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "old.v1")]
#[deprecated]
struct Old {
    /// A field that is deprecated too.
    #[deprecated]
    #[grpc(tag = 1)]
    value: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, grpc::Enum)]
#[grpc(package = "old.v1")]
#[deprecated]
enum Kind {
    Zero = 0,
}

#[derive(Clone, PartialEq, grpc::Oneof)]
#[deprecated]
enum Choice {
    #[grpc(tag = 4)]
    One(i32),
}

/// Uses them on purpose.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "old.v1")]
struct Heir {
    #[grpc(tag = 1)]
    #[allow(deprecated, reason = "the user says so")]
    old: Option<Old>,
    #[grpc(tag = 2)]
    #[allow(deprecated, reason = "the user says so")]
    kinds: BTreeMap<i32, Kind>,
    #[grpc(oneof)]
    #[allow(deprecated, reason = "the user says so")]
    choice: Option<Choice>,
}

#[derive(Debug, Status)]
#[grpc(domain = "old.example.com")]
#[deprecated]
enum Fault {
    #[deprecated]
    #[grpc(code = NotFound)]
    Gone {
        #[deprecated]
        #[grpc(metadata)]
        place: String,
    },
}

#[allow(deprecated, reason = "the user says so")]
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Gone { place } = self;
        f.write_str(place)
    }
}

#[allow(deprecated, reason = "the user says so")]
impl std::error::Error for Fault {}

#[deprecated]
struct Servant;

#[allow(deprecated, reason = "the user says so")]
#[grpc::service(package = "old.v1", name = "Olds")]
impl Servant {
    #[rpc]
    async fn one(&self, old: Old) -> Result<Old, Fault> {
        Ok(old)
    }

    #[rpc]
    async fn many(&self, olds: Streaming<Old>) -> Result<Old, Fault> {
        drop(olds);
        let place = "nowhere".to_owned();
        Err(Fault::Gone { place })
    }

    #[rpc]
    fn more(&self, old: Old) -> impl ResponseStream<Old> {
        stream!({
            yield old;
        })
    }
}

#[test]
fn what_is_deprecated_is_said_where_the_user_names_it_and_nowhere_else() {
    for declared in [grpc::proto_of::<Olds>(), grpc::proto_of::<Heir>()] {
        let (deprecated, rest) = declared.split_once("message Old {\n").unwrap();
        assert!(
            rest.starts_with("  option deprecated = true;\n"),
            "{deprecated}{rest}"
        );
    }
    let kind = "enum Kind {\n  option deprecated = true;\n";
    assert!(grpc::proto_of::<Heir>().contains(kind));
    assert_eq!(Heir::default().choice, None);
    #[allow(deprecated, reason = "the user says so")]
    let routes = Servant;
    grpc::server().add_service(routes);
}
