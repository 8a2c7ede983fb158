//! The macros of `grpc-servicer`. Users find them in its library, `grpc`, which documents them.

mod declaration;
mod diagnostics;
mod entry;
mod enumeration;
mod facade;
mod message;
mod oneof;
#[cfg(feature = "proto")]
mod proto;
#[cfg(test)]
mod readable;
mod service;
mod status;
mod stream;

use proc_macro::TokenStream;

use self::entry::Entry;

/// Makes an `impl` block a gRPC service: each `async fn` or stream of it answers one rpc.
///
/// The signature says what the rpc takes and answers: a message argument is one request and `Streaming<M>` is
/// many, `-> Result<M>` answers once and `-> impl ResponseStream<M>` many, `ServerCall<Req, Resp>` sends and
/// receives by hand. A `Context` may come last. No message argument, or `()`, is `google.protobuf.Empty`.
///
/// With `#[rpc(blocking)]` a plain `fn` may block: each of its calls has a thread of tokio's blocking pool. It takes many requests
/// as `grpc::blocking::Streaming<M>`, which is an iterator, answers many with anything that iterates over `M` or
/// `Result<M, _>`, and sends and receives by hand on `grpc::blocking::ServerCall`.
///
/// # Options
/// - `contract = path::Service`: the service as a `.proto` declares it. Every fn of the block is then an rpc of it.
/// - `package = "tally.v1"`, `name = "Tally"`: without a contract the code declares the service; the name is by
///   default that of the type. `pub` fns and those with `#[rpc]` are rpcs, and `TallyStub` calls them: its methods have the
///   fns' names, docs and visibility (at least `pub(crate)`; an rpc `new` is `new_` there), and `<fn>_call` opens a call of a
///   streaming rpc to send and receive by hand. `TallyBlockingStub` does the same for threads that block.
/// - `file = "shop/v1/shop.proto"`: without a contract, the file that `proto_of` writes the service to, if not its package's usual one.
/// - `crate = path`: where this library is, if not at `::grpc`; also as `#[grpc(crate = path)]` below this attribute.
///
/// Without a contract, and with a name that is not that of the type, there is a type of the service's name beside the stub:
/// `grpc::proto_of::<Tally>()`.
///
/// On a fn, `#[rpc(…)]` takes `name = "…"` (the rpc's name in the .proto), `kind = …` (`unary`, `server_streaming`,
/// `client_streaming` or `bidi_streaming`, where an alias hides it), `skip` (not an rpc), `spawn` (every call is a task),
/// `detached` (a call runs on after its caller has gone), `blocking` (see above), `compression = …` (what responses are compressed
/// as: `Gzip`, `Deflate`, `Zstd` or `Identity`) and, without a contract, `codec = path`.
#[proc_macro_attribute]
pub fn service(options: TokenStream, item: TokenStream) -> TokenStream {
    service::service(options.into(), item.into()).into()
}

/// The second stage of [`macro@service`], called back by the contract with the rpcs that it declares.
#[doc(hidden)]
#[proc_macro]
pub fn __service(input: TokenStream) -> TokenStream {
    service::with_contract(input.into()).into()
}

/// Runs an `async fn main` on a runtime of its own, and turns SIGTERM and Ctrl-C into a graceful stop of every
/// running server. A second signal exits at once; with no server running, so does the first.
///
/// It may return `()`, `ExitCode`, or a `Result` of one of them whose error is `Display`: that is printed as text, and
/// the exit code is then 1.
///
/// # Options
/// - `worker_threads = 4`: threads of the runtime, or of each server in the flavor `"thread_per_core"`; by default one per core.
/// - `max_blocking_threads = 512`: threads of a runtime's pool for `#[rpc(blocking)]` handlers, `spawn_blocking`, files and name lookups. What
///   they have to do beyond that waits for one.
/// - `flavor = "current_thread"`: everything on the main thread. The default is `"multi_thread"`.
/// - `flavor = "thread_per_core"`: each server of the program has threads of its own, one per core, with a runtime and a socket each, as
///   `Server::thread_per_core` says; everything else is on the main thread. The guide's page on execution says when that pays off.
/// - `grace = 25`: seconds that calls in flight have to finish after the first signal.
/// - `crate = path`: where this library is, if not at `::grpc`; also as `#[grpc(crate = path)]` below this attribute.
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(Entry::Main, options.into(), item.into()).into()
}

