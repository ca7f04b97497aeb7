from urllib.parse import quote_plus
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.aws.sources._s3_listing import Listed, NoListing, Page, page

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
SIZES = st.integers(0, 1 << 40)


def answer(inside: str, root: str = "ListBucketResult") -> bytes:
    namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {namespace}>{inside}</{root}>'.encode()


def contents(key: str, size: int, space: str = "") -> str:
    owner = "<Owner><ID>75aa</ID><DisplayName>Size</DisplayName></Owner>"
    inside = (f"<Key>{key}</Key>", "<ETag>&quot;e&quot;</ETag>", owner, f"<Size>{size}</Size>")
    return f"<Contents>{space}{space.join(inside)}{space}</Contents>"


@given(st.lists(st.tuples(KEYS, SIZES)), st.lists(KEYS), st.none() | KEYS, st.sampled_from(("", "\n  ")))
def test_it_reads_whatever_keys_there_are(
    objects: list[tuple[str, int]], folders: list[str], more: str | None, space: str
) -> None:
    parts = [
        "<Name>logs</Name><Prefix></Prefix><EncodingType>url</EncodingType>",
        f"<IsTruncated>{str(more is not None).lower()}</IsTruncated>",
        "" if more is None else f"<NextContinuationToken>{quote_plus(more)}</NextContinuationToken>",
        *(contents(quote_plus(key), size, space) for key, size in objects),
        *(f"<CommonPrefixes>{space}<Prefix>{quote_plus(it)}</Prefix>{space}</CommonPrefixes>" for it in folders),
    ]
    token = None if more is None else quote_plus(more)
    assert page(answer(space.join(parts))) == Page([Listed(*it) for it in objects], folders, token)


def test_a_server_that_encodes_no_keys_may_have_any_that_xml_can_hold() -> None:
    key = "a+b%20&<c> \u00fc\n"
    found = page(answer(f"<IsTruncated>false</IsTruncated>{contents(escape(key), 3)}"))
    assert found == Page([Listed(key, 3)], [], None)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no element found"),
        (b"<html><body>Sign in</body></html>", "it is a html"),
        (b'<?xml version="1.0" encoding="x-odd"?><html>Sign in</html>', "unknown encoding"),
        (answer("<Code>AccessDenied</Code>", "Error"), "it is a Error"),
        (answer("<IsTruncated>false</IsTruncated>")[:-3], "no listing of S3"),
        (answer("<Contents><Size>3</Size></Contents><IsTruncated>false</IsTruncated>"), "Key"),
        (answer(f"{contents('a', 1)}<Contents><Key>b</Key></Contents><IsTruncated>false</IsTruncated>"), "Size"),
        (answer(contents("a", 1)), "IsTruncated"),
        (answer("<IsTruncated>true</IsTruncated>"), "NextContinuationToken"),
        (answer("<IsTruncated>true</IsTruncated><NextContinuationToken/>"), "NextContinuationToken"),
        (answer(f"<IsTruncated>false</IsTruncated>{contents('', 1)}"), "Key"),
        (b'<!DOCTYPE x [<!ENTITY e "e">]>' + answer("<IsTruncated>false</IsTruncated>")[39:], "document type"),
    ],
    ids=[
        "empty",
        "a page",
        "odd letters",
        "an error",
        "cut",
        "no key",
        "no size",
        "no end",
        "no way on",
        "an empty way on",
        "an empty key",
        "entities",
    ],
)
def test_what_is_no_listing_is_not_an_empty_one(body: bytes, reason: str) -> None:
    with pytest.raises(NoListing, match=reason):
        page(body)
