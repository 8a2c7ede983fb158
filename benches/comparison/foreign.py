"""The peers that are not of Rust's, built below `target/bench-peers`. What is there already and still fits is kept."""

import shutil
import subprocess
import sys
import venv

from .paths import PEERS, PEERS_TARGET, PROTOS, ROOT, apt_get_install, once, run

FILES = [PROTOS / f"{name}.proto" for name in ("bench", "helloworld")]

CPP_PACKAGES = ["g++", "libgrpc++-dev", "libprotobuf-dev", "pkg-config", "protobuf-compiler", "protobuf-compiler-grpc"]


def cpp():
    """The command of the server on Debian's libgrpc++."""
    directory = PEERS_TARGET / "cpp"
    source = PEERS / "cpp" / "server.cc"
    apt_get_install(CPP_PACKAGES)

    def make():
        plugin = f"--plugin=protoc-gen-grpc={shutil.which('grpc_cpp_plugin')}"
        run("protoc", f"-I{PROTOS}", f"--cpp_out={directory}", f"--grpc_out={directory}", plugin, *FILES)
        compiler = ["g++", "-std=c++17", "-O3", "-DNDEBUG", f"-I{directory}", *pkg_config("--cflags")]
        files = [source, *sorted(directory.glob("*.cc"))]
        run(*compiler, "-o", directory / "server", *files, *pkg_config("--libs"))

    once(directory, [pkg_config("--modversion"), *texts(source, *FILES)], make)
    return [directory / "server"]


def grpcio():
    """The command of the server on grpcio from PyPI."""
    directory = PEERS_TARGET / "grpcio"
    source = PEERS / "grpcio" / "server.py"
    requirements = ROOT / "tests/peers/python/requirements.txt"
    python = directory / "venv" / "bin" / "python"

    def make():
        venv.create(directory / "venv", with_pip=True, symlinks=True)
        run(python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "-r", requirements)
        out = [f"--{what}_out={directory}" for what in ("python", "grpc_python")]
        run(python, "-m", "grpc_tools.protoc", f"-I{PROTOS}", *out, *FILES)
        shutil.copy(source, directory)

    once(directory, [sys.version, str(directory), *texts(source, requirements, *FILES)], make)
    return [python, directory / "server.py"]


def pkg_config(what):
    command = ["pkg-config", what, "grpc++", "protobuf"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def texts(*files):
    return [file.read_text() for file in files]
