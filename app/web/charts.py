"""Drawings made on the server: SVG without inline style, so that the strict policy lets it pass.

Three grounds everywhere: ink is what was seen, paper is "looked, and there was none", hatch is "nobody could look".
All positions in time are fractions of the page's range, 0 to 1.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from app.core.coverage.history import Strip
from app.core.coverage.observe import ObservableState
from app.web.series import ABOVE, BELOW
from app.web.span import Span
from app.web.time_axis import CHART, LANES, Label, Tick, labels, width_of

TOP, FOOT = 16, 20
_HIGH = 1_000
"""The height of a viewBox of stacked bars: a tenth of a pixel each."""
_LEAST = 3
"""Pixels of the shortest bar: one call beside thousands is seen, and the waterline lies on one of them."""
_NOTE_EDGE = 0.2
_BEFORE = {"start": 0.0, "middle": 0.5, "end": 1.0}
"""How much of a label stands before its place."""
"""The name of a hole that lies so near to an edge is written away from it: it may be as long as a third of a phone."""
SEEN, PART, BLIND, GROUND, BROKEN = "seen", "part", "blind", "ground", "broken"
_STRIP_HEIGHT = {SEEN: 2, PART: 2, GROUND: 1}


@dataclass(frozen=True, slots=True)
class Blind:
    """An interval in which nobody could look; `label` names the part of the scope that was blind."""

    start: float
    end: float
    label: str = ""


def pct(fraction: float) -> str:
    """Return a fraction as an SVG percentage."""
    return f"{100 * fraction:.2f}".rstrip("0").rstrip(".") + "%"


def ceiling(value: int) -> int:
    """Return the smallest round number that is at least `value`: the top of a scale."""
    if value <= 4:  # noqa: PLR2004 - a scale of 4 has whole halves
        return 4
    power = int(10 ** (len(str(value)) - 1))
    for step in (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10):
        if step * power >= value:
            return round(step * power)
    return 10 * power


def _path(kind: str, data: Sequence[str]) -> str:
    return f'<path class="k-{kind}" d="{"".join(data)}"/>' if data else ""


def _stack(
    rows: Mapping[str, Sequence[int]], keys: Sequence[str], bars: int, top: int, height: int, *, is_up: bool
) -> str:
    """Return one path a series, stacked from the waterline outwards, in a viewBox `bars` wide and `_HIGH` high."""
    base = [0] * bars
    scale = _HIGH / top
    least = round(_HIGH * _LEAST / height)
    paths = []
    for key in keys:
        data = []
        for i, value in enumerate(rows.get(key, ())):
            if value <= 0:
                continue
            # Whole numbers: a chart has thousands of these, and each fraction takes as long as all the rest.
            low = base[i]
            base[i] = high = low + max(least, round(value * scale))
            data.append(f"M{i}.06 {_HIGH - high if is_up else low}h.88v{high - low}h-.88z")
        paths.append(_path(key, data))
    return "".join(paths)


def _peak(rows: Mapping[str, Sequence[int]], keys: Sequence[str], bars: int) -> int:
    return max((sum(rows[key][i] for key in keys if key in rows) for i in range(bars)), default=0)


def waterline(
    rows: Mapping[str, Sequence[int]],
    bars: int,
    *,
    label: str,
    ticks: Sequence[Tick] = (),
    blinds: Sequence[Blind] = (),
    up: int = 104,
    down: int = 72,
    brush: tuple[float, float] | None = None,
    element_id: str = "",
) -> Markup:
    """Return the mirrored histogram: media read above one line, everything else below, blind intervals hatched.

    `rows` holds one value for each of the `bars` buckets, by series key. Each half has its own scale; both are
    labelled. `up` and `down` are their heights in pixels. `label` is the text for those who cannot see it.
    """
    above, below = [s.key for s in ABOVE], [s.key for s in BELOW]
    up_top, down_top = ceiling(_peak(rows, above, bars)), ceiling(_peak(rows, below, bars))
    line, foot = TOP + up, TOP + up + down
    ident = f' id="{escape(element_id)}"' if element_id else ""
    out = [f'<svg{ident} width="100%" height="{foot + FOOT}" role="img" aria-label="{escape(label)}">']
    out += [_tick(tick, foot) for tick in ticks]
    out += [_label(label, foot + 14) for label in labels(ticks, CHART)]
    out += [f'<line class="grid" x1="0" x2="100%" y1="{y:g}" y2="{y:g}"/>' for y in (TOP, TOP + up / 2, foot)]
    out += [_hatched(blind, TOP, up + down) for blind in blinds]
    # Many short ones may make the tallest bar a few pixels taller than its scale.
    view = f'width="100%" viewBox="0 0 {bars} {_HIGH}" preserveAspectRatio="none" overflow="visible"'
    rise = _stack(rows, above, bars, up_top, up, is_up=True)
    hang = _stack(rows, below, bars, down_top, down, is_up=False)
    out.append(f'<svg class="bars" y="{TOP}" height="{up}" {view}>{rise}</svg>')
    out.append(f'<svg class="bars" y="{line}" height="{down}" {view}>{hang}</svg>')
    out.append(f'<line class="water" x1="0" x2="100%" y1="{line}" y2="{line}"/>')
    if brush:
        width = pct(brush[1] - brush[0])
        out.append(f'<rect class="brush" x="{pct(brush[0])}" y="{TOP - 4}" width="{width}" height="{up + down + 8}"/>')
    for y, value in ((TOP, up_top), (TOP + up // 2, up_top // 2), (line, 0), (foot, down_top)):
        out.append(f'<text x="-6" y="{y + 4}" text-anchor="end">{_short(value)}</text>')
    out += _blind_labels(blinds)
    return Markup("".join(out) + "</svg>")  # noqa: S704 - numbers, and labels escaped above


def _short(value: int) -> str:
    for size, name in ((1_000_000, "M"), (10_000, "k")):
        if value >= size:
            return f"{value / (1000 if name == 'k' else size):g}{name}"
    return str(value)


def _tick(tick: Tick, foot: int) -> str:
    x = pct(tick.at)
    return f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP}" y2="{foot + (5 if tick.is_major else 0)}"/>'


def _label(label: Label, y: int) -> str:
    late = ' text-anchor="end"' if label.is_late else ""
    optional = ' class="opt"' if label.is_optional else ""
    return f'<text x="{pct(label.at)}" dx="{label.beside}" y="{y}"{late}{optional}>{escape(label.text)}</text>'


def _hatched(blind: Blind, top: int, height: int) -> str:
    edges = "".join(
        f'<line class="edge" x1="{pct(x)}" x2="{pct(x)}" y1="{top}" y2="{top + height}"/>'
        for x in (blind.start, blind.end)
    )
    width = pct(blind.end - blind.start)
    title = f"<title>{escape(blind.label)}</title>" if blind.label else ""
    place = f'x="{pct(blind.start)}" y="{top}" width="{width}" height="{height}"'
    return f'<rect class="blind" {place}>{title}</rect>{edges}'


def _blind_labels(blinds: Sequence[Blind]) -> Iterator[str]:
    """Yield the names of holes that have room side by side, from the left; each stands under the pointer as well."""
    wide_end = phone_end = -math.inf
    for blind in (blind for blind in blinds if blind.label):
        middle = (blind.start + blind.end) / 2
        anchor = "start" if middle < _NOTE_EDGE else "end" if middle > 1 - _NOTE_EDGE else "middle"
        length = width_of(blind.label)
        before = _BEFORE[anchor] * length
        if middle * CHART.wide - before < wide_end:
            continue
        wide_end = middle * CHART.wide - before + length
        optional = ""
        if middle * CHART.phone - before < phone_end:
            optional = " opt"
        else:
            phone_end = middle * CHART.phone - before + length
        place = f'x="{pct(middle)}" y="{TOP - 5}" text-anchor="{anchor}"'
        yield f'<text class="note{optional}" {place}>{escape(blind.label)}</text>'


def spark(
    up: Sequence[int],
    down: Sequence[int] = (),
    *,
    label: str,
    blinds: Sequence[Blind] = (),
    height: int = 22,
    kind: str = "ink",
    low: str = "put",
) -> Markup:
    """Return a small bar line on the same terms as the big one; `down` hangs below the line in series `low`."""
    bars = max(len(up), len(down), 1)
    half = height * 0.6 if down else float(height)
    top, bottom = max([*up, 1]), max([*down, 1])
    least, least_down = 100 * _LEAST / half, 100 * _LEAST / ((height - half) or height)
    rise = [f"M{i + 0.1:g} {100 - max(least, 100 * v / top):.0f}h.8V100h-.8z" for i, v in enumerate(up) if v > 0]
    hang = [f"M{i + 0.1:g} 0h.8V{max(least_down, 100 * v / bottom):.0f}h-.8z" for i, v in enumerate(down) if v > 0]
    view = f'width="100%" viewBox="0 0 {bars} 100" preserveAspectRatio="none"'
    out = [f'<svg class="spark" width="100%" height="{height}" role="img" aria-label="{escape(label)}">']
    out += [
        f'<rect class="blind" x="{pct(b.start)}" width="{pct(b.end - b.start)}" height="{height}"/>' for b in blinds
    ]
    out.append(f'<svg height="{half:g}" {view}>{_path(kind, rise)}</svg>')
    if down:
        out.append(f'<svg y="{half:g}" height="{height - half:g}" {view}>{_path(low, hang)}</svg>')
    out.append(f'<line class="water" x1="0" x2="100%" y1="{half:g}" y2="{half:g}"/></svg>')
    return Markup("".join(out))  # noqa: S704 - numbers and class names of ours, the label escaped


def strip(parts: Sequence[tuple[float, float, str]], *, label: str, height: int = 10) -> Markup:
    """Return one coverage strip; `parts` are (from, to, SEEN | PART | BLIND | GROUND | BROKEN)."""
    out = [f'<svg class="strip" width="100%" height="{height}" role="img" aria-label="{escape(label)}">']
    for start, end, kind in parts:
        thick = _STRIP_HEIGHT.get(kind, height)
        width = pct(max(end - start, 0.002))
        out.append(
            f'<rect class="{kind}" x="{pct(start)}" y="{(height - thick) / 2:g}" width="{width}" height="{thick}"/>'
        )
    return Markup("".join(out) + "</svg>")  # noqa: S704 - numbers and class names of ours, the label escaped


def stretches(strip_: Strip, span: Span) -> list[tuple[float, float, str]]:
    """Return a coverage strip's stretches as the parts that `strip` draws."""
    kinds = {ObservableState.OBSERVED: SEEN, ObservableState.PARTLY: PART}
    return [(span.fraction(s.start), span.fraction(s.end), kinds.get(s.state, BLIND)) for s in strip_.stretches]


