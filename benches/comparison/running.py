"""Processes: servers that run while something is measured, and programs that run to their end."""

import contextlib
import os
import pathlib
import select
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
# Of anything that is waited for: far more than it takes on a machine that is busy.
PATIENCE = 90


class Failed(Exception):
    """A measurement that came to nothing."""


class Server:
    """A server in a process of its own, which has said where it listens."""

    def __init__(self, process, port):
        self.process, self.port = process, port

    def cpu(self):
        """Seconds of user and system time, so far."""
        # The second field, in parentheses, is the program's name, which may hold anything.
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        """Bytes that are resident."""
        for line in self._proc("status").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise Failed("the server has no memory")

    def _proc(self, file):
        if self.process.poll() is not None:
            raise Failed("the server has ended by itself")
        return pathlib.Path(f"/proc/{self.process.pid}/{file}").read_text()

    def stop(self):
        """Ends it, gently: valgrind has its sums to write."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def serving(command, runtime, cores, under=()):
    """Starts a server on these cores and stops it in the end. It has to print `listening on HOST:PORT`."""
    command = ["taskset", "-c", cores, *under, *map(str, command), "--port", "0", "--runtime", runtime]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    server = Server(process, None)
    try:
        ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
        line = process.stdout.readline() if ready else ""
        if not line.startswith("listening on "):
            raise Failed(f"{' '.join(command)} said {line!r} in place of where it listens")
        server.port = int(line.strip().rpartition(":")[2])
        yield server
    finally:
        server.stop()
        process.stdout.close()


def output(command, cores, **options):
    """What a program prints, which must end well."""
    command = ["taskset", "-c", cores, *map(str, command)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, **options)
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(command)} had not ended after {PATIENCE} s") from None
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


@contextlib.contextmanager
def talking(command, cores):
    """A program with which one talks by lines: `say(line)` gives its next line after it."""
    command = ["taskset", "-c", cores, *map(str, command)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def hear():
        ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
        line = process.stdout.readline() if ready else ""
        if not line:
            process.kill()
            raise Failed(f"{' '.join(command)} fell silent: {process.stderr.read()}")
        return line

    def say(line):
        process.stdin.write(line + "\n")
        process.stdin.flush()

    try:
        yield hear, say
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def settle(measure, tolerance=0.005):
    """Waits until a value that grows and then stays, such as memory, has come to rest."""
    before = measure()
    for _ in range(50):
        time.sleep(0.05)
        now = measure()
        if abs(now - before) <= before * tolerance:
            return now
        before = now
    return before
