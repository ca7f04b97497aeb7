import pytest

from app.web.identity_links import account_href, address_href, key_href, person_href


@pytest.mark.parametrize(
    ("key", "href"),
    [
        ("AKIAIOSFODNN7EXAMPLE", "/keys/AKIAIOSFODNN7EXAMPLE"),
        ("ASIAIOSFODNN7EXAMPLE", "/sessions/ASIAIOSFODNN7EXAMPLE"),
        ("../../x", "/events?key=..%2F..%2Fx&from=now-90d"),
        ("<b>&from=", "/events?key=%3Cb%3E%26from%3D&from=now-90d"),
        ("A" * 129, f"/events?key={'A' * 129}&from=now-90d"),
    ],
)
def test_a_key_has_a_page_and_other_text_only_its_calls(key: str, href: str):
    assert key_href(key) == href


@pytest.mark.parametrize(
    ("address", "href"),
    [
        ("198.51.100.77", "/addresses/198.51.100.77"),
        ("2001:db8::1", "/addresses/2001%3Adb8%3A%3A1"),
        ("AWS Internal/1", "/addresses/AWS%20Internal%2F1"),
        ('"><script>?a#b', "/addresses/%22%3E%3Cscript%3E%3Fa%23b"),
    ],
)
def test_any_text_that_stands_for_an_address_is_one_part_of_the_path(address: str, href: str):
    assert address_href(address) == href


def test_a_person_has_calls_and_an_account_a_page_under_all_its_digits():
    assert person_href("ann&from=") == "/events?person=ann%26from%3D&from=now-90d"
    assert account_href(1) == "/accounts/000000000001"
