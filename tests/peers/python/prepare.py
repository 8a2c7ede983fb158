"""Makes a virtual environment with grpcio and the modules generated from the .proto files in it.

    python3 prepare.py DIRECTORY PROTO...

What is there already and still fits is kept, so that only the first call takes time. Several processes may
call this at once. The last line printed is the environment's python.
"""

import fcntl
import hashlib
import pathlib
import shutil
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent


def main(directory, protos):
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        python = environment(directory)
        generate(directory, python, protos)
    print(python)


def environment(directory):
    requirements = HERE / "requirements.txt"
    home = directory / "venv"
    python = home / "bin" / "python"
    stamp = directory / "venv.stamp"
    wanted = digest(sys.version.encode(), requirements.read_bytes(), str(home).encode())
    if not is_current(stamp, wanted):
        stamp.unlink(missing_ok=True)
        shutil.rmtree(home, ignore_errors=True)
        # A run from inside another virtual environment must not inherit from it.
        venv.create(home, with_pip=True, symlinks=True)
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements)
        stamp.write_text(wanted)
    return python


def generate(directory, python, protos):
    output = directory / "generated"
    stamp = directory / "generated.stamp"
    requirements = (HERE / "requirements.txt").read_bytes()
    wanted = digest(requirements, *(proto.read_bytes() for proto in protos))
    if is_current(stamp, wanted):
        return
    stamp.unlink(missing_ok=True)
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir()
    for proto in protos:
        run(
            python,
            "-m",
            "grpc_tools.protoc",
            f"--proto_path={proto.parent}",
            f"--python_out={output}",
            f"--grpc_python_out={output}",
            proto,
        )
    stamp.write_text(wanted)


def is_current(stamp, wanted):
    return stamp.exists() and stamp.read_text() == wanted


def digest(*parts):
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def run(*command):
    # Its output goes to our standard error: our standard output is for the caller.
    subprocess.run([str(part) for part in command], check=True, stdout=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]).resolve(), [pathlib.Path(proto).resolve() for proto in sys.argv[2:]])
