"""What the figures come to: medians, ratios, verdicts, and the table of them."""

import statistics


class Result:
    """The figures of one row, by peer and in the order of the rounds."""

    def __init__(self, row):
        self.row = row
        self.figures = {}
        self.failures = {}

    def median(self, name):
        figures = self.figures.get(name)
        return statistics.median(figures) if figures else None

    def ratios(self, name):
        """Ours to theirs, of each round that had both."""
        return [ours / theirs for ours, theirs in zip(self.figures.get("ours", []), self.figures.get(name, [])) if theirs]

    def verdict(self, whole):
        """`ok`, or what was missed; `whole` are the frameworks, none of which may be faster, or `None` to say nothing."""
        if whole is None:
            return ""
        if "ours" in self.failures:
            return "failed"
        must = self.row.must
        if must and must.of_ours_alone:
            value = self.median("ours")
        else:
            ratios = self.ratios("tonic")
            value = statistics.median(ratios) if ratios else None
        if must and value is not None and not must.holds(value):
            return "missed"
        faster = [name for name in whole if must and self._is_faster(name)]
        if faster:
            return f"missed: {', '.join(faster)} is better"
        return "ok" if must and value is not None else ""

    def _is_faster(self, name):
        """In every round: what is as good is better in some of them."""
        ratios = self.ratios(name)
        if not ratios or name == "tonic":
            return False
        return max(ratios) < 1 if self.row.more else min(ratios) > 1


def number(value, unit=""):
    if value is None:
        return "–"
    if unit == "/s" and value >= 1e4:
        return f"{value / 1e6:.3g} M/s" if value >= 1e6 else f"{value / 1e3:.3g} k/s"
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{text} {unit}".strip()


def spread(ratios):
    if not ratios:
        return "–"
    middle = f"{statistics.median(ratios):.2f}"
    return middle if len(ratios) == 1 else f"{middle} ({min(ratios):.2f}–{max(ratios):.2f})"


def against_tonic(results, whole):
    """The table that decides."""
    head = ["", "ours", "tonic", "ratio", "must", ""]
    lines = []
    for result in results:
        unit = result.row.unit
        lines.append(
            [
                result.row.title,
                result.failures.get("ours") and "failed" or number(result.median("ours"), unit),
                result.failures.get("tonic") and "failed" or number(result.median("tonic"), unit),
                spread(result.ratios("tonic")),
                str(result.row.must or ""),
                result.verdict(whole),
            ]
        )
    return table(head, lines)


def against_all(results, names):
    """Everybody's figures, and in parentheses ours divided by theirs."""
    lines = []
    for result in results:
        if not any(result.figures.get(name) for name in names):
            continue
        cells = [result.row.title, number(result.median("ours"), result.row.unit)]
        for name in names:
            ratios = result.ratios(name)
            if name in result.failures:
                cells.append("failed")
            elif ratios:
                cells.append(f"{number(result.median(name), result.row.unit)} ({statistics.median(ratios):.2f})")
            else:
                cells.append("–")
        lines.append(cells)
    return table(["", "ours", *names], lines) if lines else ""


def table(head, lines):
    widths = [max(map(len, column)) for column in zip(head, *lines)]
    rows = [head, ["-" * width for width in widths], *lines]
    return "\n".join("| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows)