/// Makes an `async fn` a test, with a tokio runtime of its own.
///
/// It may return `()`, or a `Result<(), E>` with `E: Display`: an error fails the test with its text. Attributes for tests,
/// such as `#[ignore]` and `#[should_panic]`, go below this one as usual.
///
/// # Options
/// - `flavor = "multi_thread"`: worker threads besides the test's own. The default is `"current_thread"`.
/// - `worker_threads = 4`: how many; by default one per core.
/// - `start_paused = true`: time stands still. When every task waits it moves on to the next timer at once, so that a test of
///   deadlines or keepalive takes no time and always comes out the same.
/// - `crate = path`: where this library is, if not at `::grpc`; also as `#[grpc(crate = path)]` below this attribute.
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(Entry::Test, options.into(), item.into()).into()
}

/// Makes an enum of errors a `Status`: each variant has a code, and the error's text is the message.
///
/// `From<Fault> for Status` lets handlers and response streams fail with the enum. With a domain the status says which
/// variant it was, and `status.downcast::<Fault>()` gives the client the enum back, or the status if it is none of it. The guide's
/// page on errors has examples.
///
/// # Options
/// On the enum, `#[grpc(…)]` takes
/// - `domain = "tally.example.com"`: names who defines these errors. Every variant then has a reason, and every field says
///   what becomes of it.
/// - `code = Internal`: for the variants that have none of their own.
/// - `metadata`: all fields that say nothing else are carried to the client.
/// - `crate = path`: where this library is, if not at `::grpc`.
///
/// On a variant
/// - `code = NotFound`: a variant of `Code`.
/// - `reason = "…"`: by default the variant's name in UPPER_SNAKE_CASE.
/// - `message = "…"`: what the client is told in place of the error's text.
/// - `detail = expression`: adds a detail. The expression sees `self`, and the variant's named fields as references.
/// - `metadata`: as on the enum, for this variant.
/// - `skip`: the client is not told which variant it was and does not get it back; its fields stay here.
/// - `transparent`: the variant's only field is a `Status` or turns into one, and that is the status.
///
/// On a field
/// - `metadata`, `metadata = "key"`: its text goes into `ErrorInfo.metadata`, under its name in lowerCamelCase or this key.
/// - `detail`: it is a detail, such as a `BadRequest`.
/// - `retry_after`: it is a `Duration`, and the delay of a `RetryInfo`.
/// - `skip`: it stays here; on the client it is its `Default`.
///
/// Fields of the last four kinds but `skip` may be in an `Option`.
#[proc_macro_derive(Status, attributes(grpc))]
pub fn status(item: TokenStream) -> TokenStream {
    status::status(item.into()).into()
}

/// Makes a struct a message of Protocol Buffers, with a descriptor from which its `.proto` is written.
///
/// It writes `prost::Message`, and `Default` and `Debug`, which are not to be derived beside it. The guide's page on code first
/// says which types a field can have.
///
/// Options on the struct, in `#[grpc(…)]`:
///
/// | option | example | what it does |
/// |---|---|---|
/// | `package` | `"shop.v1"` | the package; needed, but for a message in a message. `""` is none |
/// | `name` | `"Order"` | its name in the `.proto`, if it is not that of the struct |
/// | `file` | `"shop/v1/order.proto"` | the file as others import it, if not the package's usual one |
/// | `nested_in` | `Outer` | it is declared inside of that message |
/// | `reserved` | `[4, 7..=9, 100.., "old"]` | tags and names that must not be used again |
/// | `skip_debug` | | `Debug` is yours to write |
/// | `crate` | `my::grpc` | where this library is, if not at `::grpc` |
///
/// Options on a field:
///
/// | option | example | what it does |
/// |---|---|---|
/// | `tag` | `1` | its number, which it keeps for ever; needed, but for oneofs |
/// | `name` | `"type"` | its name in the `.proto`, if it is not that of the field |
/// | `oneof` | | it is an `Option` of an enum that derives `Oneof` |
/// | `sint32`, `sint64` | | short also if negative; of `i32` and `i64`, and so on |
/// | `fixed32`, `fixed64`, `sfixed32`, `sfixed64` | | four or eight bytes, whatever the number |
/// | `int32`, `string`, … | | the usual encoding, spelled out |
/// | `wrapper` | | the scalar is in a message of its own, such as `google.protobuf.Int32Value` |
/// | `key`, `value` | `sint32` | the encodings of a map |
///
/// A doc comment is a comment in the `.proto`, and `#[deprecated]` is its option there.
#[proc_macro_derive(Message, attributes(grpc))]
pub fn message(item: TokenStream) -> TokenStream {
    message::message(item.into()).into()
}

