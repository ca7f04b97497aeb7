from hypothesis import given
from hypothesis import strategies as st

from app.core.iam.globs import pieces_of
from app.core.iam.index import Index
from app.core.iam.layers import Binding
from app.core.iam.resources import arn_matcher
from app.core.iam.variables import UNKNOWN
from app.core.kvs.actions import NAMES
from tests.builders.iam import CAMERA, CHANNEL, OTHER_CAMERA, snapshot, stream

NAMED = [CAMERA.replace("north-cam-1", name) for name in ("a", "ab", "ab-1", "b", "ba.c", "B")]
ARNS = sorted([*NAMED, OTHER_CAMERA, CHANNEL])
INDEX = Index(Binding(snapshot(streams=tuple(stream(arn) for arn in reversed(ARNS)))))
HEADS = st.sampled_from(["arn:aws:kinesisvideo:*:*:", "arn:aws:kinesisvideo:eu-*:", "arn:*:", ""])


@given(HEADS, st.text(alphabet="ab*?/", max_size=6))
def test_it_takes_what_the_pattern_matches_one_by_one(head: str, name: str) -> None:
    pieces = pieces_of(f"{head}stream/{name}")

    assert list(INDEX.arns(INDEX.matching(pieces))) == [arn for arn in (*ARNS, "*") if arn_matcher(pieces).matches(arn)]


def test_resources_are_those_of_the_types_that_an_action_takes() -> None:
    def of(name: str) -> tuple[str, ...]:
        return INDEX.arns(INDEX.resources_of(1 << NAMES.index(name)))

    assert of("ConnectAsViewer") == (CHANNEL,)
    assert of("ListStreams") == ("*",)
    assert CHANNEL not in of("GetMedia")
    assert set(of("TagResource")) == set(ARNS)


def test_it_groups_streams_by_the_values_of_a_tag() -> None:
    streams = (stream(CAMERA, (("site", "north"),)), stream(OTHER_CAMERA, None), stream(CHANNEL, ()))
    index = Index(Binding(snapshot(streams=streams)))

    found = {values: index.arns(bits) for values, bits in index.classes(("aws:resourcetag/site",))}

    assert found == {(("north",),): (CAMERA,), (UNKNOWN,): (OTHER_CAMERA,), (None,): (CHANNEL, "*")}
