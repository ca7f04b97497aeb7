"""Drawings: their figures, their alternatives in words, and that they need no inline style."""

import re
from xml.etree import ElementTree as ET

import pytest

from app.web import charts
from app.web.charts import BLIND, SEEN, Blind
from app.web.time_axis import Tick


def _chart(**changes: object) -> str:
    values: dict[str, object] = {"rows": {"live": [0, 3, 1], "put": [5, 0, 0]}, "bars": 3, "label": "calls"} | changes
    rows, bars = values.pop("rows"), values.pop("bars")
    return charts.waterline(rows, bars, **values)


def test_every_drawing_is_well_formed_and_has_no_inline_style() -> None:
    for drawing in (
        _chart(blinds=[Blind(0.2, 0.4, "a & b <blind>")], ticks=[Tick(0.5, "Sat 21")], brush=(0.1, 0.2)),
        charts.spark([1, 0, 2], [0, 1, 1], label='say "x"', blinds=[Blind(0, 1)]),
        charts.strip([(0, 0.5, SEEN), (0.5, 1, BLIND)], label="half"),
        charts.axis([Tick(0.1, "a<b"), Tick(0.5, "b"), Tick(0.95, "c")]),
        charts.bar(0.5),
        charts.lane([(0, 0.5, "live")], label="one", blinds=[Blind(0.5, 0.6)], lines=[0.3]),
    ):
        ET.fromstring(drawing)
        assert "style=" not in drawing


def test_one_path_a_series_and_none_for_what_was_never_called() -> None:
    drawing = _chart()
    assert re.findall(r'class="k-(\w+)"', drawing) == ["live", "put"]


def test_each_half_has_its_own_scale_and_both_are_labelled() -> None:
    drawing = _chart(rows={"live": [118], "put": [431]}, bars=1)
    assert ">120</text>" in drawing
    assert ">500</text>" in drawing


def test_stacked_bars_begin_where_the_one_before_ended() -> None:
    drawing = _chart(rows={"live": [2], "arch": [2]}, bars=1)
    assert 'class="k-live" d="M0.06 500h.88v500h-.88z"' in drawing
    assert 'class="k-arch" d="M0.06 0h.88v500h-.88z"' in drawing


def test_one_call_beside_thousands_is_drawn_all_the_same() -> None:
    drawing = _chart(rows={"live": [1, 9_000], "arch": [1, 0], "put": [1, 5_000]}, bars=2)
    assert 'class="k-live" d="M0.06 971h.88v29h-.88zM' in drawing
    assert 'class="k-arch" d="M0.06 942h.88v29h-.88z"' in drawing
    assert 'class="k-put" d="M0.06 0h.88v42h-.88zM' in drawing
    assert 'd="M0.1 77h.8V100h-.8zM' in charts.spark([1, 9_000], [1, 9_000], label="calls")


def test_what_nobody_could_see_is_hatched_with_an_edge_at_both_ends_and_a_name() -> None:
    drawing = _chart(blinds=[Blind(0.25, 0.5, "clinic-video blind")])
    assert 'class="blind" x="25%"' in drawing
    assert drawing.count('class="edge"') == 2
    assert "clinic-video blind</text>" in drawing


def test_the_text_for_those_who_cannot_see_it_is_escaped() -> None:
    assert 'aria-label="&lt;b&gt;&#34;"' in _chart(label='<b>"')


@pytest.mark.parametrize(
    ("value", "top"),
    [(0, 4), (3, 4), (5, 5), (7, 8), (11, 12), (118, 120), (121, 160), (431, 500), (999, 1000), (10_001, 12_000)],
)
def test_a_scale_ends_in_a_round_number_that_holds_everything(value: int, top: int) -> None:
    assert charts.ceiling(value) == top


def test_an_empty_spark_is_a_bare_line() -> None:
    drawing = charts.spark([0, 0], label="none")
    assert "<path" not in drawing
    assert 'class="water"' in drawing


def test_a_hole_too_short_to_see_is_drawn_all_the_same() -> None:
    drawing = charts.strip([(0, 0.5, SEEN), (0.5, 0.5001, BLIND), (0.5001, 1, SEEN)], label="x")
    assert 'class="blind" x="50%" y="0" width="0.2%"' in drawing


def test_a_label_that_is_optional_goes_on_a_phone() -> None:
    drawing = charts.axis([Tick(0.05, "Tue 17"), Tick(0.4, "Thu 19"), Tick(0.97, "Mon 23")])
    assert re.findall(r'<text[^>]*class="opt"[^>]*>([^<]+)', drawing) == ["Thu 19"]
    assert re.findall(r'<text[^>]*text-anchor="end"[^>]*>([^<]+)', drawing) == ["Mon 23"]


def test_a_name_near_the_edge_is_written_away_from_it() -> None:
    drawing = _chart(blinds=[Blind(0, 0.1, "left"), Blind(0.3, 0.6, "within"), Blind(0.85, 0.9, "right")])
    assert re.findall(r'class="note"[^>]*text-anchor="(\w+)">(\w+)', drawing) == [
        ("start", "left"), ("middle", "within"), ("end", "right"),
    ]  # fmt: skip


def test_names_of_neighbouring_holes_do_not_stand_on_one_another() -> None:
    names = [f"{n} accounts blind" for n in range(4)]
    places = ((0, 0.05), (0.05, 0.2), (0.3, 0.34), (0.6, 0.7))
    holes = [Blind(*place, name) for place, name in zip(places, names, strict=True)]
    drawing = _chart(blinds=holes)
    assert re.findall(r'class="note( opt)?"[^>]*>([^<]+)', drawing) == [
        ("", names[0]), (" opt", names[2]), ("", names[3]),
    ]  # fmt: skip
    assert re.findall(r"<title>([^<]+)", drawing) == names
