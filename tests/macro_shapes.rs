//! Every shape that a handler may have compiles, as do the places that a service may stand in.

#![allow(clippy::duplicate_mod, reason = "the contract is in a function too")]

#[path = "ui/support/routeguide.rs"]
mod routeguide;

use std::pin::Pin;

use futures_core::Stream;
use grpc::{
    __private::{Prost, Rpc},
    BoxStream, Call, Code, Service, StreamingCall,
    prelude::*,
};
use routeguide::{Feature, Point, Rectangle, RouteNote, RouteSummary};

/// Serves it on a port of its own, and calls all of its rpcs: two points in, and what comes back.
async fn exercise<S: Service<routeguide::RouteGuide>>(service: S) -> Result<Answers, grpc::Error> {
    assert_eq!(S::NAME, "routeguide.RouteGuide");
    assert_eq!(S::descriptor(), b"descriptor");
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0")?;
    server.add_service(service);
    server.start().await?;
    let channel = grpc::insecure_channel(address.to_string());

    let point = || Point {
        latitude: 1,
        longitude: 2,
    };
    let area = Rectangle {
        lo: Some(point()),
        hi: None,
    };
    let get = method::<0>();
    let feature: Result<Feature> = Call::unary(&channel, get, point(), Prost).await;
    let mut features = StreamingCall::server_streaming(&channel, method::<1>(), area, Prost).await?;
    let mut names = Vec::new();
    let listed: Result<()> = loop {
        let feature: Option<Feature> = match features.receive().await {
            Ok(feature) => feature,
            Err(status) => break Err(status),
        };
        let Some(feature) = feature else { break Ok(()) };
        names.push(feature.name);
    };
    let summary: RouteSummary =
        Call::client_streaming(&channel, method::<2>(), [point(), point()], Prost).await?;
    let notes = [RouteNote {
        message: "note".to_owned(),
    }];
    let mut chat = StreamingCall::bidi_streaming(&channel, method::<3>(), notes, Prost).await?;
    let note: Option<RouteNote> = chat.receive().await?;
    let () = Call::unary(&channel, method::<4>(), (), Prost).await?;
    Ok(Answers {
        feature: feature
            .map(|feature| feature.name)
            .map_err(|status| status.code()),
        names,
        listed: listed.map_err(|status| status.code()),
        points: summary.point_count,
        note: note.map(|note| note.message),
    })
}

#[derive(Debug, PartialEq)]
struct Answers {
    feature: Result<String, Code>,
    names: Vec<String>,
    listed: Result<(), Code>,
    points: i32,
    note: Option<String>,
}

fn method<const N: usize>() -> &'static grpc::Method
where
    routeguide::RouteGuide: Rpc<N>,
{
    <routeguide::RouteGuide as Rpc<N>>::METHOD
}

fn feature(name: &str) -> Feature {
    Feature {
        name: name.to_owned(),
        location: None,
    }
}

struct Plain {
    features: Vec<Feature>,
}

#[grpc::service(contract = routeguide::RouteGuide)]
impl Plain {
    async fn get_feature(&self, point: Point) -> Result<Feature> {
        let found = self
            .features
            .iter()
            .find(|feature| feature.location.as_ref() == Some(&point));
        found.cloned().ok_or_else(|| Status::not_found("no feature here"))
    }

    fn list_features(&self, area: Rectangle) -> impl ResponseStream<Feature> {
        stream!({
            for feature in self.features.iter().filter(|feature| feature.location != area.hi) {
                yield feature.clone();
            }
        })
    }

    async fn record_route(&self, mut points: Streaming<Point>) -> Result<RouteSummary> {
        let mut summary = RouteSummary::default();
        while points.receive().await?.is_some() {
            summary.point_count += 1;
        }
        Ok(summary)
    }

