"""Builds all programs that are compared, and installs what that and the measurements need."""

import os
import shutil

from . import peers
from .paths import PEERS, PEERS_TARGET, ROOT, TARGET, apt_get_install, run

# All of Rust's programs are built with this; the workspace of the peers has it in its Cargo.toml.
PROFILE = {"CARGO_PROFILE_RELEASE_LTO": "thin", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "1"}

# Program → Debian's package.
TOOLS = {"h2load": "nghttp2-client", "valgrind": "valgrind", "protoc": "protobuf-compiler", "taskset": "util-linux"}


def programs(chosen, quick, features=()):
    """Commands, by peer and `server` or `client`. The features are of Rust's peers."""
    if os.cpu_count() < 2:
        raise SystemExit("a server and its load need a processor each; this machine has one")
    install_tools()
    profile = [] if quick else ["--release"]
    folder = "debug" if quick else "release"
    # With what `cargo test` builds them with: nothing is built anew after it.
    cargo(TARGET, ["--workspace", *profile, "--example", "bench_server", "--example", "bench_client"], ROOT, PROFILE)
    packages = [package for peer in chosen for package in ([peer.package] if peer.package else [])]
    # The floor is what clients are measured against.
    packages = sorted({*packages, "bench-floor"})
    for package in packages:
        # Each by itself: built together they would all have the features of dependencies that any of them asks for, and volo's make
        # the HTTP/2 that tonic has, too, a third slower.
        own = [f"--features={feature}" for feature in features if feature.startswith(f"{package}/")]
        cargo(PEERS_TARGET, [*profile, f"--package={package}", *own], PEERS, {})
    commands = {}
    for peer in [peers.OURS, *peers.ALL]:
        directory = TARGET / folder / "examples" if peer is peers.OURS else PEERS_TARGET / folder
        for part, program in (("server", peer.server), ("client", peer.client)):
            if program:
                commands[peer.name, part] = [directory / program[0], *program[1:]]
        if peer.prepare and peer in chosen:
            commands[peer.name, "server"] = peer.prepare()
    return commands


def cargo(target, arguments, directory, environment):
    environment = os.environ | environment | {"CARGO_TARGET_DIR": str(target)}
    run("cargo", "build", "--locked", *arguments, cwd=directory, env=environment)


def install_tools(tools=TOOLS):
    missing = [package for tool, package in tools.items() if not shutil.which(tool)]
    if not missing:
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise SystemExit(f"install {', '.join(missing)} first (Debian's names of the packages)")
    apt_get_install(missing)
