"""Null: tests only whether the request has the key. `"true"`: it has not."""

from app.core.iam.conditions._family import Family, Matcher, Operator, text_of
from app.core.iam.globs import Pieces


def _matcher(pieces: Pieces) -> Matcher:
    return text_of(pieces).strip().lower().__eq__


FAMILY = Family({"Null": Operator(_matcher, tests_presence=True)})
