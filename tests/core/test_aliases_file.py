import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.aliases_file import MOST_CHARACTERS, parse
from app.core.errors import InvalidInput
from app.core.model.alias import Alias
from app.core.model.stream import ResourceKind

ARN = "arn:aws:kinesisvideo:eu-central-1:000011112222:stream/ward-3"
HEAD = "stream,camera,site,owner\n"
WARD = Alias(11112222, "eu-central-1", ResourceKind.STREAM, "ward-3", "Camera 17", "Ward 3", "Ada")


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}{ARN},Camera 17,Ward 3,Ada\n",
        f"{HEAD}{ARN}/1704003640273, Camera 17 ,Ward 3,Ada",
        f"\ufeff{HEAD.replace(',', ';')}{ARN};Camera 17;Ward 3;Ada\r\n",
        f"owner\tsite\tcamera\tstream\r\nAda\tWard 3\tCamera 17\t{ARN}\r\n",
    ],
    ids=["plain", "with the creation time and blanks", "as Excel writes it", "other order, tabs"],
)
def test_it_takes_what_spreadsheets_write(text):
    assert parse(text) == (WARD,)


def test_columns_may_be_left_out_and_channels_have_cameras_too():
    (found,) = parse(f"stream,camera\n{ARN.replace('stream/', 'channel/')},Doorbell\n")
    assert (found.kind, found.camera, found.site, found.owner) == (ResourceKind.CHANNEL, "Doorbell", "", "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the first line is ''"),
        ("stream,colour\n", "write stream,camera,site,owner"),
        (f"{HEAD}ward-3,a,b,c\n", "line 2: stream = 'ward-3' is no ARN of a stream or channel"),
        (f"{HEAD}{ARN.replace('kinesisvideo', 's3')},a,b,c\n", "line 2: stream = "),
        (f"{HEAD}{ARN.replace('000011112222', '1')},a,b,c\n", "line 2: stream = "),
        (f"{HEAD}{ARN}/1/2,a,b,c\n", "line 2: stream = "),
        (f"{HEAD}{ARN},,,\n", "line 2: camera, site and owner are all empty"),
        (f"{HEAD}{ARN},a\n", "line 2: it has not as many fields"),
        (f"{HEAD}{ARN},a,b,c,d\n", "line 2: it has not as many fields"),
        (f"{HEAD}{ARN},a,b,{'c' * (MOST_CHARACTERS + 1)}\n", "line 2: owner: write at most 200"),
        (f"{HEAD}{ARN},a,b,c\n{ARN}/1704003640273,d,e,f\n", "line 3: stream ward-3 of eu-central-1 stands more"),
        (f'{HEAD}"{ARN},a,b,c\n', "line 2: "),
    ],
)
def test_what_is_at_fault_is_named_with_its_line(text, says):
    with pytest.raises(InvalidInput) as error:
        parse(text)
    assert says in str(error.value)


def test_every_row_at_fault_is_told_at_once():
    with pytest.raises(InvalidInput) as error:
        parse(f"{HEAD}one,a,b,c\n{ARN},a,b,c\ntwo,a,b,c\n")
    assert [line.split(":")[1] for line in str(error.value).splitlines()] == [" line 2", " line 4"]


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused_in_words(text):
    try:
        found = parse(HEAD + text)
    except InvalidInput as error:
        found = ()
        told = str(error).splitlines()
    else:
        told = []
    assert all(line.startswith("aliases file: ") for line in told)
    assert len({one.key for one in found}) == len(found)
