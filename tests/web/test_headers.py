"""The headers of every answer."""

import pytest
from starlette.testclient import TestClient

from app.web.assets import load
from app.web.headers import content_security_policy

PATHS = ["/", "/nowhere", "/healthz", "/findings/cannot-tell", load()["app.css"].url]


@pytest.mark.parametrize("path", PATHS)
def test_each_answer_carries_them_errors_too(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self' 'nonce-")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["permissions-policy"] == "camera=(), microphone=(), geolocation=()"


def test_the_policy_allows_nothing_inline_and_no_other_origin() -> None:
    policy = content_security_policy("abc")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "require-trusted-types-for 'script'; trusted-types htmx" in policy


def test_pages_are_not_stored_by_the_browser(client: TestClient) -> None:
    assert client.get("/").headers["cache-control"] == "no-store"


def test_transport_security_is_asked_for_over_tls_only(client: TestClient) -> None:
    assert "strict-transport-security" not in client.get("/healthz").headers
    secure = client.get("https://127.0.0.1/healthz")
    assert secure.headers["strict-transport-security"] == "max-age=63072000"


def test_a_page_is_compressed_when_the_browser_can(client: TestClient) -> None:
    assert client.get("/", headers={"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"


def test_page_and_fragment_are_kept_apart_by_caches(client: TestClient) -> None:
    assert "HX-Request-Type" in client.get("/").headers["vary"]
