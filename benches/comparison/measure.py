"""How each figure is taken. Nothing counts that was not done: h2load's answers are counted by their bytes and by their HTTP
status, after one of them was checked by its content and its gRPC status; bench_client checks every one."""

import json
import re
import tempfile

from .calls import HELLO
from .running import Failed, output, serving, settle, talking

# The server's, the load's, and those of a runtime of two threads.
SERVER, LOAD, BOTH = "0", "1", "0,1"


def cores(runtime):
    return SERVER if runtime == "ct" else BOTH


def flag(runtime):
    return {"ct": "ct", "mt2": "mt:2"}[runtime]


class Measure:
    """Takes figures of programs, of which it knows where they are and with how many calls to measure them."""

    def __init__(self, programs, factor, scratch):
        # Peer and what → command.
        self.programs = programs
        self.factor = factor
        self.scratch = scratch

    def calls(self, peer, calls, at_least=1):
        return max(int(calls * self.factor * peer.share), at_least)

    def unary(self, peer, call, runtime, connections, streams, calls, value):
        """Of unary calls by h2load: `value` of the CPU seconds, the calls, and the calls per second."""
        calls = self.calls(peer, calls, connections * streams)
        with serving(self.programs[peer.name, "server"], flag(runtime), cores(runtime)) as server:
            self.probe(server, call)
            self.h2load(server, call, connections, streams, max(calls // 10, connections * streams))
            before = server.cpu()
            rate = self.h2load(server, call, connections, streams, calls)
            return [value(server.cpu() - before, calls, rate)]

    def bidi(self, peer, runtime, callers, trips):
        """Microseconds of the server's CPU per round trip."""
        trips = self.calls(peer, trips, callers * 10)
        with serving(self.programs[peer.name, "server"], flag(runtime), cores(runtime)) as server:
            flags = ["--mode", "bidi", "--callers", callers, "--size", 12, "--calls"]
            self.client(server, *flags, max(trips // 10, callers))
            before = server.cpu()
            report = self.client(server, *flags, trips)
            return [(server.cpu() - before) * 1e6 / report["calls"]]

    def latency(self, peer, connections, streams, rate, seconds):
        """Microseconds that half of the calls, and 99 of 100, take at most at this rate, from when each is due."""
        # A quick look does not ask for the speed of what was built without optimization.
        rate = max(rate * peer.share * min(1, self.factor * 5), connections)
        seconds = max(seconds * self.factor, 0.2)
        with serving(self.programs[peer.name, "server"], "ct", SERVER) as server:
            report = self.client(
                server,
                *("--connections", connections, "--callers", connections * streams),
                *("--rate", rate, "--calls", int(rate * seconds), "--warm-up", int(rate * seconds / 10)),
            )
            return [report["p50_us"], report["p99_us"]]

    def memory(self, peer, connections, streams):
        """Bytes that the server grows by for each further stream on its connections."""
        connections, streams = (max(int(n * min(1, self.factor * 5)), 2) for n in (connections, streams))
        with serving(self.programs[peer.name, "server"], "ct", SERVER) as server:
            flags = ["--mode", "hold", "--connections", connections, "--callers", connections * streams]
            with talking([*self.programs["ours", "client"], "--port", server.port, *map(str, flags)], LOAD) as (hear, say):
                self.expect(json.loads(hear())["streams"], connections, "streams")
                before = settle(server.memory)
                say("open the others")
                self.expect(json.loads(hear())["streams"], connections * streams, "streams")
                return [(settle(server.memory) - before) / (connections * (streams - 1))]

    def client_cpu(self, peer, runtime, callers, calls):
        """Microseconds of the client's CPU per call, against the same bare server for everybody."""
        calls = self.calls(peer, calls, callers)
        with serving(self.programs["h2", "server"], "ct", SERVER) as server:
            command = [*self.programs[peer.name, "client"], "--port", server.port, "--runtime", flag(runtime)]
            flags = ["--callers", callers, "--calls", calls, "--warm-up", max(calls // 10, callers)]
            # A client of two threads has both cores, and so shares one of them with the server, which is the same for all.
            on = LOAD if runtime == "ct" else BOTH
            report = json.loads(output([*command, *flags], on))
            self.expect(report["calls"], calls, "calls")
            return [report["client_cpu_us_per_call"]]

    def instructions(self, peer, few, many):
        """Instructions that the server executes per unary call: those of many calls without those of few."""

        def count(calls):
            with self.file() as log, self.file() as profile:
                tool = ["--tool=callgrind", f"--callgrind-out-file={profile.name}"]
                self.under_valgrind(peer, tool, log, calls)
                return [int(found(r"\ntotals: (\d+)", profile.read()))]

        return self.per_call(count, few, many)

    def allocations(self, peer, few, many):
        """Allocations of the server per unary call, and bytes in them."""

        def count(calls):
            with self.file() as log:
                self.under_valgrind(peer, ["--tool=memcheck", "--leak-check=no"], log, calls)
                said = log.read()
                sums = [r"total heap usage: ([\d,]+) allocs", r"frees, ([\d,]+) bytes allocated"]
                return [int(found(number, said).replace(",", "")) for number in sums]

        return self.per_call(count, few, many)

    def per_call(self, count, few, many):
        few, many = (max(int(calls * self.factor), 100) for calls in (few, many))
        many = max(many, few * 2)
        return [(more - less) / (many - few) for less, more in zip(count(few), count(many))]

    def under_valgrind(self, peer, tool, log, calls):
        valgrind = ["valgrind", *tool, f"--log-file={log.name}"]
        with serving(self.programs[peer.name, "server"], "ct", SERVER, under=valgrind) as server:
            self.h2load(server, HELLO, 1, 100, calls)

    def file(self):
        """One that valgrind writes and we read."""
        return tempfile.NamedTemporaryFile("r", dir=self.scratch)

    def probe(self, server, call):
        """One call whose answer is checked in full."""
        self.client(server, "--mode", call.mode, *call.flags, "--calls", 1)

    def client(self, server, *flags):
        """What bench_client reports. It fails at the first answer that is wrong."""
        return json.loads(output([*self.programs["ours", "client"], "--port", server.port, *flags], LOAD))

    def h2load(self, server, call, connections, streams, calls):
        """Makes the calls, and gives their number per second."""
        with tempfile.NamedTemporaryFile(dir=self.scratch) as body:
            body.write(call.request)
            body.flush()
            said = output(
                [
                    *("h2load", "-t1", f"-c{connections}", f"-m{streams}", f"-n{calls}", "-d", body.name),
                    *("-H", "content-type: application/grpc", "-H", "te: trailers"),
                    f"http://127.0.0.1:{server.port}/{call.path}",
                ],
                LOAD,
            )
        self.expect(int(found(r"status codes: (\d+) 2xx", said)), calls, "answers")
        self.expect(int(found(r"headers .*\((\d+)\) data", said)), calls * call.answer, "bytes of answers")
        return float(found(r"finished in .*, ([\d.]+) req/s", said))

    @staticmethod
    def expect(found, wanted, what):
        if found != wanted:
            raise Failed(f"{found} {what} where {wanted} were expected")


def found(pattern, said):
    match = re.search(pattern, said)
    if not match:
        raise Failed(f"no {pattern!r} in {said!r}")
    return match[1]
