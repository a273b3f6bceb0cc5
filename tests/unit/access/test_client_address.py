"""Where a request comes from."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from aiohttp import web
from multidict import CIMultiDict

from server.access.client_address import client_address_of


def request(remote: str | None, *forwarded: str) -> web.BaseRequest:
    headers = CIMultiDict([("X-Forwarded-For", value) for value in forwarded])
    return Mock(spec=web.BaseRequest, remote=remote, headers=headers)


@pytest.mark.parametrize("trusted", ["", "10.0.0.0/8", "10.0.0.2"])
def test_a_stranger_cannot_say_where_it_comes_from(trusted: str) -> None:
    assert client_address_of(request("203.0.113.9", "1.2.3.4"), trusted) == "203.0.113.9"


@pytest.mark.parametrize("trusted", ["10.0.0.1", "10.0.0.0/8", "192.0.2.1, 10.0.0.1", "10.0.0.1/8"])
def test_a_trusted_proxy_is_believed(trusted: str) -> None:
    assert client_address_of(request("10.0.0.1", "203.0.113.9"), trusted) == "203.0.113.9"


def test_only_what_the_proxies_wrote_counts() -> None:
    assert client_address_of(request("10.0.0.1", "1.2.3.4, 203.0.113.9, 10.0.0.2"), "10.0.0.0/8") == "203.0.113.9"


def test_a_header_of_the_client_before_the_proxys_own_is_not_believed() -> None:
    assert client_address_of(request("10.0.0.1", "1.2.3.4", "203.0.113.9"), "10.0.0.1") == "203.0.113.9"


def test_a_proxy_that_says_nothing_is_the_address() -> None:
    assert client_address_of(request("10.0.0.1"), "10.0.0.1") == "10.0.0.1"
    assert client_address_of(request("10.0.0.1", " , "), "10.0.0.1") == "10.0.0.1"


def test_ipv6_networks_are_known() -> None:
    assert client_address_of(request("fd00::1", "2001:db8::9"), "fd00::/8") == "2001:db8::9"


def test_a_request_without_a_peer_has_no_address() -> None:
    assert client_address_of(request(None, "1.2.3.4"), "10.0.0.0/8") == ""


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("[2001:db8::9]:4711", "2001:db8::9"),
        ("2001:DB8:0::9", "2001:db8::9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_is_the_same_however_it_is_written(written: str, address: str) -> None:
    assert client_address_of(request("10.0.0.1", written), "10.0.0.1") == address


def test_a_proxy_that_listens_on_ipv6_too_is_trusted_by_its_ipv4_address() -> None:
    assert client_address_of(request("::ffff:10.0.0.1", "203.0.113.9"), "10.0.0.0/8") == "203.0.113.9"


@pytest.mark.parametrize("written", ["unknown", "_hidden", "<script>", "1.2.3.4.5", "203.0.113.9:x:y", "-"])
def test_what_is_no_address_is_nobodys(written: str) -> None:
    assert client_address_of(request("10.0.0.1", f"1.2.3.4, {written}"), "10.0.0.0/8") == "10.0.0.1"
