"""A store that is started on demand: calls wait for it together, and not for ever."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from mcp_front.upkeep import Upkeep
from shared.errors import NotConfigured, Unavailable


class Keeper:
    """Opens at the nth look; may leave again, or refuse."""

    def __init__(self, *, opens_at: float = 3, refuses: bool = False) -> None:
        self.opens_at = opens_at
        self.refuses = refuses
        self.looks = 0
        self.inside = 0
        self.open = False

    def enter(self) -> bool:
        self.inside += self.open
        return self.open

    def leave(self) -> None:
        self.inside -= 1

    def look(self) -> bool:
        if self.refuses:
            raise NotConfigured("no key")
        self.looks += 1
        self.open = self.looks >= self.opens_at
        return self.open


def run(work: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 10))


def test_many_calls_wait_for_one_start() -> None:
    async def work() -> None:
        keeper = Keeper()
        opened: list[int] = []
        upkeep = Upkeep(keeper, seconds=5, on_open=lambda: opened.append(1))

        async def call() -> int:
            async with upkeep.inside():
                await asyncio.sleep(0)
                return keeper.inside

        inside = await asyncio.gather(*(call() for _ in range(50)))
        assert (keeper.looks, opened, keeper.inside) == (3, [1], 0)
        assert max(inside) == 50

    run(work)


def test_a_store_that_left_is_started_again() -> None:
    async def work() -> None:
        keeper = Keeper(opens_at=1)
        upkeep = Upkeep(keeper, seconds=5)
        async with upkeep.inside():
            pass
        keeper.open = False
        async with upkeep.inside():
            assert keeper.looks == 2

    run(work)


def test_a_start_that_takes_too_long_is_an_answer() -> None:
    async def work() -> None:
        upkeep = Upkeep(Keeper(opens_at=float("inf")), seconds=0.2)
        told: list[float] = []

        async def tell(done: float, _text: str) -> None:
            told.append(done)

        with pytest.raises(Unavailable) as refused:
            await upkeep.wait(tell)
        assert refused.value.problem.retry_after_seconds
        assert told == []

    run(work)


def test_who_waits_for_long_is_told() -> None:
    async def work() -> None:
        upkeep = Upkeep(Keeper(opens_at=30), seconds=5)
        told: list[tuple[float, str]] = []

        async def tell(done: float, text: str) -> None:
            told.append((done, text))

        await upkeep.wait(tell)
        assert [done for done, _ in told] == [1.0]
        assert "being started" in told[0][1]

    run(work)


def test_a_refusal_reaches_every_call_and_is_not_remembered() -> None:
    async def work() -> None:
        keeper = Keeper(refuses=True)
        upkeep = Upkeep(keeper, seconds=5)
        upkeep.begin()
        await asyncio.sleep(0)
        for _ in range(2):
            with pytest.raises(NotConfigured):
                async with upkeep.inside():
                    pass
        keeper.refuses = False
        async with upkeep.inside():
            assert keeper.inside == 1

    run(work)


def test_a_cancelled_call_leaves_the_start_to_the_others() -> None:
    async def work() -> None:
        keeper = Keeper(opens_at=5)
        upkeep = Upkeep(keeper, seconds=5)
        first = asyncio.ensure_future(upkeep.wait(None))
        second = asyncio.ensure_future(upkeep.wait(None))
        await asyncio.sleep(0.06)
        first.cancel()
        await second
        assert first.cancelled()
        assert keeper.open

    run(work)


def test_a_store_that_ends_under_a_waiting_call_is_started_again() -> None:
    async def work() -> None:
        keeper = Keeper(opens_at=1)
        upkeep = Upkeep(keeper, seconds=5)
        async with upkeep.watched(), upkeep.watched():
            while not keeper.open:
                await asyncio.sleep(0.05)
        assert keeper.inside == 0
        keeper.open = False
        await asyncio.sleep(1.2)
        assert keeper.looks == 1

    run(work)
