//! Calls without generated code, by a `.proto` that is read at run time, against servers of generated code.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use futures_util::StreamExt;
use grpc::{
    Code, MethodKind, Protos, Server,
    prelude::*,
    protos::{DynamicMessage, Value, json},
};
use tokio::sync::mpsc;

use self::routeguide::{Feature, Point, Rectangle, RouteNote, RouteSummary};

mod routeguide {
    grpc::proto!("examples/proto/route_guide.proto");
}

const PROTO: &str = "examples/proto/route_guide.proto";

// --- The four kinds -----------------------------------------------------------------------------------------

#[tokio::test]
async fn a_unary_call_takes_json_and_gives_json() -> Result<(), grpc::Error> {
    let (_server, target) = start().await;
    let protos = grpc::protos(PROTO)?;
    let reply = protos
        .call(
            &target,
            "routeguide.RouteGuide/GetFeature",
            json!({"latitude": 1, "longitude": -2}),
        )
        .await?;
    assert_eq!(
        reply,
        json!({"name": "place", "location": {"latitude": 1, "longitude": -2}})
    );
    Ok(())
}

#[tokio::test]
async fn a_method_is_called_on_a_channel_with_the_options_of_any_call() -> Result<(), grpc::Error> {
    let (_server, target) = start().await;
    let channel = grpc::insecure_channel(&target);
    let method = grpc::protos(PROTO)?.method("GetFeature")?;
    let response = method
        .unary(&channel, json!({}))
        .metadata("x-echo", "7")
        .timeout(Duration::from_secs(10))
        .wait_for_ready()
        .response()
        .await?;
    assert_eq!(response.message["name"], "place");
    assert_eq!(response.metadata.get("x-echo").unwrap().as_bytes(), b"7");
    Ok(())
}

#[tokio::test]
async fn a_server_stream_gives_every_reply() -> Result<(), grpc::Error> {
    let (_server, target) = start().await;
    let method = grpc::protos(PROTO)?.method("routeguide.RouteGuide/ListFeatures")?;
    let mut replies = method
        .server_streaming(&target, json!({"hi": {"latitude": 2}}))
        .await?;
    let mut names = Vec::new();
    while let Some(reply) = replies.receive().await? {
        names.push(reply["name"].clone());
    }
    assert_eq!(names, ["0", "1", "2"]);
    Ok(())
}

#[tokio::test]
async fn a_client_stream_takes_an_iterator_and_a_stream() -> Result<(), grpc::Error> {
    let (_server, target) = start().await;
    let method = grpc::protos(PROTO)?.method("routeguide.RouteGuide.RecordRoute")?;
    let points = || (0..3).map(|latitude| json!({ "latitude": latitude }));
    let summary = method.client_streaming(&target, points()).await?;
    assert_eq!(summary, json!({"pointCount": 3}));
    let summary = method
        .client_streaming(&target, futures_util::stream::iter(points()))
        .await?;
    assert_eq!(summary, json!({"pointCount": 3}));
    Ok(())
}

#[tokio::test]
async fn a_bidi_stream_takes_a_receiver_and_is_a_stream() -> Result<(), grpc::Error> {
    let (_server, target) = start().await;
    let method = grpc::protos(PROTO)?.method("/routeguide.RouteGuide/RouteChat")?;
    let (sender, notes) = mpsc::channel(1);
    let replies = method.bidi_streaming(&target, notes).await?;
    tokio::spawn(async move {
        for message in ["a", "b"] {
            sender.send(json!({ "message": message })).await.unwrap();
        }
    });
    let replies: Vec<Result<Value>> = replies.collect().await;
    let replies: Result<Vec<Value>> = replies.into_iter().collect();
    assert_eq!(replies?, [json!({"message": "a"}), json!({"message": "b"})]);
    Ok(())
}

#[tokio::test]
async fn a_call_by_hand_is_sent_and_received_on_and_split() -> Result<(), grpc::Error> {
    let (_server, target) = start().await;
    let protos = grpc::protos(PROTO)?;
    let mut call = protos.streaming_call(&target, "RouteGuide/RouteChat").await?;
    call.send(json!({"message": "a"})).await?;
    assert_eq!(call.receive().await?, Some(json!({"message": "a"})));
    let (mut requests, mut replies) = call.split();
    let sending = tokio::spawn(async move {
        requests.send(json!({"message": "b"})).await?;
        requests.done_sending().await
    });
    assert_eq!(replies.receive().await?, Some(json!({"message": "b"})));
    assert_eq!(replies.receive().await?, None);
    sending.await.unwrap()?;

    // A method that takes one request is opened in the same way.
    let mut call = protos.streaming_call(&target, "ListFeatures").await?;
    call.send(json!({})).await?;
    assert_eq!(call.receive().await?, Some(json!({"name": "0", "location": {}})));
    Ok(())
}

