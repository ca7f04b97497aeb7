"""Text for templates: what is escaped, and how fast.

A page prints some thousands of texts, nearly all without a character that HTML reserves. MarkupSafe makes each of them
an object that knows to be safe; a template that has printed it asks that of none again, and it took a sixth of a page.
"""

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup
from markupsafe import escape as escaped_anew


def escape(value: object) -> str:
    """Return `value` as text that may stand in HTML: as MarkupSafe has it, but as plain text where it is as it was."""
    if type(value) is str:
        if "&" in value or "<" in value or ">" in value or '"' in value or "'" in value:
            return escaped_anew(value)
        return value
    if type(value) is Markup:
        return value
    return str(value) if type(value) is int else escaped_anew(value)


class Compiler(CodeGenerator):
    """Compiles templates to code that escapes what it prints with `escape` of this module."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja calls it so
        """Write the code of a template; its functions look `escape` up when they run."""
        super().visit_Template(node, frame)
        self.writeline(f"from {__name__} import escape")
