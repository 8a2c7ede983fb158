//! The servers and clients that the tests put together in pairs.
#![allow(dead_code, unused_imports, reason = "each test binary uses a part of it")]

mod callers;
mod generated_echo;
mod native_echo;
mod servers;

pub use self::{
    callers::{Answer, Caller, Failure, GeneratedClient, How},
    generated_echo::{GeneratedEcho, Watch},
    native_echo::NativeEcho,
    servers::{Running, generated_on_ours, native_on_ours, on_tonic, ours},
};
use grpc_servicer_compat_tonic::generated::echo::Ping;

/// A request with this text.
pub fn ping(text: impl Into<String>) -> Ping {
    Ping {
        text: text.into(),
        ..Ping::default()
    }
}

/// Requests with these texts.
pub fn pings<const N: usize>(texts: [&str; N]) -> Vec<Ping> {
    texts.map(ping).into()
}

/// Waits for what is about to become true, for ten seconds at most.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), waiting)
        .await
        .unwrap_or_else(|_| panic!("{what}: not within ten seconds"));
}