// --- Messages of other types --------------------------------------------------------------------------------

#[tokio::test]
async fn a_call_takes_any_type_that_serializes() -> Result<(), grpc::Error> {
    #[derive(serde::Serialize)]
    struct Place<'a> {
        latitude: i32,
        longitude: &'a i32,
    }
    let (_server, target) = start().await;
    let place = Place {
        latitude: 5,
        longitude: &6,
    };
    let reply = grpc::protos(PROTO)?.call(&target, "GetFeature", &place).await?;
    assert_eq!(reply["location"], json!({"latitude": 5, "longitude": 6}));
    Ok(())
}

#[tokio::test]
async fn dynamic_messages_go_in_and_out() -> Result<(), grpc::Error> {
    let (_server, target) = start().await;
    let protos = grpc::protos(PROTO)?;
    let method = protos.method("GetFeature")?.dynamic();
    let mut point = DynamicMessage::new(protos.message("routeguide.Point")?);
    point.set_field_by_name("latitude", grpc::protos::prost_reflect::Value::I32(3));
    let feature = method.unary(&target, point.clone()).await?;
    let location = feature.get_field_by_name("location").unwrap();
    assert_eq!(location.as_message(), Some(&point));

    let wrong = DynamicMessage::new(protos.message("routeguide.Feature")?);
    let error = method.unary(&target, wrong).await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (
            Code::InvalidArgument,
            "expected a message routeguide.Point, not routeguide.Feature"
        )
    );
    Ok(())
}

// --- Mistakes -----------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_wrong_request_is_an_error_with_its_place_before_anything_is_sent() -> Result<(), grpc::Error> {
    let protos = grpc::protos(PROTO)?;
    // Nobody listens there, which the call does not come to find out.
    let error = protos
        .call("127.0.0.1:1", "GetFeature", json!({"latitude": "x"}))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (
            Code::InvalidArgument,
            r#"request.latitude: expected integer, found string "x""#
        )
    );
    let error = protos
        .method("ListFeatures")?
        .server_streaming("127.0.0.1:1", json!({"lo": {"latitud": 1}}))
        .await
        .unwrap_err();
    assert_eq!(
        error.message(),
        "request.lo.latitud: no such field of routeguide.Point; did you mean `latitude`?"
    );
    Ok(())
}

#[tokio::test]
async fn a_wrong_request_in_a_stream_ends_the_call_and_in_send_it_does_not() -> Result<(), grpc::Error> {
    let (_server, target) = start().await;
    let protos = grpc::protos(PROTO)?;
    let points = [json!({"latitude": 1}), json!({"latitude": 1.5})];
    let error = protos
        .method("RecordRoute")?
        .client_streaming(&target, points)
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (
            Code::InvalidArgument,
            "request.latitude: expected integer, found number 1.5"
        )
    );

    let mut call = protos.streaming_call(&target, "RouteChat").await?;
    let error = call.send(json!({"message": 1})).await.unwrap_err();
    assert_eq!(
        error.message(),
        "request.message: expected string, found integer 1"
    );
    call.send(json!({"message": "a"})).await?;
    assert_eq!(call.receive().await?, Some(json!({"message": "a"})));
    Ok(())
}

#[tokio::test]
async fn the_servers_own_errors_arrive() -> Result<(), grpc::Error> {
    let (_server, target) = start().await;
    let error = grpc::protos(PROTO)?
        .call(&target, "GetFeature", json!({"latitude": -1}))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::NotFound, "no feature here")
    );
    Ok(())
}

