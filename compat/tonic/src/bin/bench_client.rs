//! A client to measure: `bench_client tonic|generated|native PORT CALLS` makes so many unary calls, a hundred at a time.
//!
//! The generated client on tonic's channel, the generated client on ours, and a stub of ours.

use std::{env, error::Error, future::Future};

use grpc_servicer_compat_tonic::{
    generated::echo::{Ping, echo_client::EchoClient},
    native::echo::{self as native, EchoStub},
};
use tokio::task::JoinSet;

const AT_A_TIME: usize = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [which, port, calls] = &arguments[..] else {
        return Err("usage: bench_client tonic|generated|native PORT CALLS".into());
    };
    let (target, calls) = (format!("127.0.0.1:{port}"), calls.parse()?);
    let text = || "world".to_owned();
    match which.as_str() {
        "tonic" => {
            let channel = tonic::transport::Endpoint::new(format!("http://{target}"))?.connect_lazy();
            let client = EchoClient::new(channel);
            repeat(calls, || {
                let mut client = client.clone();
                let ping = Ping {
                    text: text(),
                    ..Ping::default()
                };
                async move { client.unary(ping).await.map(|pong| pong.into_inner().text) }
            })
            .await
        }
        "generated" => {
            let client = EchoClient::new(grpc::insecure_channel(target));
            repeat(calls, || {
                let mut client = client.clone();
                let ping = Ping {
                    text: text(),
                    ..Ping::default()
                };
                async move { client.unary(ping).await.map(|pong| pong.into_inner().text) }
            })
            .await
        }
        "native" => {
            let stub = EchoStub::new(&grpc::insecure_channel(target));
            repeat(calls, || {
                let ping = native::Ping {
                    text: text(),
                    ..native::Ping::default()
                };
                let call = stub.unary(ping);
                async move { call.await.map(|pong| pong.text) }
            })
            .await
        }
        other => Err(format!("{other:?} is none of tonic, generated, native").into()),
    }
}

/// Makes the calls, and checks what they answer.
async fn repeat<F, E>(calls: usize, call: impl Fn() -> F) -> Result<(), Box<dyn Error + Send + Sync>>
where
    F: Future<Output = Result<String, E>> + Send + 'static,
    E: Error + Send + Sync + 'static,
{
    let mut open = JoinSet::new();
    for made in 0..calls + AT_A_TIME {
        if made >= AT_A_TIME
            && let Some(answer) = open.join_next().await
        {
            assert_eq!(answer??, "world");
        }
        if made < calls {
            open.spawn(call());
        }
    }
    Ok(())
}
