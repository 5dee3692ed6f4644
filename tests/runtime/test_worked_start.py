"""The worked start through the embedded stack, with a real ministry: the same decisions as its replay."""

import json
import random
from pathlib import Path

import pytest

from services.payments.views import fund_standing, terms
from shared.explain.why import story_of
from shared.journal.home import Home, reading
from shared.kernel.money import euro
from shared.reports.replay import replay
from shared.runtime.goes import runs
from tests.model.generate import history
from tests.runtime.funds import FUND, Event, fund, invoice, ministry, said, worked_start

OTHER = b"300622335"


async def replayed(raws: list[bytes]) -> list[tuple[str, Event]]:
    out: list[bytes] = []
    await replay(raws, out.append, FUND)
    return [(event["type"], event["data"]) for event in map(json.loads, out)]


def by_type(found: list[tuple[str, Event]]) -> dict[str, list[Event]]:
    """Decisions of a type in their order; different services may have told theirs in another order."""
    return {type_: [data for each, data in found if each == type_] for type_, _ in found}


async def test_the_worked_start_is_decided_as_in_its_replay(tmp_path: Path) -> None:
    async with ministry(tmp_path / "ministry") as url, fund(tmp_path / "home", url) as stack:
        told = said(await stack.publish(worked_start()))
    assert by_type(told) == by_type(await replayed(worked_start()))
    (notice,) = by_type(told)["overrun.notified"]
    assert (notice["planned_cents"], notice["invoices"]) == (2_000_000, ["300111224/A2"])
    assert (tmp_path / "home/letters/2022-04-1.pdf").read_bytes() == (tmp_path / "ministry/2022-04-1.pdf").read_bytes()


async def test_an_invoices_story_names_no_other_that_its_notice_covers(tmp_path: Path) -> None:
    raws = worked_start()
    others = [raw.replace(b"300111224", OTHER).replace(b"C-1", b"C-2").replace(b"ws-", b"o-") for raw in raws]
    async with ministry(tmp_path / "ministry") as url, fund(tmp_path / "home", url) as stack:
        told = said(await stack.publish([*raws[:6], others[2], others[5], *raws[6:]]))
    (notice,) = by_type(told)["overrun.notified"]
    assert notice["invoices"] == ["300111224/A2", f"{OTHER.decode()}/A2"]
    with reading(Home(path=tmp_path / "home")) as connection:
        story = story_of(connection, FUND, "300111224/A2", "lt")
    assert story
    assert "overrun.notified" in {step.type for step in story.steps}
    assert "300111224/A2" in repr(story)
    assert OTHER.decode() not in repr(story)


async def told_by(folder: Path, batches: list[list[bytes]]) -> list[tuple[str, Event]]:
    """What a fund told that got the batches one after the other."""
    async with ministry(folder / "ministry") as url, fund(folder / "home", url) as stack:
        return [each for batch in batches for each in said(await stack.publish(batch))]


@pytest.mark.parametrize("seed", range(3))
async def test_what_comes_at_once_is_decided_as_if_one_by_one(tmp_path: Path, seed: int) -> None:
    raws = [json.dumps(event).encode() for event in history(seed)]
    at_once = await told_by(tmp_path / "at-once", [raws])
    assert by_type(at_once) == by_type(await told_by(tmp_path / "alone", [[raw] for raw in raws]))


def test_a_go_holds_neighbours_of_one_bulk_type_and_day_and_loses_none() -> None:
    first = [invoice(str(n), 1, "2022-02-07T10:00:00+02:00") for n in range(3)]
    other_day = invoice("9", 1, "2022-02-08T10:00:00+02:00")
    budget, rubbish = worked_start()[0], b"{"
    assert list(runs([*first, other_day, budget, budget, rubbish])) == [
        first, [other_day], [budget], [budget], [rubbish],
    ]  # fmt: skip
    many = random.Random(1).choices([*first, other_day, budget, rubbish], k=2000)
    assert [raw for run in runs(many) for raw in run] == many
    assert max(map(len, runs([first[0]] * 1001))) == 500


async def test_the_views_show_where_the_worked_start_ends(tmp_path: Path) -> None:
    async with fund(tmp_path) as stack:  # without a ministry the notice stays under way
        await stack.publish(worked_start())
        standing = fund_standing(stack.payments, FUND)
        (at_risk,) = terms(stack.payments)
    (queue,), (notice,), (cash,) = standing.queues, standing.notices, standing.cash
    assert (queue.length, queue.head, queue.age_days, queue.waiting_cents) == (1, "300111224/A2", 5, 3_000_000)
    assert queue.reason == "notice 2022-04-1 under way"
    assert (notice.allotted_cents, notice.exceeding_cents, notice.planned_cents) == (
        1_721_000_000,
        2_000_000,
        2_000_000,
    )
    assert cash.cash_cents == 2_000_000_000 - 1_720_000_000
    article = next(each for each in standing.articles if each.article == "04")
    assert (article.limit_cents, article.committed_cents, article.transferred_cents, article.left_cents) == (
        1_721_000_000, 1_720_000_000, 1_720_000_000, 1_000_000,
    )  # fmt: skip
    assert standing.total is not None
    assert (standing.total.held_cents, standing.total.committed_cents) == (3_000_000, 1_723_000_000)
    assert (at_risk.invoice_id, at_risk.days, euro(at_risk.rest_cents)) == ("300111224/A2", 26, "30 000.00")
