//! grpcio's server, called by nothing but what its own reflection says (`grpcio-reflection`, which is of `v1alpha`).

use futures_util::StreamExt;
use grpc::{
    Code, MethodKind, Protos, Result,
    protos::{Value, json},
};

use super::{
    peers::python::Python,
    support::{Process, example},
};

/// Their server, and what it says of itself; `None` without python.
async fn reflected() -> Result<Option<(Process, String, Protos)>> {
    let Some(python) = Python::get() else {
        return Ok(None);
    };
    let server = python.server();
    let target = server.address().to_owned();
    let protos = Protos::from_reflection(&target).await?;
    Ok(Some((server, target, protos)))
}

#[tokio::test]
async fn its_services_and_methods_are_listed() -> Result<()> {
    let Some((_server, _, protos)) = reflected().await? else {
        return Ok(());
    };
    let mut names: Vec<String> = protos
        .services()
        .map(|service| service.name().to_owned())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "grpc.reflection.v1alpha.ServerReflection",
            "helloworld.Greeter",
            "interop.Interop",
            "interop.Unserved"
        ]
    );
    assert_eq!(protos.unusable().len(), 0);
    let kinds = ["Echo", "Count", "Sum", "Mirror"].map(|name| {
        let method = protos.method(&format!("interop.Interop/{name}")).unwrap();
        method.kind()
    });
    assert_eq!(
        kinds,
        [
            MethodKind::Unary,
            MethodKind::ServerStreaming,
            MethodKind::ClientStreaming,
            MethodKind::BidiStreaming
        ]
    );
    Ok(())
}

#[tokio::test]
async fn a_unary_call_takes_and_gives_json() -> Result<()> {
    let Some((_server, target, protos)) = reflected().await? else {
        return Ok(());
    };
    let payload = json!({"body": "AP8=", "index": 7});
    let reply = protos
        .call(&target, "interop.Interop/Echo", payload.clone())
        .await?;
    assert_eq!(reply, payload);
    let entries = protos
        .call(&target, "interop.Interop/EchoMetadata", json!({}))
        .metadata("x-a", "1")
        .await?;
    assert_eq!(entries, json!({"entries": [{"key": "x-a", "value": "MQ=="}]}));
    Ok(())
}

#[tokio::test]
async fn a_server_stream_gives_json() -> Result<()> {
    let Some((_server, target, protos)) = reflected().await? else {
        return Ok(());
    };
    let count = protos.method("interop.Interop/Count")?;
    let replies = count
        .server_streaming(&target, json!({"count": 3, "size": 1}))
        .await?;
    let replies: Result<Vec<Value>> = replies.collect::<Vec<_>>().await.into_iter().collect();
    assert_eq!(
        replies?,
        [
            json!({"body": "AA=="}),
            json!({"body": "AA==", "index": 1}),
            json!({"body": "AA==", "index": 2})
        ]
    );
    Ok(())
}

#[tokio::test]
async fn a_client_stream_takes_json() -> Result<()> {
    let Some((_server, target, protos)) = reflected().await? else {
        return Ok(());
    };
    let sum = protos.method("interop.Interop/Sum")?;
    let numbers = [1_i64, -5, i64::from(i32::MAX)].map(|value| json!({ "value": value }));
    let total = sum.client_streaming(&target, numbers).await?;
    assert_eq!(total, json!({"value": "2147483643", "count": 3}));
    Ok(())
}

#[tokio::test]
async fn a_bidi_stream_takes_and_gives_json() -> Result<()> {
    let Some((_server, target, protos)) = reflected().await? else {
        return Ok(());
    };
    let mut call = protos.streaming_call(&target, "interop.Interop/Mirror").await?;
    for index in 1..=3 {
        call.send(json!({ "index": index })).await?;
        assert_eq!(call.receive().await?, Some(json!({ "index": index })));
    }
    call.done_sending().await?;
    assert_eq!(call.receive().await?, None);
    Ok(())
}

#[tokio::test]
async fn a_mistake_in_a_request_is_found_before_it_is_sent() -> Result<()> {
    let Some((_server, target, protos)) = reflected().await? else {
        return Ok(());
    };
    let error = protos
        .call(&target, "interop.Interop/Echo", json!({"indx": 1}))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (
            Code::InvalidArgument,
            "request.indx: no such field of interop.Payload; did you mean `index`?"
        )
    );
    Ok(())
}

#[tokio::test]
async fn the_example_client_lists_and_calls_it() {
    let Some(python) = Python::get() else { return };
    let server = python.server();
    let run = |arguments: &[&str]| {
        let mut command = example("dynamic_client");
        let output = command.args(arguments).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    };
    let listed = run(&["list", server.address()]);
    let line = "helloworld.Greeter\n  SayHello(helloworld.HelloRequest) returns (helloworld.HelloReply)\n";
    assert!(listed.contains(line), "{listed}");
    let reply = run(&[
        "call",
        server.address(),
        "interop.Interop/Echo",
        r#"{"index": 5}"#,
    ]);
    assert_eq!(reply, "{\n  \"index\": 5\n}\n");
}