/// Makes an enum one of Protocol Buffers: named numbers, the first of which is zero.
///
/// It writes `Default`, which is zero, and the conversions from and to `i32`.
///
/// Options on the enum are those of a message (`package`, `name`, `file`, `nested_in`, `reserved`, `crate`) and
///
/// | option | example | what it does |
/// |---|---|---|
/// | `prefix` | `"PAINT_"` | what the names of values begin with in the `.proto`; by default the enum's: `COLOR_RED` |
///
/// Options on a variant:
///
/// | option | example | what it does |
/// |---|---|---|
/// | `name` | `"COLOR_RED"` | its whole name in the `.proto` |
/// | `alias` | `"COLOR_CRIMSON"`, `["A", "B"]` | further names of its number there |
/// | `unknown` | | the variant, `Unknown(i32)`, holds the numbers that no other has; without one they are read as zero |
#[proc_macro_derive(Enum, attributes(grpc))]
pub fn enumeration(item: TokenStream) -> TokenStream {
    enumeration::enumeration(item.into()).into()
}

/// Makes an enum whose variants hold values a oneof: fields of which a message has one or none.
///
/// Each variant holds one value: a scalar, an enum, a message, or a `Box` of one. The message's field is
/// `#[grpc(oneof)] shape: Option<Shape>`. `Debug` is written as well.
///
/// Options on a variant are those of a message's field: `tag`, which is needed, `name` (by default the variant's in snake_case), and
/// the encodings. On the enum there are `skip_debug` and `crate`.
#[proc_macro_derive(Oneof, attributes(grpc))]
pub fn oneof(item: TokenStream) -> TokenStream {
    oneof::oneof(item.into()).into()
}

/// The body of the facade's `stream!`, which names itself: `crate = $crate; { … }`.
#[doc(hidden)]
#[proc_macro]
pub fn __stream(input: TokenStream) -> TokenStream {
    stream::stream(input.into()).into()
}

/// Compiles a `.proto` file, and all it imports, to Rust: messages, stubs, contracts. Needs no `protoc`.
///
/// The path starts at the crate's root (`CARGO_MANIFEST_DIR`). Several files that share imports go into one call:
/// `proto!(["a.proto", "b.proto"])`. What the files' own packages contain is then at the place of the call;
/// other packages are modules by their names. A change of any of the files builds the crate anew.
///
/// Options follow the path:
///
/// | option | example | what it does |
/// |---|---|---|
/// | `includes` | `["proto"]` | where imports are looked for, if not beside the file or in the root |
/// | `type_attributes` | `[("pkg.Message", "#[derive(Eq)]")]` | attributes for generated types |
/// | `bytes` | `["."]` | which `bytes` fields share the received buffer, as `bytes::Bytes` |
/// | `extern_paths` | `[(".google.type", "::my::types")]` | types that are not to be generated |
/// | `crate` | `my::grpc` | where the runtime is, if not at `::grpc` |
#[cfg(feature = "proto")]
#[proc_macro]
pub fn proto(input: TokenStream) -> TokenStream {
    proto::expand(input.into()).into()
}
