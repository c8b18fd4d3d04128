"""Standard input and output: a real process, both eras, with and without a store."""

import pytest

from shared.settings import Settings
from tests.contract.conftest import ERAS, over_stdio, settings_for
from tests.contract.hand import Hand
from tests.contract.test_answers import ask

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.mark.parametrize("era", ERAS)
async def test_calls_work_over_stdio(settings: Settings, hand: Hand, era: str) -> None:
    async with over_stdio(settings, era) as client:
        assert client.instructions
        found = await ask(client, "list_subnets", limit=3)
        wrong = await ask(client, "list_subnets", limit=0)
        listed = await ask(client, "job_list")
    assert found["status"] == "done"
    assert hand.seen[0].client == "local"
    assert wrong["error"]["message"] == "limit: must be at least 1"
    assert [item["job_id"] for item in listed["result"]["items"]] == [found["job_id"]]


@pytest.mark.parametrize("era", ERAS)
async def test_tools_are_listed_without_a_store(era: str) -> None:
    settings = settings_for("redis://127.0.0.1:1/0")
    async with over_stdio(settings, era) as client:
        assert (await client.list_tools()).tools
        found = await ask(client, "list_subnets")
    assert found["error"]["code"] == "unavailable"
