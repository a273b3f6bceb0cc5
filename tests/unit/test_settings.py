"""What operators may get wrong is said at the start."""

from __future__ import annotations

import pytest

from server.settings import load


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INKLING_SECRET", ","),
        ("INKLING_SECRET", " , "),
        ("INKLING_TRUSTED_PROXIES", "10.0.0.0/8, proxy"),
        ("INKLING_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("INKLING_KEEP", "no"),
        ("INKLING_ALONE", "yes"),
        ("INKLING_TICK_MS", "fast"),
    ],
)
def test_a_setting_that_means_nothing_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        load({name: value})


def test_keys_may_be_several() -> None:
    assert load({"INKLING_SECRET": "new, old,"}).secrets == ["new", "old"]
    assert load({}).secrets == []


def test_replicas_cannot_be_counted_in_a_cluster() -> None:
    with pytest.raises(ValueError, match="INKLING_REPLICAS"):
        load({"INKLING_REPLICAS": "1", "REDIS_URL": "redis+cluster://a:1"})
