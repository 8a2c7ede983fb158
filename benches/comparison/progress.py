"""A bar that says how far it is, on a terminal; a line per step elsewhere."""

import sys
import time

WIDTH = 24


class Progress:
    def __init__(self, seconds):
        self.expected = seconds
        self.done = 0
        self.start = time.monotonic()

    def step(self, what, seconds):
        """Begins something that is expected to take so long."""
        part = min(self.done / self.expected, 1)
        self.done += seconds
        # By what it has taken so far, once that says something.
        took = time.monotonic() - self.start
        left = took * (1 - part) / part if part > 0.05 else self.expected * (1 - part)
        line = f"[{'#' * int(part * WIDTH):·<{WIDTH}}] {part:4.0%}, {time_of(left)} left: {what}"
        if sys.stderr.isatty():
            print(f"\r\x1b[K{line[:150]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def end(self):
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def time_of(seconds):
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
