"""Sets the peers up, below a directory in which what is there already and still fits is kept."""

import concurrent.futures
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]

# Debian's source package, which holds the interop programs of C++ and Python.
VERSION = "1.51.1-3"
TARBALL = "grpc_1.51.1.orig.tar.gz"
SHA256 = "b55696fb249669744de3e71acc54a9382bea0dce7cd5ba379b356b12b82d4229"
DEB_SRC = "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main\n"
# Those of its files that are used.
WANTED = ("src/python/grpcio_tests/", "src/proto/grpc/testing/", "src/core/", "src/cpp/", "test/")

PROTOS = [f"src/proto/grpc/testing/{name}.proto" for name in ("test", "messages", "empty")]


def run(*command, **options):
    print("+", *command, flush=True)
    subprocess.run([str(part) for part in command], check=True, **options)


def ours(target):
    """Our client and server."""
    run("cargo", "build", "--workspace", "--locked", "--example", "interop_server", "--example", "interop_client", cwd=ROOT)
    return target / "debug" / "examples"


def source(peers):
    """gRPC's sources."""
    directory = peers / "grpc-source"

    def make():
        apt = [
            f"Dir::Etc::sourcelist={directory / 'sources.list'}",
            "Dir::Etc::sourceparts=-",
            f"Dir::State::lists={directory / 'lists'}",
            f"Dir::Cache={directory / 'cache'}",
        ]
        apt = [part for option in apt for part in ("-o", option)]
        (directory / "lists" / "partial").mkdir(parents=True)
        (directory / "cache").mkdir()
        (directory / "sources.list").write_text(DEB_SRC)
        run("apt-get", *apt, "--quiet", "update")
        run("apt-get", *apt, "--quiet", "source", "--download-only", f"grpc={VERSION}", cwd=directory)
        tarball = directory / TARBALL
        digest = hashlib.sha256(tarball.read_bytes()).hexdigest()
        if digest != SHA256:
            sys.exit(f"{tarball} has the SHA-256 {digest}, not {SHA256}")
        with tarfile.open(tarball) as tar:
            for member in tar:
                name = member.name.partition("/")[2]
                if member.isfile() and name.startswith(WANTED):
                    member.name = name
                    tar.extract(member, directory)
        tarball.unlink()

    once(directory, [VERSION, SHA256, *WANTED], make)
    return directory


def python(peers, grpc):
    """grpcio with the programs beside it: the directory to run them in, and a python that has it."""
    directory = peers / "grpcio"
    requirements = HERE / "requirements.txt"
    executable = directory / "venv" / "bin" / "python"

    def make():
        venv.create(directory / "venv", with_pip=True, symlinks=True)
        pip = [executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        run(*pip, "install", "--no-deps", "-r", requirements)
        out = [f"--{what}_out={directory}" for what in ("python", "grpc_python")]
        run(executable, "-m", "grpc_tools.protoc", f"-I{grpc}", *out, *PROTOS)
        for name in ("tests", "tests_aio"):
            shutil.copytree(grpc / "src/python/grpcio_tests" / name, directory / name)
            # They load the runner of the unit tests, and what that needs.
            (directory / name / "__init__.py").write_text("")

    once(directory, [sys.version, requirements.read_text(), VERSION, str(directory)], make)
    return directory, executable


CPP_PACKAGES = ["g++", "libabsl-dev", "libgrpc++-dev", "libprotobuf-dev", "protobuf-compiler", "protobuf-compiler-grpc", "pkg-config"]
CPP_BOTH = [
    "test/core/util/histogram",
    "test/core/end2end/data/client_certs",
    "test/core/end2end/data/server1_cert",
    "test/core/end2end/data/server1_key",
    "test/core/end2end/data/test_root_cert",
    "test/cpp/util/create_test_channel",
    "test/cpp/util/test_config_cc",
    "test/cpp/util/test_credentials_provider",
]
CPP_PROGRAMS = {
    "client": ["client", "client_helper", "interop_client"],
    "server": ["interop_server", "interop_server_bootstrap", "server_helper"],
}
CPP_LIBRARIES = ["grpc++", "protobuf", "absl_flags", "absl_flags_parse"]


def cpp(peers, grpc):
    """The programs of C++, built on Debian's libgrpc++: the directory that has `client` and `server`."""
    directory = peers / "grpc-cpp"
    # In place of test-only internals that need gRPC's whole core: none has to do with the cases.
    stand_ins = HERE.parent / "cpp" / "stand_ins"
    apt_get_install(CPP_PACKAGES)

    def make():
        for what in ("cpp", "grpc"):
            plugin = [f"--plugin=protoc-gen-grpc={shutil.which('grpc_cpp_plugin')}"] if what == "grpc" else []
            run("protoc", f"-I{grpc}", f"--{what}_out={directory}", *plugin, *PROTOS)
        generated = [path for proto in PROTOS for path in directory.glob(proto.replace(".proto", "*.cc"))]
        both = generated + [grpc / f"{file}.cc" for file in CPP_BOTH]
        files = {name: [grpc / f"test/cpp/interop/{file}.cc" for file in own] for name, own in CPP_PROGRAMS.items()}
        include = [f"-I{path}" for path in (stand_ins, directory, grpc)]

        def compile_one(file):
            run("g++", "-std=c++17", "-O1", "-w", *include, *pkg_config("--cflags"), "-c", file, "-o", object_of(file))

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(compile_one, both + sum(files.values(), [])))
        for name, own in files.items():
            run("g++", "-o", directory / name, *map(object_of, own + both), *pkg_config("--libs"))

    def object_of(file):
        return directory / (file.stem + ".o")

    texts = [path.read_text() for path in sorted(stand_ins.rglob("*.h"))]
    once(directory, [VERSION, pkg_config("--modversion"), *texts], make)
    return directory


