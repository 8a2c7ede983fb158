//! Descriptors from a live server, by its reflection. grpcio's reflection is tested in `interop_python.rs`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use grpc::{Code, Protos, Server, prelude::*, protos::json};

use self::{
    helloworld::{HiReply, HiRequest},
    reflection::{
        ErrorResponse, FileDescriptorResponse, ListServiceResponse, ServerReflectionRequest,
        ServerReflectionResponse, ServiceResponse, server_reflection_request::MessageRequest,
        server_reflection_response::MessageResponse,
    },
};

mod helloworld {
    grpc::proto!("tests/protos/document/hi.proto");
}
mod reflection {
    grpc::proto!("tests/protos/reflection.proto");
}

#[tokio::test]
async fn a_server_is_called_by_what_it_says_of_itself() -> Result<()> {
    let (_server, target) = start(Reflecting::default()).await;
    let protos = Protos::from_reflection(&target).await?;
    let services: Vec<String> = protos
        .services()
        .map(|service| service.name().to_owned())
        .collect();
    assert_eq!(services, ["helloworld.Greeter"]);
    let reply = protos
        .call(&target, "helloworld.Greeter/Hi", json!({"name": "you"}))
        .await?;
    assert_eq!(reply, json!({"message": "Hi, you!"}));
    assert_eq!(protos.method("Hi")?.comment(), None, "comments do not come along");
    Ok(())
}

#[tokio::test]
async fn a_channel_asks_its_server_once_until_it_is_told_to_ask_again() -> Result<()> {
    let reflecting = Reflecting::default();
    let calls = Arc::clone(&reflecting.calls);
    let (_server, target) = start(reflecting).await;
    let channel = grpc::insecure_channel(&target);
    let (one, two) = tokio::join!(
        Protos::from_reflection(&channel),
        Protos::from_reflection(channel.clone())
    );
    assert_eq!(one?.descriptors(), two?.descriptors());
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    let all_the_time = Duration::MAX;
    Protos::from_reflection(&channel)
        .refresh()
        .timeout(all_the_time)
        .await?;
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    Protos::from_reflection(grpc::insecure_channel(&target)).await?;
    assert_eq!(
        calls.load(Ordering::Relaxed),
        3,
        "another channel may lead to another server"
    );
    Ok(())
}

#[tokio::test]
async fn a_server_without_reflection_says_so_and_one_that_is_not_there_too() {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(Greeter);
    server.start().await.unwrap();
    let error = Protos::from_reflection(address.to_string()).await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (
            Code::Unimplemented,
            "the server has no reflection: neither grpc.reflection.v1 nor grpc.reflection.v1alpha"
        )
    );
    let error = Protos::from_reflection("127.0.0.1:1").await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
}

#[tokio::test]
async fn a_server_that_wants_to_know_who_asks_is_told() -> Result<()> {
    let (_server, target) = start(Reflecting {
        wants: Some("sesame"),
        ..Reflecting::default()
    })
    .await;
    let error = Protos::from_reflection(&target).await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::Unauthenticated, "who asks?")
    );
    Protos::from_reflection(&target)
        .metadata("x-key", "sesame")
        .wait_for_ready()
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up_on() {
    let (_server, target) = start(Reflecting {
        hangs: true,
        ..Reflecting::default()
    })
    .await;
    let started = Instant::now();
    let error = Protos::from_reflection(&target)
        .timeout(Duration::from_millis(200))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_listed_service_that_is_not_described_costs_no_other() -> Result<()> {
    let (_server, target) = start(Reflecting {
        also_lists: Some("some.Where"),
        ..Reflecting::default()
    })
    .await;
    let protos = Protos::from_reflection(&target).await?;
    let reply = protos.call(&target, "Hi", json!({"name": "you"})).await?;
    assert_eq!(reply["message"], "Hi, you!");
    let unusable: Vec<_> = protos.unusable().collect();
    assert_eq!(unusable, [("some.Where", "NOT_FOUND: no such thing")]);
    let error = protos
        .call(&target, "some.Where/Else", json!({}))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (
            Code::InvalidArgument,
            "the server lists some.Where, but it is of no use: NOT_FOUND: no such thing"
        )
    );
    Ok(())
}

struct Greeter;

#[grpc::service(contract = helloworld::Greeter)]
impl Greeter {
    async fn hi(&self, request: HiRequest) -> Result<HiReply> {
        Ok(HiReply {
            message: format!("Hi, {}!", request.name),
        })
    }

    fn streaming_hi(&self, requests: Streaming<HiRequest>) -> impl ResponseStream<HiReply> {
        stream!({
            for await request in requests {
                yield self.hi(request?).await?;
            }
        })
    }
}

/// A reflection service that describes `Greeter`.
#[derive(Default)]
struct Reflecting {
    calls: Arc<AtomicUsize>,
    hangs: bool,
    /// The value of `x-key` without which nothing is said.
    wants: Option<&'static str>,
    also_lists: Option<&'static str>,
}

#[grpc::service(contract = reflection::ServerReflection)]
impl Reflecting {
    fn server_reflection_info(
        &self,
        requests: Streaming<ServerReflectionRequest>,
        context: Context,
    ) -> impl ResponseStream<ServerReflectionResponse> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        stream!({
            if self.wants.is_some() && context.metadata().get("x-key") != self.wants {
                return Err(Status::unauthenticated("who asks?"));
            }
            for await request in requests {
                if self.hangs {
                    std::future::pending::<()>().await;
                }
                yield ServerReflectionResponse {
                    message_response: Some(self.answer(request?.message_request)),
                    ..Default::default()
                };
            }
        })
    }

    #[rpc(skip)]
    fn answer(&self, question: Option<MessageRequest>) -> MessageResponse {
        match question {
            Some(MessageRequest::ListServices(_)) => {
                let names = ["helloworld.Greeter"].into_iter().chain(self.also_lists);
                MessageResponse::ListServicesResponse(ListServiceResponse {
                    service: names
                        .map(|name| ServiceResponse {
                            name: name.to_owned(),
                        })
                        .collect(),
                })
            }
            Some(MessageRequest::FileContainingSymbol(symbol)) if symbol == "helloworld.Greeter" => {
                let protos = grpc::protos("tests/protos/document/hi.proto").unwrap();
                let files = protos.descriptors().file_descriptor_protos();
                let file = files.filter(|file| file.name() == "hi.proto").map(|file| {
                    prost::Message::encode_to_vec(
                        &grpc::protos::prost_reflect::prost_types::FileDescriptorProto {
                            source_code_info: None,
                            ..file.clone()
                        },
                    )
                });
                MessageResponse::FileDescriptorResponse(FileDescriptorResponse {
                    file_descriptor_proto: file.collect(),
                })
            }
            _ => MessageResponse::ErrorResponse(ErrorResponse {
                error_code: Code::NotFound as i32,
                error_message: "no such thing".to_owned(),
            }),
        }
    }
}

async fn start(reflecting: Reflecting) -> (Server, String) {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(Greeter);
    server.add_service(reflecting);
    server.start().await.unwrap();
    (server, address.to_string())
}
