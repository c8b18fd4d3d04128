"""`infoblox-mq cache`, over a real stack."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from infoblox_mq.commands import caches
from infoblox_mq.parser import read
from shared.caches import CACHES
from shared.errors import InvalidArguments, Unavailable
from tests.support.calls import ask, front_settings
from tests.support.stack import Stack

Begin = Callable[..., Stack]


def test_what_is_kept_is_shown_and_forgotten(
    stack: Begin, capsys: pytest.CaptureFixture[str]
) -> None:
    here = stack("infoblox")
    settings = front_settings(here.env)
    for _ in range(3):
        ask(settings, ("list_ip_spaces", {}), ("list_dns_zones", {}))
    capsys.readouterr()

    assert caches.show(read(["cache", "show", "--json"]), here.env) == 0
    shown = json.loads(capsys.readouterr().out)
    assert list(shown) == list(CACHES)
    spaces = shown["ip_space"]
    assert (spaces["entries"], spaces["hits"], spaces["misses"]) == (1, 2, 1)
    assert spaces["bytes"] > 100
    assert caches.show(read(["cache", "show"]), here.env) == 0
    assert ["ip_space", "1", str(spaces["bytes"]), "2", "1"] in [
        line.split() for line in capsys.readouterr().out.splitlines()
    ]

    assert caches.drop(read(["cache", "drop", "ip_space"]), here.env) == 0
    assert capsys.readouterr().out == "forgot 1 answer\n"
    spaces_again, zones_again = ask(settings, ("list_ip_spaces", {}), ("list_dns_zones", {}))
    assert not spaces_again["meta"]["cached"]
    assert zones_again["meta"]["cached"]
    capsys.readouterr()

    assert caches.drop(read(["cache", "drop", "--account", "other"]), here.env) == 0
    assert caches.drop(read(["cache", "drop"]), here.env) == 0
    assert capsys.readouterr().out == "forgot 0 answers\nforgot 2 answers\n"


def test_a_cache_that_does_not_exist_is_named(store: str) -> None:
    with pytest.raises(InvalidArguments, match="no cache things"):
        caches.drop(read(["cache", "drop", "things"]), {"REDIS_URL": store})


def test_a_store_that_is_away_is_said_so() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        caches.show(read(["cache", "show"]), {"REDIS_URL": "redis://127.0.0.1:1/0"})
