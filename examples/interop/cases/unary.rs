use std::time::{SystemTime, UNIX_EPOCH};

use super::{
    Outcome, Setup,
    expect::{self, equal, succeeds},
    zeros,
};
use crate::testing::{Empty, Payload, SimpleRequest, SimpleResponse, TestServiceStub};

pub(super) const REQUEST_SIZE: usize = 271_828;
pub(super) const RESPONSE_SIZE: i32 = 314_159;

pub(super) async fn empty_unary(setup: &Setup) -> Outcome {
    let response = setup.stub().empty_call(Empty {}).await;
    equal("the response", succeeds("the call", response)?, Empty {})
}

pub(super) async fn large_unary(setup: &Setup) -> Outcome {
    call(&setup.stub(), large()).await.map(|_| ())
}

/// A thousand large calls at once, on one channel.
pub(super) async fn concurrent_large_unary(setup: &Setup) -> Outcome {
    let stub = setup.stub();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let stub = stub.clone();
        calls.spawn(async move { call(&stub, large()).await.map(|_| ()) });
    }
    calls.join_all().await.into_iter().collect()
}

/// All calls of a channel go to one server.
pub(super) async fn pick_first_unary(setup: &Setup) -> Outcome {
    let stub = setup.stub();
    let mut servers = Vec::new();
    for _ in 0..20 {
        let request = SimpleRequest {
            response_size: 1,
            payload: zeros(1),
            fill_server_id: true,
            ..SimpleRequest::default()
        };
        servers.push(call(&stub, request).await?.server_id);
    }
    if servers[0].is_empty() {
        return Err("the server did not say which it is".to_owned());
    }
    servers.dedup();
    equal("servers", servers.len(), 1)
}

/// Two equal requests have one answer: the server's, and a cache's.
pub(super) async fn cacheable_unary(setup: &Setup) -> Outcome {
    let stub = setup.stub();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let request = SimpleRequest {
        payload: Some(Payload {
            body: now.as_nanos().to_string().into_bytes(),
            ..Payload::default()
        }),
        ..SimpleRequest::default()
    };
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let call = stub
            .cacheable_unary_call(request.clone())
            .metadata("x-user-ip", "1.2.3.4");
        let response = succeeds("the call", call.await)?;
        bodies.push(response.payload.unwrap_or_default().body);
    }
    equal("the second body", &bodies[1], &bodies[0])
}

pub(super) fn large() -> SimpleRequest {
    SimpleRequest {
        response_size: RESPONSE_SIZE,
        payload: zeros(REQUEST_SIZE),
        ..SimpleRequest::default()
    }
}

/// The response has the size that [`large`] asks for.
pub(super) fn is_large(response: &SimpleResponse) -> Outcome {
    let size = usize::try_from(RESPONSE_SIZE).unwrap_or_default();
    expect::zeros("the response", response.payload.as_ref(), size)
}

/// A call whose response has the size that it asks for.
pub(super) async fn call(stub: &TestServiceStub, request: SimpleRequest) -> Result<SimpleResponse, String> {
    let size = usize::try_from(request.response_size).unwrap_or_default();
    let response = succeeds("the call", stub.unary_call(request).await)?;
    expect::zeros("the response", response.payload.as_ref(), size)?;
    Ok(response)
}
