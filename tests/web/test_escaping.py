from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, Undefined
from markupsafe import Markup
from markupsafe import escape as of_markupsafe

from app.web.escaping import Compiler, escape
from app.web.render import renderer


class Page:
    def __html__(self) -> str:
        return "<b>safe</b>"


class Text(str):
    """A text of another type."""

    __slots__ = ()


class Number(int):
    def __str__(self) -> str:
        return "<b>"


@given(st.text(alphabet=st.one_of(st.sampled_from("&<>\"'"), st.characters())))
def test_any_text_is_escaped_as_markupsafe_escapes_it(text):
    assert escape(text) == of_markupsafe(text)


OTHERS = (Markup("<b>&amp;"), Page(), Text("<i>"), Number(1), 7, True, None, 1.5, date(2026, 1, 2), ["<"], Undefined())


@pytest.mark.parametrize("value", OTHERS, ids=lambda value: type(value).__name__)
def test_what_is_no_text_is_escaped_as_markupsafe_escapes_it(value):
    assert escape(value) == of_markupsafe(value)
    assert isinstance(escape(value), str)


def test_templates_escape_what_they_print_and_keep_what_is_safe():
    environment = Environment(autoescape=True)
    environment.code_generator_class = Compiler
    template = environment.from_string(
        "{% macro cell(text) %}<td>{{ text }}</td>{% endmacro %}{% set kept %}<i>{{ a }}</i>{% endset %}"
        "{{ a }}|{{ cell(a) }}|{{ kept }}|{{ a ~ m }}|{{ [a]|join('<') }}|{{ m }}|{{ n }}|{{ a|upper }}"
    )
    printed = template.render(a="<a>&'\"", m=Markup("<br>"), n=3)
    a = "&lt;a&gt;&amp;&#39;&#34;"
    assert printed == f"{a}|<td>{a}</td>|<i>{a}</i>|{a}<br>|{a}|<br>|3|&lt;A&gt;&amp;&#39;&#34;"


def test_the_pages_are_compiled_so():
    assert renderer().environment.get_template("pages/events.html").root_render_func.__globals__["escape"] is escape
