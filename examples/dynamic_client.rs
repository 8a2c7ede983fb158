//! A client without generated code: lists what a server serves, says what a method takes, and calls it with JSON.
//!
//! ```sh
//! cargo run --example dynamic_client -- --proto examples/proto/helloworld.proto list
//! cargo run --example dynamic_client -- --proto examples/proto/helloworld.proto describe SayHello
//! cargo run --example dynamic_client -- --proto examples/proto/helloworld.proto \
//!     call 127.0.0.1:50051 helloworld.Greeter/SayHello '{"name": "Ada"}'
//! ```
//!
//! Without `--proto` the server is asked by its reflection: `dynamic_client list 127.0.0.1:50051`.

use std::{env, time::Duration};

use grpc::{
    MethodKind, Protos,
    prelude::*,
    protos::{DynamicMethod, MessageDescriptor, Value, prost_reflect::FieldDescriptor, serde_json},
};

const USAGE: &str = "usage: dynamic_client [--proto FILE [--include DIRECTORY]...] COMMAND
    list [TARGET]                      the services and their methods
    describe [TARGET] METHOD           a method and the messages that it takes and gives
    call TARGET METHOD [REQUEST]...    a call, with each request as JSON, by default {}
without --proto, the server at TARGET is asked by its reflection";

/// For a call that has no stream of replies, and for asking a server what it serves.
const TIMEOUT: Duration = Duration::from_secs(10);

#[grpc::main]
async fn main() -> Result<(), grpc::Error> {
    let Arguments { protos, command } = Arguments::parse(env::args().skip(1))?;
    match command {
        Command::List(target) => list(&protos.load(target).await?),
        Command::Describe(target, method) => describe(&protos.load(target).await?.method(&method)?),
        Command::Call(target, method, requests) => {
            let protos = protos.load(Some(target.clone())).await?;
            call(&target, &protos.method(&method)?, requests).await?;
        }
    }
    Ok(())
}

fn list(protos: &Protos) {
    for service in protos.services() {
        println!("{}", service.name());
        for method in service.methods() {
            println!("  {}", signature(&method));
        }
    }
    for (service, why) in protos.unusable() {
        println!("{service}: {why}");
    }
}

fn describe(method: &DynamicMethod) {
    if let Some(comment) = method.comment() {
        comment.lines().for_each(|line| println!("// {line}"));
    }
    println!("rpc {}", signature(method));
    let (request, response) = (method.request(), method.response());
    print_message(&request);
    if response != request {
        print_message(&response);
    }
}

fn print_message(message: &MessageDescriptor) {
    println!("\nmessage {} {{", message.full_name());
    for field in message.fields() {
        println!("  {} {} = {};", type_of(&field), field.name(), field.number());
    }
    println!("}}");
}

fn type_of(field: &FieldDescriptor) -> String {
    let kind = field.kind();
    if let Some(entry) = kind.as_message().filter(|message| message.is_map_entry()) {
        let (key, value) = (entry.map_entry_key_field(), entry.map_entry_value_field());
        return format!("map<{:?}, {:?}>", key.kind(), value.kind());
    }
    let name = match (kind.as_message(), kind.as_enum()) {
        (Some(message), _) => message.full_name().to_owned(),
        (_, Some(values)) => values.full_name().to_owned(),
        _ => format!("{kind:?}"),
    };
    if field.is_list() {
        format!("repeated {name}")
    } else {
        name
    }
}

/// `SayHello(helloworld.HelloRequest) returns (stream helloworld.HelloReply)`.
fn signature(method: &DynamicMethod) -> String {
    let stream = |is_stream| if is_stream { "stream " } else { "" };
    format!(
        "{}({}{}) returns ({}{})",
        method.name(),
        stream(method.kind().has_request_stream()),
        method.request().full_name(),
        stream(method.kind().has_response_stream()),
        method.response().full_name(),
    )
}

/// Calls the method, of whatever kind it is, and prints every reply.
async fn call(target: &str, method: &DynamicMethod, mut requests: Vec<Value>) -> Result<(), grpc::Error> {
    let one = |requests: &mut Vec<Value>| match requests.len() {
        0 => Ok(Value::Object(serde_json::Map::new())),
        1 => Ok(requests.remove(0)),
        _ => Err(grpc::Error::new(format!("{} takes one request", method.path()))),
    };
    match method.kind() {
        MethodKind::Unary => print(&method.unary(target, one(&mut requests)?).timeout(TIMEOUT).await?),
        MethodKind::ClientStreaming => {
            print(&method.client_streaming(target, requests).timeout(TIMEOUT).await?);
        }
        kind => {
            let mut replies = if kind.has_request_stream() {
                method.bidi_streaming(target, requests).await?
            } else {
                method.server_streaming(target, one(&mut requests)?).await?
            };
            while let Some(reply) = replies.receive().await? {
                print(&reply);
            }
        }
    }
    Ok(())
}

fn print(reply: &Value) {
    println!("{reply:#}");
}

struct Arguments {
    protos: Source,
    command: Command,
}

/// Where it is known from what there is to call.
struct Source {
    files: Vec<String>,
    includes: Vec<String>,
}

enum Command {
    List(Option<String>),
    Describe(Option<String>, String),
    Call(String, String, Vec<Value>),
}

impl Source {
    async fn load(self, target: Option<String>) -> Result<Protos, grpc::Error> {
        match target {
            _ if !self.files.is_empty() => {
                let builder = Protos::builder().files(self.files);
                self.includes
                    .into_iter()
                    .fold(builder, grpc::protos::ProtosBuilder::include)
                    .load()
            }
            Some(target) => Ok(Protos::from_reflection(&target).timeout(TIMEOUT).await?),
            None => Err(grpc::Error::new(USAGE)),
        }
    }
}

impl Arguments {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, grpc::Error> {
        let usage = || grpc::Error::new(USAGE);
        let (mut files, mut includes) = (Vec::new(), Vec::new());
        let command = loop {
            let argument = arguments.next().ok_or_else(usage)?;
            match argument.as_str() {
                "--proto" => files.push(arguments.next().ok_or_else(usage)?),
                "--include" => includes.push(arguments.next().ok_or_else(usage)?),
                _ => break argument,
            }
        };
        let rest: Vec<String> = arguments.collect();
        let command = match (command.as_str(), &rest[..]) {
            ("list", [] | [_]) => Command::List(rest.first().cloned()),
            ("describe", [method]) => Command::Describe(None, method.clone()),
            ("describe", [target, method]) => Command::Describe(Some(target.clone()), method.clone()),
            ("call", [target, method, requests @ ..]) => {
                Command::Call(target.clone(), method.clone(), parse_json(requests)?)
            }
            _ => return Err(usage()),
        };
        Ok(Self {
            protos: Source { files, includes },
            command,
        })
    }
}

fn parse_json(requests: &[String]) -> Result<Vec<Value>, grpc::Error> {
    let parse = |request: &String| {
        serde_json::from_str(request)
            .map_err(|error| grpc::Error::new(format!("the request {request}")).with_source(error))
    };
    requests.iter().map(parse).collect()
}