#[tokio::test]
async fn an_unknown_method_is_an_error_with_near_ones() -> Result<(), grpc::Error> {
    let protos = grpc::protos(PROTO)?;
    for (name, expected) in [
        (
            "routeguide.RouteGuide/GetFeatures",
            "routeguide.RouteGuide has no method `GetFeatures`; did you mean `GetFeature`?",
        ),
        (
            "routeguide.RouteGuide.Fly",
            "routeguide.RouteGuide has no method `Fly`; it has `GetFeature`, `ListFeatures`, `RecordRoute` and \
             `RouteChat`",
        ),
        (
            "routeguide.RuteGuide.GetFeature",
            "no method `routeguide.RuteGuide.GetFeature`; did you mean `routeguide.RouteGuide/GetFeature`?",
        ),
        ("RouteChatt", "no method `RouteChatt`; did you mean `RouteChat`?"),
        (
            "Fly",
            "no method `Fly`; there is `routeguide.RouteGuide/GetFeature`, `routeguide.RouteGuide/ListFeatures`, \
             `routeguide.RouteGuide/RecordRoute` and `routeguide.RouteGuide/RouteChat`",
        ),
        (
            "",
            "no method ``; there is `routeguide.RouteGuide/GetFeature`, `routeguide.RouteGuide/ListFeatures`, \
             `routeguide.RouteGuide/RecordRoute` and `routeguide.RouteGuide/RouteChat`",
        ),
    ] {
        let error = protos.method(name).unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::InvalidArgument, expected));
        let error = protos.call("127.0.0.1:1", name, json!({})).await.unwrap_err();
        assert_eq!(error.message(), expected);
        let error = protos.streaming_call("127.0.0.1:1", name).await.unwrap_err();
        assert_eq!(error.message(), expected);
    }
    assert_eq!(
        protos.service("RouteGuid").unwrap_err().message(),
        "no service `RouteGuid`; there is `routeguide.RouteGuide`"
    );
    assert_eq!(
        protos.message("routeguide.Pont").unwrap_err().message(),
        "no message `routeguide.Pont`; did you mean `routeguide.Point`?"
    );
    Ok(())
}

#[tokio::test]
async fn a_call_of_the_wrong_kind_says_which_kind_it_is_and_how_to_call_it() -> Result<(), grpc::Error> {
    let protos = grpc::protos(PROTO)?;
    let target = "127.0.0.1:1";
    let none = || Vec::<Value>::new();
    let text =
        |name: &str, is: &str, call: &str| format!("routeguide.RouteGuide/{name} is {is}: call it by {call}");
    let unary = text("GetFeature", "unary", "`unary` or `Protos::call`");
    let bidi = text(
        "RouteChat",
        "bidi-streaming",
        "`bidi_streaming`, `open` or `Protos::streaming_call`",
    );
    let get = protos.method("GetFeature")?;
    for error in [
        protos.streaming_call(target, "GetFeature").await.map(drop),
        get.open(target).await.map(drop),
        get.server_streaming(target, json!({})).await.map(drop),
        get.client_streaming(target, none()).await.map(drop),
        get.bidi_streaming(target, none()).await.map(drop),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert_eq!(error.message(), unary);
    }
    let error = protos.call(target, "RouteChat", json!({})).await.unwrap_err();
    assert_eq!(error.message(), bidi);
    let error = protos
        .method("RecordRoute")?
        .unary(target, json!({}))
        .await
        .unwrap_err();
    assert_eq!(
        error.message(),
        text(
            "RecordRoute",
            "client-streaming",
            "`client_streaming`, `open` or `Protos::streaming_call`"
        )
    );
    let error = protos
        .method("ListFeatures")?
        .unary(target, json!({}))
        .await
        .unwrap_err();
    assert_eq!(
        error.message(),
        text(
            "ListFeatures",
            "server-streaming",
            "`server_streaming`, `open` or `Protos::streaming_call`"
        )
    );
    Ok(())
}

// --- What there is ------------------------------------------------------------------------------------------

#[test]
fn services_and_methods_are_listed_with_their_kinds_messages_and_comments() {
    let protos = grpc::protos(PROTO).unwrap();
    let services: Vec<_> = protos.services().collect();
    assert_eq!(services.len(), 1);
    let service = &services[0];
    assert_eq!(service.name(), "routeguide.RouteGuide");
    assert_eq!(
        service.comment().as_deref(),
        Some("A guide to what there is along a route: one rpc of each kind.")
    );
    let methods: Vec<_> = service
        .methods()
        .map(|method| {
            let (request, response) = (method.request(), method.response());
            (
                method.path(),
                method.kind(),
                request.name().to_owned(),
                response.name().to_owned(),
            )
        })
        .collect();
    let method = |name: &str, kind, request: &str, response: &str| {
        (
            format!("/routeguide.RouteGuide/{name}"),
            kind,
            request.to_owned(),
            response.to_owned(),
        )
    };
    assert_eq!(
        methods,
        [
            method("GetFeature", MethodKind::Unary, "Point", "Feature"),
            method(
                "ListFeatures",
                MethodKind::ServerStreaming,
                "Rectangle",
                "Feature"
            ),
            method(
                "RecordRoute",
                MethodKind::ClientStreaming,
                "Point",
                "RouteSummary"
            ),
            method("RouteChat", MethodKind::BidiStreaming, "RouteNote", "RouteNote"),
        ]
    );
    let get = service.method("GetFeature").unwrap();
    assert_eq!(get.name(), "GetFeature");
    assert_eq!(
        get.comment().as_deref(),
        Some("What there is at a point; NOT_FOUND if there is nothing.")
    );
    let point = protos.message("routeguide.Point").unwrap();
    let fields: Vec<_> = point.fields().map(|field| field.name().to_owned()).collect();
    assert_eq!(fields, ["latitude", "longitude"]);
}

