use std::sync::Arc;

use grpc::{Metadata, prelude::*};
use grpc_servicer_compat_tonic::native::echo::{self, Ping, Pong};

use super::Watch;

/// The same service as [`GeneratedEcho`](super::GeneratedEcho), as it is once it has moved.
#[derive(Clone, Default)]
pub struct NativeEcho {
    pub watch: Arc<Watch>,
}

#[grpc::service(contract = echo::Echo)]
impl NativeEcho {
    async fn unary(&self, ping: Ping, context: Context) -> Result<Pong> {
        let _watched = self.watch.enter();
        behave(&ping.text).await?;
        let mut head = Metadata::new();
        head.insert("x-head", "head")?;
        head.insert("x-head-bin", &[0, 159, 255])?;
        context.set_initial_metadata(head);
        let text = if ping.text == "describe" {
            describe(&context)
        } else {
            ping.text
        };
        Ok(Pong {
            text,
            payload: ping.payload,
        })
    }

    fn list(&self, ping: Ping) -> impl ResponseStream<Pong> {
        let watched = self.watch.enter();
        stream!({
            let _watched = watched;
            behave(&ping.text).await?;
            for n in 0..ping.count {
                yield Pong {
                    text: n.to_string(),
                    payload: ping.payload.clone(),
                };
                if ping.text == "then panic" && n == 0 {
                    panic!("as it was told");
                }
            }
            match ping.text.as_str() {
                "then fail" => return Err(failure()),
                "then hang" => std::future::pending().await,
                _ => {}
            }
        })
    }

    async fn collect(&self, mut pings: Streaming<Ping>) -> Result<Pong> {
        let _watched = self.watch.enter();
        let mut pong = Pong::default();
        while let Some(ping) = pings.receive().await? {
            behave(&ping.text).await?;
            pong.text.push_str(&ping.text);
            pong.payload.extend(ping.payload);
        }
        Ok(pong)
    }

    fn chat(&self, pings: Streaming<Ping>) -> impl ResponseStream<Pong> {
        let watched = self.watch.enter();
        stream!({
            let _watched = watched;
            for await ping in pings {
                let ping = ping?;
                behave(&ping.text).await?;
                yield Pong {
                    text: ping.text,
                    payload: ping.payload,
                };
            }
        })
    }
}

async fn behave(text: &str) -> Result<()> {
    match text {
        "fail" => Err(failure()),
        "hang" => std::future::pending().await,
        "slow" => {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            Ok(())
        }
        "panic" => panic!("as it was told"),
        _ => Ok(()),
    }
}

fn failure() -> Status {
    let mut status = Status::failed_precondition("not \u{fc}ber 100 %").with_details(vec![1u8, 2, 255]);
    let metadata = status.metadata_mut();
    metadata.insert("x-why", "because").unwrap();
    metadata.insert("x-why-bin", &[3, 200]).unwrap();
    status
}

fn describe(context: &Context) -> String {
    let metadata = context.metadata();
    format!(
        "{} {:?} peer {}",
        metadata.get("x-tenant").unwrap_or("-"),
        metadata.get_bin("x-trace-bin").unwrap_or_default().to_vec(),
        context
            .peer()
            .address
            .socket_addr()
            .is_some_and(|address| address.ip().is_loopback())
    )
}
