"""A shop of two tills and a hub; properties are tried alike in every run, see tests/property/profile.py."""

from collections.abc import Iterator

import pytest

from tests.property import profile
from tests.property.shop_stage import Shop, Till

profile.load()


@pytest.fixture
def shop() -> Iterator[Shop]:
    stage = Shop()
    yield stage
    stage.close()


@pytest.fixture
def till(shop: Shop) -> Till:
    return shop.tills[0]


@pytest.fixture
def other(shop: Shop) -> Till:
    return shop.tills[1]
