//! A crate that denies every lint sees none in what the macros write. Clippy's part of it holds when clippy is run.
#![deny(
    warnings,
    missing_debug_implementations,
    missing_docs,
    private_interfaces,
    single_use_lifetimes,
    unnameable_types,
    unreachable_pub,
    unused,
    unused_lifetimes,
    unused_qualifications,
    clippy::all,
    clippy::nursery,
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::missing_docs_in_private_items,
    clippy::absolute_paths,
    clippy::unwrap_used,
    clippy::panic
)]
#![forbid(unsafe_code)]

#[path = "ui/support/routeguide.rs"]
#[allow(
    clippy::absolute_paths,
    clippy::allow_attributes,
    clippy::missing_docs_in_private_items,
    clippy::nursery,
    clippy::pedantic,
    missing_docs,
    reason = "it stands for a library's code"
)]
mod routeguide;

use std::{collections::BTreeMap, error::Error, fmt, future::ready, process::ExitCode, time::Duration};

use grpc::{details::DebugInfo, prelude::*, service};
use routeguide::{Feature, Point, Rectangle, RouteNote, RouteSummary};

/// A service with a contract.
#[derive(Debug)]
struct Guide(Rectangle);

#[service(contract = routeguide::RouteGuide)]
impl Guide {
    async fn get_feature(&self, location: Point, context: Context) -> Result<Feature> {
        context.cancelled().await;
        Ok(Feature {
            name: String::new(),
            location: Some(location),
        })
    }

    fn list_features(&self, area: Rectangle) -> impl ResponseStream<Feature> {
        stream!({
            for await corner in tokio_stream::iter([area.lo, self.0.lo.clone()]) {
                yield Feature {
                    name: String::new(),
                    location: corner,
                };
            }
            return Err(Status::not_found("no more"));
        })
    }

    async fn record_route(&self, mut points: Streaming<Point>) -> Result<RouteSummary> {
        points.receive().await?;
        Ok(RouteSummary::default())
    }

    async fn route_chat(&self, mut call: ServerCall<RouteNote, RouteNote>) -> Result<()> {
        call.send(RouteNote::default()).await
    }

    async fn ping(&self) -> Result<()> {
        ready(()).await;
        Ok(())
    }
}

/// A service without one.
#[derive(Debug)]
struct Counter(i64);

#[service(package = "tally.v1")]
impl Counter {
    /// Adds a step.
    #[rpc]
    async fn add(&self, step: i64) -> Result<i64> {
        ready(Ok(step)).await
    }

    #[rpc]
    fn count(&self, steps: Streaming<i64>) -> impl ResponseStream<i64> {
        stream!({
            for await step in steps {
                yield self.0 + step?;
            }
        })
    }

    /// The message is as private as the service.
    #[rpc]
    async fn note(&self, note: RouteNote) -> Result<()> {
        drop(note);
        ready(Ok(())).await
    }
}

/// A message in code.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "lints.v1", reserved = [9, "old"])]
struct Measured {
    /// Plain.
    #[grpc(tag = 1, sint32)]
    plain: i32,
    /// There or not.
    #[grpc(tag = 2)]
    optional: Option<String>,
    /// Several.
    #[deprecated]
    #[grpc(tag = 3)]
    repeated: Vec<Unit>,
    /// By their names.
    #[grpc(tag = 4)]
    map: BTreeMap<String, Unit>,
    /// One of two.
    #[grpc(oneof)]
    oneof: Option<Either>,
}

/// A message without fields.
#[derive(Clone, PartialEq, Eq, grpc::Message)]
#[grpc(nested_in = Measured)]
struct Empty;

/// An enum in code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, grpc::Enum)]
#[grpc(package = "lints.v1")]
#[repr(i32)]
enum Unit {
    /// Zero.
    Unspecified = 0,
    /// Long.
    #[deprecated]
    Metre = 1,
    /// What else there is.
    #[grpc(unknown)]
    Unknown(i32) = -1,
}

/// A oneof in code.
#[derive(Clone, PartialEq, grpc::Oneof)]
enum Either {
    /// A number.
    #[grpc(tag = 5, fixed64)]
    This(u64),
    /// A message.
    #[grpc(tag = 6)]
    That(Box<Measured>),
}

/// A service over them.
#[derive(Debug)]
struct Measures;

#[service(package = "lints.v1", name = "Measure")]
impl Measures {
    /// Answers what it was asked.
    #[rpc]
    async fn measure(&self, measured: Measured) -> Result<Measured> {
        ready(Ok(measured)).await
    }
}

/// Errors of its own.
#[derive(Debug, Status)]
#[grpc(domain = "tally.example.com", code = Internal)]
enum Fault {
    /// With everything.
    #[grpc(code = NotFound, detail = DebugInfo::new(format!("{place}")))]
    Nothing {
        /// Where.
        #[grpc(metadata)]
        place: u8,
        /// When.
        #[grpc(retry_after)]
        after: Duration,
        /// Why.
        #[grpc(skip)]
        why: Option<u8>,
    },
    /// Somebody else's.
    #[grpc(transparent)]
    Upstream(Status),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing { why: Some(why), .. } => why.fmt(f),
            Self::Nothing { place, .. } => place.fmt(f),
            Self::Upstream(status) => status.fmt(f),
        }
    }
}

impl Error for Fault {}

/// A program.
#[grpc::main(flavor = "current_thread")]
async fn program() -> Result<()> {
    ready(Ok(())).await
}

#[test]
fn what_the_macros_write_passes_the_lints() {
    assert_eq!(format!("{:?}", program()), format!("{:?}", ExitCode::SUCCESS));
    assert_eq!(
        Counter(1).0,
        i64::from(Guide(Rectangle::default()).0.lo.is_none())
    );
    let either = Either::That(Box::default());
    assert_ne!(Some(either), Measured::default().oneof);
    assert_eq!((i32::from(Unit::from(3)), Empty), (3, Empty));
    assert!(grpc::proto_of::<Measure>().contains("service Measure {"));
    assert!(!format!("{:?} {:?}", Measures, Either::This(1)).is_empty());
    let _: fn(&grpc::Channel) -> MeasureStub = MeasureStub::new;
    let fault = Fault::Nothing {
        place: 1,
        after: Duration::ZERO,
        why: None,
    };
    assert!(Status::from(fault).downcast::<Fault>().is_ok());
    let upstream = Status::from(Fault::Upstream(Status::internal("x")));
    assert!(upstream.downcast::<Fault>().is_err());
}