def node(peers):
    """grpc-js with our programs for it beside it: the directory to run them in."""
    directory = peers / "grpc-js"
    files = sorted(path for path in (HERE.parent / "node").iterdir() if path.is_file())
    if not shutil.which("npm"):
        apt_get_install(["npm"])

    def make():
        for file in files:
            shutil.copy(file, directory)
        shutil.copytree(ROOT / "examples/proto/grpc", directory / "proto/grpc")
        run("npm", "ci", "--silent", "--no-audit", "--no-fund", cwd=directory)

    protos = sorted((ROOT / "examples/proto/grpc").rglob("*.proto"))
    once(directory, [file.read_text() for file in [*files, *protos]], make)
    return directory


GO_PACKAGES = ["golang-go", "golang-google-grpc-dev", "protobuf-compiler"]
GO_PROTOS = [f"grpc/testing/{name}.proto" for name in ("test", "messages", "empty")]


def go(peers):
    """Our programs for grpc-go, built on Debian's sources of it: the directory that has `client` and `server`."""
    directory = peers / "grpc-go"
    ours = HERE.parent / "go"
    protos = ROOT / "examples/proto"
    apt_get_install(GO_PACKAGES)
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": f"{directory}:/usr/share/gocode"}

    def make():
        shutil.copytree(ours, directory / "src/interop")
        plugin = directory / "protoc-gen-go"
        run("go", "build", "-o", plugin, "github.com/golang/protobuf/protoc-gen-go", env=environment)
        generated = directory / "src/interop/testing"
        generated.mkdir()
        options = ",".join(["plugins=grpc", *(f"M{proto}=interop/testing" for proto in GO_PROTOS)])
        out = f"--go_out={options}:{directory / 'src'}"
        run("protoc", f"--plugin=protoc-gen-go={plugin}", f"-I{protos}", out, *GO_PROTOS)
        for file in (directory / "src").glob("**/*.pb.go"):
            if file.parent != generated:
                shutil.move(file, generated)
        for name in ("client", "server"):
            run("go", "build", "-o", directory / name, f"interop/{name}", env=environment)

    files = [*sorted(ours.rglob("*.go")), *(protos / proto for proto in GO_PROTOS)]
    version = subprocess.run(["go", "version"], check=True, capture_output=True, text=True).stdout
    once(directory, [version, *(file.read_text() for file in files)], make)
    return directory


def pkg_config(what):
    return subprocess.run(["pkg-config", what, *CPP_LIBRARIES], check=True, capture_output=True, text=True).stdout.split()


def apt_get_install(packages):
    installed = subprocess.run(["dpkg", "--status", *packages], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if installed.returncode != 0:
        run("apt-get", "--quiet", "update")
        run("apt-get", "--quiet", "install", "--yes", "--no-install-recommends", *packages)


def once(directory, parts, make):
    """Makes a directory with `make`, unless it was made of the same parts."""
    wanted = hashlib.sha256(repr(parts).encode()).hexdigest()
    stamp = directory / "stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    make()
    stamp.write_text(wanted)
