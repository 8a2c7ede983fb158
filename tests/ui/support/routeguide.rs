//! What the generator makes of a `route_guide.proto`, as far as the macros look at it.
#![allow(dead_code, unreachable_pub, reason = "it stands for a library's code")]

use grpc::__private::{Method, MethodKind, Prost, Rpc};

#[derive(Clone, PartialEq, prost::Message)]
pub struct Point {
    #[prost(int32, tag = "1")]
    pub latitude: i32,
    #[prost(int32, tag = "2")]
    pub longitude: i32,
}
#[derive(Clone, PartialEq, prost::Message)]
pub struct Rectangle {
    #[prost(message, optional, tag = "1")]
    pub lo: Option<Point>,
    #[prost(message, optional, tag = "2")]
    pub hi: Option<Point>,
}
#[derive(Clone, PartialEq, prost::Message)]
pub struct Feature {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, optional, tag = "2")]
    pub location: Option<Point>,
}
#[derive(Clone, PartialEq, prost::Message)]
pub struct RouteNote {
    #[prost(string, tag = "1")]
    pub message: String,
}
#[derive(Clone, PartialEq, prost::Message)]
pub struct RouteSummary {
    #[prost(int32, tag = "1")]
    pub point_count: i32,
}

pub enum RouteGuide {}

impl RouteGuide {
    pub const DESCRIPTOR: &'static [u8] = b"descriptor";
}

macro_rules! rpcs {
    ($($index:literal $name:literal $kind:ident $request:ty => $response:ty;)*) => { $(
        impl Rpc<$index> for RouteGuide {
            type Request = $request;
            type Response = $response;
            type Codec = Prost;
            const METHOD: &'static Method = &Method::new(concat!("/routeguide.RouteGuide/", $name), MethodKind::$kind);
        }
    )* };
}

rpcs! {
    0 "GetFeature" Unary Point => Feature;
    1 "ListFeatures" ServerStreaming Rectangle => Feature;
    2 "RecordRoute" ClientStreaming Point => RouteSummary;
    3 "RouteChat" BidiStreaming RouteNote => RouteNote;
    4 "Ping" Unary () => ();
}

macro_rules! __grpc_contract_routeguide_RouteGuide {
    ([$($next:tt)*] $($rest:tt)*) => { $($next)* ! { {
        service "routeguide.RouteGuide";
        descriptor ();
        rpc get_feature "GetFeature" unary ("routeguide.Point", "Point") ("routeguide.Feature", "Feature")
            "async fn get_feature(&self, point: Point) -> Result<Feature>";
        rpc list_features "ListFeatures" server_streaming ("routeguide.Rectangle", "Rectangle") ("routeguide.Feature", "Feature")
            "fn list_features(&self, rectangle: Rectangle) -> impl ResponseStream<Feature>";
        rpc record_route "RecordRoute" client_streaming ("routeguide.Point", "Point") ("routeguide.RouteSummary", "RouteSummary")
            "async fn record_route(&self, points: Streaming<Point>) -> Result<RouteSummary>";
        rpc route_chat "RouteChat" bidi_streaming ("routeguide.RouteNote", "RouteNote") ("routeguide.RouteNote", "RouteNote")
            "fn route_chat(&self, route_notes: Streaming<RouteNote>) -> impl ResponseStream<RouteNote>";
        rpc ping "Ping" unary ("google.protobuf.Empty", "()") ("google.protobuf.Empty", "()")
            "async fn ping(&self) -> Result<()>";
    } $($rest)* } };
}
#[allow(unused_imports, reason = "some tests only want the messages")]
pub(crate) use __grpc_contract_routeguide_RouteGuide as RouteGuide;
