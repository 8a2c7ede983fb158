//! The contract's macro: what it says, and from where it can be reached.

mod routeguide {
    grpc::proto!("examples/proto/route_guide.proto");
}
mod again {
    pub(crate) mod inner {
        grpc::proto!("examples/proto/route_guide.proto");
    }
}
mod a {
    grpc::proto!("tests/protos/clash.proto");
}

/// Calls back as `#[grpc::service]` does.
macro_rules! rpcs {
    ({ service $service:literal; descriptor (); $(
        rpc $ident:ident $name:literal $kind:ident
            ($request:literal, $request_type:literal) ($response:literal, $response_type:literal) $signature:literal;
    )* } { $rest:ident }) => {
        (
            $service,
            stringify!($rest),
            vec![$((
                stringify!($ident),
                $name,
                stringify!($kind),
                concat!($request, " -> ", $response),
                concat!($request_type, " -> ", $response_type),
                $signature,
            )),*],
        )
    };
}

#[test]
fn the_contract_lists_the_rpcs_with_signatures_to_paste() {
    let (service, rest, rpcs) = routeguide::RouteGuide! { [rpcs] { rest } };
    assert_eq!((service, rest), ("routeguide.RouteGuide", "rest"));
    let expected = [
        (
            "get_feature",
            "GetFeature",
            "unary",
            "routeguide.Point -> routeguide.Feature",
            "Point -> Feature",
            "async fn get_feature(&self, point: Point) -> Result<Feature>",
        ),
        (
            "list_features",
            "ListFeatures",
            "server_streaming",
            "routeguide.Rectangle -> routeguide.Feature",
            "Rectangle -> Feature",
            "fn list_features(&self, rectangle: Rectangle) -> impl ResponseStream<Feature>",
        ),
        (
            "record_route",
            "RecordRoute",
            "client_streaming",
            "routeguide.Point -> routeguide.RouteSummary",
            "Point -> RouteSummary",
            "async fn record_route(&self, points: Streaming<Point>) -> Result<RouteSummary>",
        ),
        (
            "route_chat",
            "RouteChat",
            "bidi_streaming",
            "routeguide.RouteNote -> routeguide.RouteNote",
            "RouteNote -> RouteNote",
            "fn route_chat(&self, route_notes: Streaming<RouteNote>) -> impl ResponseStream<RouteNote>",
        ),
    ];
    assert_eq!(rpcs, expected);
}

#[test]
fn two_uses_of_one_file_are_two_contracts() {
    let first = routeguide::RouteGuide! { [rpcs] { rest } };
    let second = again::inner::RouteGuide! { [rpcs] { rest } };
    assert_eq!(first, second);
    let absolute = crate::routeguide::RouteGuide! { [rpcs] { rest } };
    assert_eq!(first, absolute);
    {
        use routeguide::RouteGuide as Imported;
        assert_eq!(first.0, Imported::NAME);
        assert_eq!(first, Imported! { [rpcs] { rest } });
    }
}

#[test]
fn a_file_can_be_used_inside_a_function() {
    grpc::proto!("examples/proto/route_guide.proto");

    let (service, ..) = RouteGuide! { [rpcs] { rest } };
    assert_eq!(service, RouteGuide::NAME);
    let point = Point {
        latitude: 1,
        ..Default::default()
    };
    assert_eq!(point.latitude, 1);
    let _: fn(&'static str, Point) -> grpc::Call<Feature> = route_guide::get_feature;
}

#[test]
fn a_macro_can_hold_a_use() {
    macro_rules! modules {
        ($($name:ident)*) => { $(mod $name { grpc::proto!("examples/proto/helloworld.proto"); })* };
    }
    modules!(one two);

    let (service, _, rpcs) = one::Greeter! { [rpcs] { rest } };
    assert_eq!(
        (service, rpcs[0].5),
        (
            two::Greeter::NAME,
            "async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply>"
        )
    );
}

#[test]
fn signatures_are_written_as_a_user_would() {
    let (_, _, rpcs) = a::Greeter! { [rpcs] { rest } };
    let signatures: Vec<&str> = rpcs.iter().map(|rpc| rpc.5).collect();
    assert_eq!(
        signatures,
        [
            "async fn new(&self, result: a::Result) -> Result<a::Option>",
            "fn clone(&self, option: a::Option) -> impl ResponseStream<a::Result>",
            "async fn r#type(&self) -> Result<google::protobuf::Timestamp>",
            "async fn self_(&self, requests: Streaming<()>) -> Result<String>",
            "fn crate_(&self, thing: greeter::Thing) -> impl ResponseStream<Vec<u8>>",
            "fn chat(&self, inners: Streaming<outer::Inner>) -> impl ResponseStream<outer::Inner>",
            "fn chat_call(&self, inners: Streaming<outer::Inner>) -> impl ResponseStream<greeter::Thing>",
            "async fn get_url(&self, result: a::Result) -> Result<a::Result>",
            "async fn fmt(&self, result: a::Result) -> Result<a::Result>",
        ]
    );
}
