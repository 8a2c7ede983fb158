"""Where and of what the figures are: the machine, the versions, the commit."""

import datetime
import os
import pathlib
import platform
import re
import subprocess
import tomllib

from .paths import PEERS, ROOT

# Of the lock files, what decides about the speed.
PACKAGES = ("tonic", "hyper", "h2", "tokio", "prost", "volo-grpc", "pajamax")


def facts():
    """Pairs of what and its value."""
    return [
        ("date", datetime.date.today().isoformat()),
        ("commit", commit()),
        ("processor", f"{processor()}, {os.cpu_count()} cores"),
        ("memory", f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"),
        ("system", f"{platform.system()} {platform.release()}, {' '.join(platform.libc_ver())}"),
        ("compiler", said("rustc", "--version")),
        ("our packages", versions(ROOT / "Cargo.lock")),
        ("the peers'", versions(PEERS / "Cargo.lock")),
        ("profile", "opt-level 3, thin LTO, one codegen unit; the C library's allocator"),
        ("load", said("h2load", "--version") + "; " + said("valgrind", "--version")),
    ]


def processor():
    names = re.findall(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return names[0] if names else platform.machine()


def versions(lock):
    packages = tomllib.loads(lock.read_text())["package"]
    return ", ".join(f"{package['name']} {package['version']}" for package in packages if package["name"] in PACKAGES)


def commit():
    changed = said("git", "status", "--porcelain", "--untracked-files=no")
    return said("git", "rev-parse", "--short", "HEAD") + (", and changes that are not committed" if changed else "")


def said(*command):
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return f"no {command[0]}"