def lane(
    bars: Sequence[tuple[float, float, str]],
    *,
    label: str,
    blinds: Sequence[Blind] = (),
    lines: Sequence[float] = (),
    height: int = 44,
) -> Markup:
    """Return one swim lane; `bars` are (from, to, series key), `lines` the day borders."""
    out = [f'<svg class="lane" width="100%" height="{height}" role="img" aria-label="{escape(label)}">']
    out += [
        f'<rect class="blind" x="{pct(b.start)}" width="{pct(b.end - b.start)}" height="{height}"/>' for b in blinds
    ]
    out += [f'<line class="grid" x1="{pct(x)}" x2="{pct(x)}" y1="0" y2="{height}"/>' for x in lines]
    for start, end, key in bars:
        width = pct(max(end - start, 0.004))
        out.append(f'<rect class="k-{key}" x="{pct(start)}" y="{height / 2 - 6:g}" width="{width}" height="12"/>')
    return Markup("".join(out) + "</svg>")  # noqa: S704 - numbers and class names of ours, the label escaped


def bar(fraction: float, kind: str = "accent") -> Markup:
    """Return the 2 px bar of a facet value, relative to the largest."""
    ground = '<rect class="ground" width="100%" height="2"/>'
    return Markup(  # noqa: S704 - a number and a class name of ours
        f'<svg height="2" aria-hidden="true">{ground}<rect class="k-{kind}" width="{pct(fraction)}" height="2"/></svg>'
    )


def axis(ticks: Sequence[Tick]) -> Markup:
    """Return the tick labels alone, for the head of strips and lanes."""
    texts = "".join(_label(label, 11) for label in labels(ticks, LANES))
    return Markup(f'<svg height="14" width="100%" aria-hidden="true">{texts}</svg>')  # noqa: S704 - labels escaped