    fn route_chat(&self, notes: Streaming<RouteNote>) -> impl ResponseStream<RouteNote> {
        stream!({
            for await note in notes {
                yield note?;
            }
        })
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_plain_shapes_are_a_service() -> Result<(), grpc::Error> {
    let answers = exercise(std::sync::Arc::new(Plain {
        features: vec![feature("a"), feature("b")],
    }))
    .await?;
    assert_eq!(
        answers,
        Answers {
            feature: Err(Code::NotFound),
            names: vec![],
            listed: Ok(()),
            points: 2,
            note: Some("note".to_owned()),
        }
    );
    Ok(())
}

#[derive(Debug)]
struct Fault;

impl From<Fault> for Status {
    fn from(_: Fault) -> Self {
        Self::internal("fault")
    }
}

struct Flexible<T, const N: usize>(T);

impl<T, const N: usize> Flexible<T, N>
where
    T: AsRef<str> + Clone + Send + Sync + 'static,
{
    const GREETING: &str = "hello";
}

#[grpc::service(contract = routeguide::RouteGuide)]
impl<T, const N: usize> Flexible<T, N>
where
    T: AsRef<str> + Clone + Send + Sync + 'static,
{
    /// A destructured argument, a context, an error type of its own, a task of its own.
    #[rpc(spawn)]
    pub(crate) async fn get_feature(
        &self,
        Point { latitude, .. }: Point,
        context: Context,
    ) -> Result<Feature, Fault> {
        // Names that the expansion uses too.
        let (call, service, request, reply, codec) = (latitude, N, context.peer(), (), ());
        let _ = (call, service, request, reply, codec);
        Ok(Feature {
            name: format!("{} {latitude} {}", Self::GREETING, self.0.as_ref()),
            location: None,
        })
    }

    /// Fails before the first byte.
    async fn list_features(
        &self,
        area: Rectangle,
        _: Context,
    ) -> Result<impl ResponseStream<Feature>, Fault> {
        let Some(corner) = area.lo else { return Err(Fault) };
        Ok(stream!({
            yield Feature {
                name: self.0.as_ref().to_owned(),
                location: Some(corner),
            };
        }))
    }

    #[rpc(detached, name = "RecordRoute")]
    async fn record(&self, points: Streaming<Point>) -> Result<RouteSummary, Fault> {
        drop(points);
        Ok(RouteSummary::default())
    }

    /// The explicit form.
    async fn route_chat(&self, mut call: ServerCall<RouteNote, RouteNote>) -> Result<()> {
        while let Some(note) = call.receive().await? {
            call.send(note).await?;
        }
        Ok(())
    }

    #[cfg(test)]
    async fn ping(&self, (): ()) -> Result<()> {
        self.helper();
        Ok(())
    }

    #[cfg(not(test))]
    async fn ping(&self) -> Nothing {}

    #[rpc(skip)]
    fn helper(&self) {}
}

#[tokio::test]
async fn generics_contexts_patterns_and_attributes_are_welcome() -> Result<(), grpc::Error> {
    let answers = exercise(Flexible::<String, 3>("you".to_owned())).await?;
    assert_eq!(
        answers,
        Answers {
            feature: Ok("hello 1 you".to_owned()),
            names: vec!["you".to_owned()],
            listed: Ok(()),
            points: 0,
            note: Some("note".to_owned()),
        }
    );
    Ok(())
}

type Points = Streaming<Point>;
type Area = Rectangle;
type Found = Result<Feature>;
type Notes<'a> = BoxStream<'a, RouteNote>;

struct Aliased;

#[grpc::service(contract = routeguide::RouteGuide)]
impl Aliased {
    #[expect(clippy::manual_async_fn, reason = "it is a shape")]
    fn get_feature(&self, point: Point) -> impl Future<Output = Found> + Send {
        async move {
            Ok(Feature {
                name: "aliased".to_owned(),
                location: Some(point),
            })
        }
    }

    fn list_features(&self, _area: Area) -> Pin<Box<dyn Stream<Item = Result<Feature, Fault>> + Send + '_>> {
        Box::pin(tokio_stream::iter([Ok(Feature::default()), Err(Fault)]))
    }

    async fn record_route(&self, _points: Points) -> Result<RouteSummary> {
        Ok(RouteSummary::default())
    }

    async fn route_chat(&self, notes: Streaming<RouteNote>) -> Result<Notes<'_>> {
        Ok(Box::pin(notes))
    }

    async fn ping(&self, _context: Context) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn aliases_are_looked_through() -> Result<(), grpc::Error> {
    let answers = exercise(Aliased).await?;
    assert_eq!(
        answers,
        Answers {
            feature: Ok("aliased".to_owned()),
            names: vec![String::new()],
            listed: Err(Code::Internal),
            points: 0,
            note: Some("note".to_owned()),
        }
    );
    Ok(())
}

mod v2 {
    pub(crate) enum Pinger {}

    impl grpc::__private::Rpc<0> for Pinger {
        type Request = ();
        type Response = ();
        type Codec = grpc::__private::Prost;
        const METHOD: &'static grpc::Method = &grpc::Method::new("/v2.Pinger/Ping", grpc::MethodKind::Unary);
    }