// --- Where they come from -----------------------------------------------------------------------------------

#[test]
fn a_wrong_proto_is_an_error_with_file_line_and_column() {
    let directory = Directory::new("wrong");
    let path = directory.write(
        "x.proto",
        "syntax = \"proto3\";\n\nmessage X {\n  strin name = ;\n}\n",
    );
    let error = grpc::protos(&path).unwrap_err().to_string();
    assert!(
        error.ends_with("protos/wrong/x.proto:4:16: expected an integer, found ';'"),
        "{error}"
    );
    let missing = directory.0.join("none.proto");
    let error = grpc::protos(&missing).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("{0}: no such file; looked for {0}", missing.display())
    );
    assert_eq!(
        Protos::builder().load().unwrap_err().to_string(),
        "no .proto file is named"
    );
}

#[test]
fn imports_are_found_beside_the_file_and_in_include_directories() {
    let directory = Directory::new("imports");
    let service = "syntax = \"proto3\"; package shop; import \"m.proto\"; import \"common/n.proto\";\n\
                   service Shop { rpc Buy(M) returns (N); }";
    let path = directory.write("services/shop.proto", service);
    directory.write(
        "services/m.proto",
        "syntax = \"proto3\"; package shop; message M {}",
    );
    directory.write(
        "include/common/n.proto",
        "syntax = \"proto3\"; package shop; message N {}",
    );
    let error = grpc::protos(&path).unwrap_err().to_string();
    assert!(
        error.contains("shop.proto:1:52: import 'common/n.proto' not found; looked in "),
        "{error}"
    );
    let protos = Protos::builder()
        .include(directory.0.join("services"))
        .include(directory.0.join("include"))
        .file("shop.proto")
        .load()
        .unwrap();
    assert_eq!(
        protos.method("shop.Shop/Buy").unwrap().response().full_name(),
        "shop.N"
    );
}

#[test]
fn what_has_not_changed_is_given_again_and_what_has_is_read_again() {
    let directory = Directory::new("cache");
    let path = directory.write(
        "a.proto",
        "syntax = \"proto3\"; import \"b.proto\"; service A { rpc B(B) returns (B); }",
    );
    directory.write("b.proto", "syntax = \"proto3\"; message B { int32 one = 1; }");
    let one = grpc::protos(&path).unwrap();
    assert!(
        is_same(&one, &grpc::protos(&path).unwrap()),
        "nothing has changed"
    );

    directory.write("b.proto", "syntax = \"proto3\"; message B { int32 two = 1; }");
    let two = grpc::protos(&path).unwrap();
    assert!(two.message("B").unwrap().get_field_by_name("two").is_some());
    assert!(
        one.message("B").unwrap().get_field_by_name("one").is_some(),
        "it stays as it was"
    );
    let too_new = grpc::protos(&path).unwrap();
    assert!(
        !is_same(&two, &too_new),
        "a file that was written just now may be written again in the same tick"
    );
    directory.age("b.proto");
    let two = grpc::protos(&path).unwrap();
    assert!(is_same(&two, &grpc::protos(&path).unwrap()));

    fs::remove_file(directory.0.join("b.proto")).unwrap();
    let error = grpc::protos(&path).unwrap_err().to_string();
    assert!(error.contains("import 'b.proto' not found"), "{error}");
}

