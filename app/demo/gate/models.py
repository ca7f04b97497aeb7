"""botocore's service models: what operations there are, and which path belongs to which."""

import functools
import re

import botocore.session
from botocore.loaders import Loader
from moto.core.model import ServiceModel

SERVICES = {
    "access-analyzer": "accessanalyzer",
    "monitoring": "cloudwatch",
    "execute-api": "iot",
}
"""Signing name -> botocore's name, where the two differ."""
Route = tuple[str, re.Pattern[str], str]


@functools.cache
def service_model(service: str) -> ServiceModel:
    """Return botocore's model of `service`."""
    return ServiceModel(_loader().load_service_model(service, "service-2"), service)


@functools.cache
def is_known(service: str) -> bool:
    """Tell whether botocore has a model of `service`."""
    return service in _loader().list_available_services("service-2")


@functools.cache
def routes(service: str) -> tuple[Route, ...]:
    """Return (method, path pattern, operation) for each operation of a REST service, fewest placeholders first."""
    if not is_known(service):
        return ()
    found = []
    for name in service_model(service).operation_names:
        http = service_model(service).operation_model(name).http
        found.append((http["method"], _pattern(http["requestUri"]), name))
    return tuple(sorted(found, key=lambda route: route[1].pattern.count("(?P")))


def _pattern(uri: str) -> re.Pattern[str]:
    path = re.escape(uri.split("?", maxsplit=1)[0])
    return re.compile(re.sub(r"\\{(\w+)(\\\+)?\\}", _group, path))


def _group(match: re.Match[str]) -> str:
    return f"(?P<{match[1]}>{'.+' if match[2] else '[^/]+'})"


@functools.cache
def _loader() -> Loader:
    loader: Loader = botocore.session.get_session().get_component("data_loader")
    return loader