    macro_rules! pinger {
        ([$($next:tt)*] $($rest:tt)*) => { $($next)* ! { {
            service "v2.Pinger";
            descriptor (&[7]);
            rpc ping "Ping" unary ("google.protobuf.Empty", "()") ("google.protobuf.Empty", "()") "async fn ping(&self) -> Result<()>";
        } $($rest)* } };
    }
    pub(crate) use pinger as Pinger;
}

#[grpc::service(contract = v2::Pinger)]
impl Plain {
    #[rpc(name = "Ping")]
    async fn ping_v2(&self) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn one_struct_serves_two_contracts() -> Result<(), grpc::Error> {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0")?;
    let plain = std::sync::Arc::new(Plain { features: vec![] });
    server.add_service::<routeguide::RouteGuide, _>(std::sync::Arc::clone(&plain));
    server.add_service::<v2::Pinger, _>(plain);
    server.start().await?;
    let channel = grpc::insecure_channel(address.to_string());
    let () = Call::unary(&channel, method::<4>(), (), Prost).await?;
    let () = Call::unary(&channel, <v2::Pinger as Rpc<0>>::METHOD, (), Prost).await?;
    assert_eq!(<Plain as Service<v2::Pinger>>::NAME, "v2.Pinger");
    assert_eq!(<Plain as Service<v2::Pinger>>::descriptor(), [7]);
    Ok(())
}

macro_rules! by_macro {
    ($service:ident, $contract:path, $point:ty, $feature:ty) => {
        struct $service;

        #[grpc::service(contract = $contract)]
        impl $service {
            async fn get_feature(&self, point: $point) -> Result<$feature> {
                let _ = point;
                Ok(Feature::default())
            }

            fn list_features(&self, area: Rectangle) -> impl ResponseStream<$feature> {
                stream!({
                    let call = area;
                    yield Feature {
                        location: call.lo,
                        name: String::new(),
                    };
                })
            }

            async fn record_route(&self, points: Streaming<$point>) -> Result<RouteSummary> {
                drop(points);
                Ok(RouteSummary::default())
            }

            fn route_chat(&self, notes: Streaming<RouteNote>) -> impl ResponseStream<RouteNote> {
                notes
            }

            async fn ping(&self) -> Result<()> {
                Ok(())
            }
        }
    };
}

by_macro!(Emitted, routeguide::RouteGuide, Point, Feature);

macro_rules! passed_through {
    ($($item:item)*) => { $(#[grpc::service(contract = v2::Pinger)] $item)* };
}

struct Passed;

passed_through! {
    impl Passed {
        #[rpc(spawn)]
        async fn ping(&self) -> Result<()> {
            Ok(())
        }
    }
}

#[tokio::test]
async fn macros_emit_services() -> Result<(), grpc::Error> {
    assert_eq!(exercise(Emitted).await?.names, [""]);
    assert_eq!(<Passed as Service<v2::Pinger>>::NAME, "v2.Pinger");
    Ok(())
}

#[test]
fn a_service_may_stand_in_a_function() {
    #[path = "ui/support/routeguide.rs"]
    mod inner;

    struct Local;

    #[grpc::service(contract = inner::RouteGuide)]
    impl Local {
        async fn get_feature(&self, _point: inner::Point) -> Result<inner::Feature> {
            Ok(inner::Feature::default())
        }

        fn list_features(&self, _area: inner::Rectangle) -> impl ResponseStream<inner::Feature> {
            stream!({})
        }

        async fn record_route(&self, _points: Streaming<inner::Point>) -> Result<inner::RouteSummary> {
            Ok(inner::RouteSummary::default())
        }

        fn route_chat(&self, notes: Streaming<inner::RouteNote>) -> impl ResponseStream<inner::RouteNote> {
            notes
        }

        async fn ping(&self) -> Result<()> {
            Ok(())
        }
    }

    fn name<S: Service<inner::RouteGuide>>(_: &S) -> &'static str {
        S::NAME
    }
    assert_eq!(name(&Local), "routeguide.RouteGuide");
}

#[grpc::service(contract = v2::Pinger)]
#[cfg(any())]
impl Nothing {
    async fn ping(&self) -> Nothing {}
}

#[grpc::service(package = "nothing.v1")]
#[cfg(any())]
impl Nothing {
    pub async fn ping(&self) -> Nothing {}
}

mod renamed {
    pub(crate) mod deep {
        pub(crate) use ::grpc as rpc;
    }
}

struct Renamed;

#[grpc::service(crate = renamed::deep::rpc, contract = v2::Pinger)]
impl Renamed {
    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

struct RenamedBelow;

#[grpc::service(contract = v2::Pinger)]
#[grpc(crate = renamed::deep::rpc)]
impl RenamedBelow {
    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

#[test]
fn the_library_may_have_another_path() {
    assert_eq!(<Renamed as Service<v2::Pinger>>::NAME, "v2.Pinger");
    assert_eq!(<RenamedBelow as Service<v2::Pinger>>::NAME, "v2.Pinger");
    let stream = renamed::deep::rpc::stream!({
        yield 1;
    });
    fn is_stream(_: impl ResponseStream<i32>) {}
    is_stream(stream);
}
