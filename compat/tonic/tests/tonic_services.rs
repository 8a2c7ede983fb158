//! The services that tonic ships, unchanged on our server.

mod support;

use std::sync::Arc;

use grpc_servicer_compat_tonic::generated::{
    DESCRIPTORS,
    echo::echo_server::{EchoServer, SERVICE_NAME},
};
use tokio_stream::StreamExt;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use self::support::{GeneratedEcho, Watch, ours};

#[tokio::test]
async fn tonic_health_is_served() {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_serving::<EchoServer<GeneratedEcho>>().await;
    let server = ours(Arc::new(Watch::default()), |server| {
        server.add_tower_service("grpc.health.v1.Health", health);
    })
    .await;
    let mut client = HealthClient::new(grpc::insecure_channel(&server.target));
    let about = |service: &str| HealthCheckRequest {
        service: service.to_owned(),
    };
    let response = client.check(about(SERVICE_NAME)).await.unwrap().into_inner();
    assert_eq!(response.status(), ServingStatus::Serving);
    let status = client.check(about("nobody")).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::NotFound);

    let mut watch = client.watch(about(SERVICE_NAME)).await.unwrap().into_inner();
    assert_eq!(
        watch.message().await.unwrap().unwrap().status(),
        ServingStatus::Serving
    );
    reporter.set_not_serving::<EchoServer<GeneratedEcho>>().await;
    assert_eq!(
        watch.message().await.unwrap().unwrap().status(),
        ServingStatus::NotServing
    );
}

#[tokio::test]
async fn tonic_reflection_is_served() {
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .build_v1()
        .unwrap();
    let server = ours(Arc::new(Watch::default()), |server| {
        server.add_tower_service("grpc.reflection.v1.ServerReflection", reflection);
        server.add_tower_service(SERVICE_NAME, EchoServer::new(GeneratedEcho::default()));
    })
    .await;
    let mut client = ServerReflectionClient::new(grpc::insecure_channel(&server.target));
    let ask = |request| ServerReflectionRequest {
        host: String::new(),
        message_request: Some(request),
    };
    let requests = tokio_stream::iter([
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol(SERVICE_NAME.to_owned())),
    ]);
    let mut responses = client
        .server_reflection_info(requests)
        .await
        .unwrap()
        .into_inner();
    let Some(MessageResponse::ListServicesResponse(list)) =
        responses.next().await.unwrap().unwrap().message_response
    else {
        panic!("not a list");
    };
    assert!(
        list.service.iter().any(|service| service.name == SERVICE_NAME),
        "{list:?}"
    );
    let file = responses.next().await.unwrap().unwrap().message_response;
    assert!(
        matches!(&file, Some(MessageResponse::FileDescriptorResponse(file)) if file.file_descriptor_proto.len() == 1),
        "{file:?}"
    );
    assert!(responses.next().await.is_none());
}
