"""Where things are, and what the set-up of the peers of the interop tests has that is of use here."""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "benches" / "peers"
PROTOS = ROOT / "benches" / "proto"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
PEERS_TARGET = TARGET / "bench-peers"

sys.path.insert(0, str(ROOT / "tests/peers/interop"))

from setup import apt_get_install, once, run

__all__ = ["PEERS", "PEERS_TARGET", "PROTOS", "ROOT", "TARGET", "apt_get_install", "once", "run"]
