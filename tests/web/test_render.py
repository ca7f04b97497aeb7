"""Pages and fragments."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError
from starlette.testclient import TestClient

from app.web import assets
from app.web.render import TEMPLATES, Renderer, wanted_fragment

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "section#feeds"}


def _renderer(tmp_path: Path, text: str) -> Renderer:
    (tmp_path / "x.html").write_text(text)
    return Renderer(assets.load(), tmp_path)


def test_a_misspelt_name_fails_instead_of_showing_nothing(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        _renderer(tmp_path, "{{ page.titel }}").render("x.html", None, {"page": {"title": "x"}})


def test_values_are_escaped(tmp_path: Path) -> None:
    shown = _renderer(tmp_path, "<p title='{{ page }}'>{{ page }}</p>").render("x.html", None, {"page": "<b>'\""})
    assert shown == "<p title='&lt;b&gt;&#39;&#34;'>&lt;b&gt;&#39;&#34;</p>"


def test_a_fragment_is_its_block_alone(tmp_path: Path) -> None:
    renderer = _renderer(tmp_path, "before{% block rows %}<ul id='rows'></ul>{% endblock %}after")
    assert renderer.render("x.html", "rows", {}) == "<ul id='rows'></ul>"


class _Request:
    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        (PARTIAL, "feeds"),
        (PARTIAL | {"HX-Target": "details#feeds-of-one"}, "feeds"),
        (PARTIAL | {"HX-Target": "section#other"}, None),
        (PARTIAL | {"HX-Request-Type": "full"}, None),
        (PARTIAL | {"HX-History-Restore-Request": "true"}, None),
        ({}, None),
    ],
)
def test_only_a_listed_fragment_is_answered_alone(headers: dict[str, str], wanted: str | None) -> None:
    assert wanted_fragment(_Request(headers), frozenset({"feeds"})) == wanted


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_asks_htmx_to_evaluate_text(path: Path) -> None:
    # Under the policy these throw, or (worse) fire without their condition.
    text = path.read_text()
    assert "hx-on" not in text
    assert '"js:' not in text
    assert "javascript:" not in text


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_every_element_that_htmx_acts_on_carries_the_nonce(path: Path) -> None:
    for tag in path.read_text().split("<")[1:]:
        if " hx-get=" in tag or " hx-post=" in tag or " hx-trigger=" in tag:
            assert 'hx-nonce="{{ nonce }}"' in tag


def test_every_drawing_of_icons_is_one_request(client: TestClient) -> None:
    page = client.get("/").text
    assert page.count("icons.svg#") == page.count(f"{assets.load()['icons.svg'].url}#")


def test_a_browser_asks_for_the_stylesheet_of_a_page_before_it_reads_the_page(client: TestClient) -> None:
    answer = client.get("/events")
    (link,) = answer.headers.get_list("link")
    address = link.removeprefix("<").removesuffix(">; rel=preload; as=style")
    assert f'<link rel="stylesheet" href="{address}">' in answer.text
    assert client.get(address).status_code == 200
    fragment = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "details#facet-action"}
    assert "link" not in client.get("/events?facets=action", headers=fragment).headers
