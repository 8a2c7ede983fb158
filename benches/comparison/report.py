"""benches/RESULTS.md, and its picture."""

import shlex
import sys

from . import chart, machine, results
from .paths import ROOT

RESULTS = ROOT / "benches" / "RESULTS.md"
CHART = ROOT / "benches" / "results.svg"


def write(found, chosen, took):
    """`took` is how long the run was, in words."""
    whole = [peer.name for peer in chosen if peer.whole]
    others = [peer for peer in chosen if peer.name != "tonic"]
    failures = [f"* {result.row.title}, {name}: {why}" for result in found for name, why in result.failures.items()]
    parts = [
        "# Results",
        "What `benches/compare` found; [README.md](README.md) says what the rows mean and how they are taken. Each figure is the "
        "median of those of several rounds, in which everybody is measured one after the other; the ratio is that of our figure to "
        "the peer's in the same round, median (least–greatest).",
        "![Costs relative to tonic](results.svg)",
        "## Beside tonic",
        results.against_tonic(found, whole),
    ]
    if others:
        notes = "\n".join(f"* {peer.name}: {peer.note}" for peer in others if peer.note)
        everybody = results.against_all(found, [peer.name for peer in others])
        parts += ["## Beside the others", "In parentheses, ours divided by theirs.", everybody, notes]
    if failures:
        parts += ["## Failed", "\n".join(failures)]
    facts = "\n".join(f"| {what} | {value} |" for what, value in machine.facts())
    command = shlex.join(["benches/compare", *sys.argv[1:]])
    parts += ["## Where", f"| | |\n|---|---|\n{facts}\n| command | `{command}`, {took} |"]
    RESULTS.write_text("\n\n".join(parts) + "\n")
    CHART.write_text(chart.drawn(found))
    print(f"\nwrote {RESULTS.relative_to(ROOT)} and {CHART.relative_to(ROOT)}")
