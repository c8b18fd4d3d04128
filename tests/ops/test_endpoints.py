"""What the ops server answers, in the same process as the test."""

from tests.ops.conftest import Open

NOBODY = "redis://127.0.0.1:1/0"


def test_the_root_lists_what_there_is(opened: Open) -> None:
    ops = opened()
    found = ops.get("/").json()
    assert found["uptime_seconds"] >= 0
    assert {"/", "/livez", "/readyz"} <= found["endpoints"].keys()
    for path in found["endpoints"]:
        # A job is not there to be asked for.
        assert ops.get(path).status_code == (404 if "{" in path else 200)


def test_what_there_is_not_is_told_as_data(opened: Open) -> None:
    answer = opened().get("/nothing-here")
    assert answer.status_code == 404
    assert answer.json()["error"]["advice"] == "GET / lists what there is."


def test_without_its_store_it_lives_and_is_not_ready(opened: Open) -> None:
    ops = opened(store=NOBODY)
    assert ops.get("/livez").json() == {"status": "alive"}
    answer = ops.get("/readyz")
    assert answer.status_code == 503
    (check,) = answer.json()["checks"]
    assert (check["name"], check["ok"]) == ("store", False)
