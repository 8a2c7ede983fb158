"""The picture of the results: for each row, what we need where tonic needs one."""

import statistics
from xml.sax.saxutils import escape

from .results import number

LEFT, WIDTH, RIGHT, LINE, TOP = 430, 460, 190, 24, 78
OURS, MISSED, GRID, TEXT = "#2b7a78", "#c0552d", "#d8d8d8", "#333333"
SUBTITLE = "Where more is better, the ratio is turned over. The notch is what a row must reach; red ones have not."
# Where the axis ends; longer bars are cut there.
MOST = 1.5


def drawn(found):
    bars = [bar for bar in map(Bar.of, found) if bar]
    height = TOP + LINE * len(bars) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{TEXT}">',
        f'<rect width="{LEFT + WIDTH + RIGHT}" height="{height}" fill="#ffffff"/>',
        '<text x="16" y="26" font-size="17" font-weight="600">Costs relative to tonic: shorter is better</text>',
        f'<text x="16" y="46" fill="#777777">{SUBTITLE}</text>',
        *axis(height),
    ]
    for index, bar in enumerate(bars):
        parts += bar.drawn(TOP + LINE * index)
    return "\n".join([*parts, "</svg>"]) + "\n"


def axis(height):
    for tenths in range(0, int(MOST * 10) + 1, 5):
        at = x(tenths / 10)
        color = "#888888" if tenths == 10 else GRID
        label = "tonic" if tenths == 10 else f"{tenths / 10:g}"
        yield f'<line x1="{at}" y1="{TOP - 8}" x2="{at}" y2="{height - 12}" stroke="{color}"/>'
        yield f'<text x="{at}" y="{TOP - 14}" text-anchor="middle" fill="#777777">{label}</text>'


def x(ratio):
    return round(LEFT + WIDTH * min(ratio, MOST) / MOST, 1)


class Bar:
    def __init__(self, title, cost, must, label):
        self.title, self.cost, self.must, self.label = title, cost, must, label

    @classmethod
    def of(cls, result):
        """`None` for a row without figures of both, or that is no ratio."""
        row = result.row
        ratios = result.ratios("tonic")
        if not ratios or not row.must:
            return None
        turned = (lambda ratio: 1 / ratio) if row.more else (lambda ratio: ratio)
        must = None if row.must.of_ours_alone else turned(row.must.bound)
        label = f"{number(result.median('ours'), row.unit)} : {number(result.median('tonic'), row.unit)}"
        return cls(row.title, turned(statistics.median(ratios)), must, label)

    def drawn(self, y):
        color = MISSED if self.must is not None and self.cost > self.must else OURS
        yield f'<text x="{LEFT - 10}" y="{y + 15}" text-anchor="end">{escape(self.title)}</text>'
        yield f'<rect x="{LEFT}" y="{y + 3}" width="{x(self.cost) - LEFT:.1f}" height="{LINE - 8}" rx="2" fill="{color}"/>'
        if self.must is not None:
            at = x(self.must)
            yield f'<line x1="{at}" y1="{y + 1}" x2="{at}" y2="{y + LINE - 3}" stroke="{TEXT}" stroke-width="2"/>'
        yield f'<text x="{LEFT + WIDTH + 12}" y="{y + 15}" fill="#777777">{escape(self.label)}</text>'
