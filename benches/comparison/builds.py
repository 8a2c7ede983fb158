"""The clean development build of a hello world: with this framework's `proto!`, without it, and with tonic."""

import pathlib
import shutil
import subprocess
import time

from .paths import PROTOS, ROOT
from .running import PATIENCE, Failed

WITH_PROTO = """
use grpc::prelude::*;
mod helloworld { grpc::proto!("helloworld.proto"); }
use helloworld::{HelloReply, HelloRequest};

struct Greeter;

#[grpc::service(contract = helloworld::Greeter)]
impl Greeter {
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply> {
        Ok(HelloReply { message: format!("Hello, {}!", request.name) })
    }
}

#[grpc::main]
async fn main() -> Result<(), grpc::Error> {
    grpc::serve("127.0.0.1:0", Greeter).await
}
"""

CODE_FIRST = """
use grpc::prelude::*;

#[derive(grpc::Message)]
#[grpc(package = "helloworld")]
pub struct HelloRequest { #[grpc(tag = 1)] pub name: String }

#[derive(grpc::Message)]
#[grpc(package = "helloworld")]
pub struct HelloReply { #[grpc(tag = 1)] pub message: String }

struct Greeter;

#[grpc::service(package = "helloworld")]
impl Greeter {
    pub async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply> {
        Ok(HelloReply { message: format!("Hello, {}!", request.name) })
    }
}

#[grpc::main]
async fn main() -> Result<(), grpc::Error> {
    grpc::serve("127.0.0.1:0", Greeter).await
}
"""

TONIC = """
use helloworld::{HelloReply, HelloRequest, greeter_server::{Greeter, GreeterServer}};
use tonic::{Request, Response, Status};
mod helloworld { tonic::include_proto!("helloworld"); }

struct Service;

#[tonic::async_trait]
impl Greeter for Service {
    async fn say_hello(&self, request: Request<HelloRequest>) -> Result<Response<HelloReply>, Status> {
        let message = format!("Hello, {}!", request.get_ref().name);
        Ok(Response::new(HelloReply { message }))
    }
}

#[tokio::main]
async fn main() -> Result<(), tonic::transport::Error> {
    let service = GreeterServer::new(Service);
    tonic::transport::Server::builder().add_service(service).serve(([127, 0, 0, 1], 0).into()).await
}
"""

TONIC_DEPENDENCIES = """
prost = "0.14"
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
tonic = "0.14.9"
tonic-prost = "0.14.9"

[build-dependencies]
tonic-prost-build = "0.14.9"
"""

# By protoc, which has to be installed: this is what tonic's documentation says.
TONIC_BUILD_SCRIPT = """
fn main() -> Result<(), Box<dyn std::error::Error>> {
    tonic_prost_build::compile_protos("helloworld.proto")?;
    Ok(())
}
"""


class Project:
    """A hello world of its own, outside of any workspace."""

    def __init__(self, directory, source, dependencies, build_script=None):
        self.directory = directory
        shutil.rmtree(directory, ignore_errors=True)
        (directory / "src").mkdir(parents=True)
        # The empty [workspace] keeps cargo from looking for one further up.
        manifest = f'[package]\nname = "hello"\nedition = "2024"\n[workspace]\n[dependencies]\n{dependencies}'
        files = {"Cargo.toml": manifest, "src/main.rs": source}
        if build_script:
            files["build.rs"] = build_script
        for name, text in files.items():
            (directory / name).write_text(text.lstrip())
        shutil.copy(PROTOS / "helloworld.proto", directory)
        # What is downloaded is no part of what is measured.
        self._cargo("fetch", "--quiet")

    def packages(self):
        """Packages that are compiled for it, itself not counted."""
        tree = self._cargo("tree", "--edges", "normal,build", "--prefix", "none", "--no-dedupe", "--format", "{p}")
        return len({line.removesuffix(" (proc-macro)") for line in tree.splitlines()}) - 1

    def build_seconds(self):
        shutil.rmtree(self.directory / "target", ignore_errors=True)
        start = time.monotonic()
        self._cargo("build", "--quiet", "--offline", "--target-dir", "target")
        return time.monotonic() - start

    def _cargo(self, *arguments):
        command = ["cargo", *arguments]
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, timeout=PATIENCE * 5)
        if done.returncode != 0:
            raise Failed(f"{' '.join(command)}: {done.stderr}")
        return done.stdout


def repository(directory):
    """The framework in a git repository of its own, with what is not committed yet, for a dependency as users have it.

    What cargo finds by path it builds incrementally, for those who work on it: up to a tenth more work, which no user has.
    """
    shutil.rmtree(directory, ignore_errors=True)
    listed = _git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in listed:
        if (ROOT / name).is_file():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, directory / name)
    _git(directory, "init", "--quiet")
    _git(directory, "add", "--all")
    author = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    _git(directory, *author, "commit", "--quiet", "--no-verify", "--message", "As it is")
    return directory


def _git(directory, *arguments):
    command = ["git", "-C", str(directory), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def projects(directory, name):
    """The two that are compared: with code generated from a `.proto`, and without where there is such a thing."""
    if name == "ours":
        here = f'grpc-servicer = {{ git = "{repository(directory / "source").as_uri()}" '
        with_proto = Project(directory / "with-proto", WITH_PROTO, here + "}\n")
        without = Project(directory / "without-proto", CODE_FIRST, here + ", default-features = false }\n")
        return with_proto, without
    tonic = Project(directory / "tonic", TONIC, TONIC_DEPENDENCIES, TONIC_BUILD_SCRIPT)
    return tonic, tonic


def build(directory: pathlib.Path, name):
    """Seconds with a `.proto` and without, and the packages of each."""
    with_proto, without = projects(directory, name)
    first = with_proto.build_seconds()
    second = first if without is with_proto else without.build_seconds()
    return [first, second, with_proto.packages(), without.packages()]