#[test]
fn a_file_that_appears_before_another_of_its_name_is_noticed() {
    let directory = Directory::new("shadow");
    let path = directory.write("main/a.proto", "syntax = \"proto3\"; import \"b.proto\";");
    directory.write("later/b.proto", "syntax = \"proto3\"; message Later {}");
    let load = || {
        Protos::builder()
            .include(directory.0.join("main"))
            .include(directory.0.join("first"))
            .include(directory.0.join("later"))
            .file(&path)
            .load()
            .unwrap()
    };
    assert!(is_same(&load(), &load()));
    assert!(load().message("Later").is_ok());
    directory.write("first/b.proto", "syntax = \"proto3\"; message First {}");
    assert!(load().message("First").is_ok());
}

#[tokio::test]
async fn a_descriptor_set_does_as_well_as_a_file() -> Result<(), grpc::Error> {
    let (_server, target) = start().await;
    let encoded = grpc::protos(PROTO)?.descriptors().encode_to_vec();
    let protos = Protos::from_descriptor_set(&encoded)?;
    let reply = protos.call(&target, "GetFeature", json!({})).await?;
    assert_eq!(reply["name"], "place");

    let set: grpc::protos::FileDescriptorSet = prost::Message::decode(&encoded[..]).unwrap();
    assert_eq!(Protos::try_from(set)?.services().len(), 1);
    let error = Protos::from_descriptor_set([0xff]).unwrap_err().to_string();
    assert!(error.starts_with("the FileDescriptorSet: "), "{error}");
    Ok(())
}

#[test]
fn a_descriptor_set_that_is_not_complete_says_what_is_missing() {
    use grpc::protos::prost_reflect::prost_types::FileDescriptorProto;

    let file = FileDescriptorProto {
        name: Some("a.proto".to_owned()),
        syntax: Some("proto3".to_owned()),
        dependency: vec!["google/protobuf/any.proto".to_owned(), "b.proto".to_owned()],
        ..Default::default()
    };
    let set = grpc::protos::FileDescriptorSet { file: vec![file] };
    assert_eq!(
        Protos::try_from(set).unwrap_err().to_string(),
        "the FileDescriptorSet: a.proto: imported file 'b.proto' has not been added"
    );
}

#[test]
fn a_name_that_fits_several_is_an_error_that_lists_them() {
    let directory = Directory::new("several");
    let text = |package: &str| {
        format!(
            "syntax = \"proto3\"; package {package}; message M {{}} service S {{ rpc Get(M) returns (M); }}"
        )
    };
    let paths = [
        directory.write("a.proto", &text("a")),
        directory.write("b.proto", &text("b")),
    ];
    let protos = Protos::builder().files(paths).load().unwrap();
    for name in ["Get", "S/Get", "S.Get"] {
        assert_eq!(
            protos.method(name).unwrap_err().message(),
            format!("`{name}` may be any of `a.S/Get` and `b.S/Get`")
        );
    }
    assert_eq!(
        protos.service("S").unwrap_err().message(),
        "`S` may be any of `a.S` and `b.S`"
    );
    assert_eq!(protos.method("b.S.Get").unwrap().path(), "/b.S/Get");
}

fn is_same(one: &Protos, other: &Protos) -> bool {
    one.descriptors() == other.descriptors()
}

/// A directory of `.proto` files for one test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("protos").join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a file; the first time as if that had been a while ago.
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        let is_new = !path.exists();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        if is_new {
            self.age(name);
        }
        path
    }

    fn age(&self, name: &str) {
        let file = fs::File::options().write(true).open(self.0.join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(60))
            .unwrap();
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

// --- The server ---------------------------------------------------------------------------------------------

struct Guide;

#[grpc::service(contract = routeguide::RouteGuide)]
impl Guide {
    async fn get_feature(&self, point: Point, context: Context) -> Result<Feature> {
        if point.latitude < 0 {
            return Err(Status::not_found("no feature here"));
        }
        if let Some(echo) = context.metadata().get("x-echo") {
            let mut metadata = grpc::Metadata::new();
            metadata.append("x-echo", echo).unwrap();
            context.send_initial_metadata(metadata)?;
        }
        Ok(Feature {
            name: "place".to_owned(),
            location: Some(point),
        })
    }

    fn list_features(&self, area: Rectangle) -> impl ResponseStream<Feature> {
        let last = area.hi.map_or(0, |hi| hi.latitude);
        stream!({
            for latitude in 0..=last {
                yield Feature {
                    name: latitude.to_string(),
                    location: Some(Point {
                        latitude,
                        longitude: 0,
                    }),
                };
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
        notes
    }
}

/// A server, for as long as it is held, and the target that reaches it.
async fn start() -> (Server, String) {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(Guide);
    server.start().await.unwrap();
    (server, address.to_string())
}
