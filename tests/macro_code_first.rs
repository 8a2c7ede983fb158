//! A service that its code declares, and the stub that comes with it.
#![allow(missing_docs, unreachable_pub, reason = "it stands for a library's code")]

use grpc::{Call, Channel, OpenCall, Service, StreamingCall, prelude::*};

#[derive(Clone, PartialEq, prost::Message)]
pub struct Step {
    #[prost(int64, tag = "1")]
    pub by: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Total {
    #[prost(int64, tag = "1")]
    pub sum: i64,
}

type Steps = Streaming<Step>;
type Reply = Result<Total>;

pub struct Counter<S>(S);

#[grpc::service(package = "tally.v1", name = "Tally")]
impl<S: Send + Sync + 'static> Counter<S> {
    /// Adds a step.
    pub async fn add(&self, step: Step) -> Result<Total> {
        Ok(Total { sum: step.by })
    }

    #[rpc]
    fn history(&self, _all: (), context: Context) -> impl ResponseStream<Step> {
        stream!({
            yield Step {
                by: context.method().len().try_into().unwrap_or(i64::MAX),
            };
        })
    }

    #[rpc(name = "Sum", spawn)]
    async fn add_all(&self, mut steps: Streaming<Step>) -> Result<Total> {
        let mut sum = 0;
        while let Some(step) = steps.receive().await? {
            sum += step.by;
        }
        Ok(Total { sum })
    }

    pub async fn chat(&self, mut call: ServerCall<Step, Total>) -> Result<()> {
        while let Some(step) = call.receive().await? {
            call.send(Total { sum: step.by }).await?;
        }
        Ok(())
    }

    pub async fn reset(&self) -> Result<()> {
        self.helper();
        Ok(())
    }

    /// Keywords and the stub's own names do no harm.
    pub async fn r#type(&self, context: Context) -> Result<()> {
        drop(context);
        Ok(())
    }

    #[expect(clippy::new_ret_no_self, reason = "an rpc may have any name")]
    pub async fn new(&self, text: String) -> Result<String> {
        Ok(text)
    }

    pub async fn clone(&self) -> Result<()> {
        Ok(())
    }

    #[rpc(kind = client_streaming)]
    async fn aliased(&self, steps: Steps) -> Reply {
        drop(steps);
        Ok(Total::default())
    }

    #[rpc(codec = grpc::codec::Raw)]
    async fn raw(&self, bytes: bytes::Bytes) -> Result<bytes::Bytes> {
        Ok(bytes)
    }

    #[cfg(any())]
    pub async fn never(&self, nothing: Nothing) -> Result<Nothing> {
        Ok(nothing)
    }

    #[rpc(skip)]
    pub fn helper(&self) {}
}

#[test]
fn the_service_is_named_by_its_options() {
    fn name<C, S: Service<C>>(_: fn(C) -> S) -> &'static str {
        S::NAME
    }
    assert_eq!(name::<TallyStub, Counter<u8>>(|_| Counter(0)), "tally.v1.Tally");
    assert_eq!(name::<ShopStub, Shop>(|_| Shop), "Shop");
}

#[tokio::test]
async fn the_stub_calls_what_the_service_answers() -> Result<(), grpc::Error> {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0")?;
    server.add_service(Counter("state")).add_service(Shop);
    server.start().await?;
    let channel: Channel = grpc::insecure_channel(address.to_string());
    let tally: TallyStub = TallyStub::new(&channel);
    let tally = Clone::clone(&tally);
    let steps = || [Step { by: 1 }, Step { by: 2 }];

    let add: Call<Total> = tally.add(Step { by: 3 });
    assert_eq!(add.await?.sum, 3);

    let history: StreamingCall<Step> = tally.history(());
    assert_eq!(
        history.await?.receive().await?,
        Some(Step {
            by: "/tally.v1.Tally/History".len() as i64
        })
    );
    let history: OpenCall<(), Step> = tally.history_call();
    let mut history = history.await?;
    history.send(()).await?;
    history.done_sending().await?;
    assert!(history.receive().await?.is_some());

    let sum: Call<Total> = tally.add_all(steps());
    assert_eq!(sum.await?.sum, 3);
    let sum: OpenCall<Step, Total> = tally.add_all_call();
    let mut sum = sum.await?;
    sum.send(Step { by: 5 }).await?;
    sum.done_sending().await?;
    assert_eq!(sum.receive().await?, Some(Total { sum: 5 }));

    let chat: StreamingCall<Total> = tally.chat(steps());
    assert_eq!(chat.await?.receive().await?, Some(Total { sum: 1 }));
    let chat: OpenCall<Step, Total> = tally.chat_call();
    let mut chat = chat.await?;
    chat.send(Step { by: 7 }).await?;
    assert_eq!(chat.receive().await?, Some(Total { sum: 7 }));

    let reset: Call<()> = tally.reset();
    reset.await?;
    tally.r#type().await?;
    assert_eq!(tally.new_("text".to_owned()).await?, "text");
    tally.clone().await?;
    assert_eq!(tally.aliased(steps()).await?, Total::default());
    assert_eq!(tally.raw(bytes::Bytes::from_static(b"raw")).await?, "raw");
    assert!(ShopStub::new(&channel).open().await?);
    assert_eq!(format!("{tally:?}"), "TallyStub { .. }");
    Ok(())
}

pub struct Shop;

#[grpc::service(package = "")]
impl Shop {
    pub async fn open(&self) -> Result<bool> {
        Ok(true)
    }
}

struct Texts;

#[grpc::service(package = "texts", name = "Texts")]
impl Texts {
    #[rpc(compression = Gzip)]
    async fn small(&self) -> Result<String> {
        Ok("text ".repeat(1000))
    }

    #[rpc(compression = Identity, blocking)]
    fn plain(&self) -> Result<String> {
        Ok("text ".repeat(1000))
    }

    #[rpc]
    async fn usual(&self) -> Result<String> {
        Ok("text ".repeat(1000))
    }
}

#[tokio::test]
async fn an_rpc_says_what_its_responses_are_compressed_as() -> Result<(), grpc::Error> {
    for (of_server, usual) in [
        (grpc::Compression::Identity, false),
        (grpc::Compression::Zstd, true),
    ] {
        let mut server = grpc::server();
        let address = server.add_insecure_port("127.0.0.1:0")?;
        server.compression(of_server);
        server.add_service(Texts);
        server.start().await?;
        let texts = TextsStub::new(&grpc::insecure_channel(address.to_string()));
        assert!(texts.small().response().await?.compressed);
        assert!(!texts.plain().response().await?.compressed);
        assert_eq!(texts.usual().response().await?.compressed, usual);
    }
    Ok(())
}
