"""2021 (with its mid-year amendment) and 2022 in one run: something of everything that a report tells of."""

from datetime import date
from functools import partial
from typing import Any

from tests.reports.budgets import amended_2021, budget, distribution
from tests.reports.world import Data, World, contract, invoice, who

VILNIUS, KAUNAS, VLK = "TLK-VILNIUS", "TLK-KAUNAS", "VLK"
TLKS = (VILNIUS, KAUNAS)
MILLION = 100_000_000
END = date(2023, 2, 10)
DEALS = (
    ("C-{}-1", VILNIUS, "01", "300000001", 34_000 * 100_000, {}),
    ("C-{}-2", KAUNAS, "01", "300000002", 33_000 * 100_000, {}),
    ("C-{}-3", VLK, "02", "300000003", 38_000 * 100_000, {}),
    ("C-{}-4", KAUNAS, "03", "300000004", 1_900 * 100_000, {}),
    ("C-{}-5", VLK, "04", "300000005", 1_450 * 100_000, {}),
    ("C-{}-6", VLK, "05", "300000006", 12_345_678_90, {}),
    ("C-{}-7", VILNIUS, "01", "300000007", 45_000_00, {"source": "STATE", "ceiling_cents": 9_000_000}),
)


async def two_years() -> World:
    world = World()
    await world.start(date(2021, 1, 4))
    await open_year(world, 2021, date(2021, 1, 4))
    for year in (2021, 2022):
        for month in range(1, 13):
            await a_month(world, year, month)
    await january(world, 2022, 2023)
    await world.to(END)
    return world


async def open_year(world: World, year: int, on: date) -> None:
    await begin(world, on, budget(year), *deals(year))


async def begin(world: World, on: date, data: Data, *concluded: Data) -> None:
    """A budget, its distribution, and contracts."""
    await world.send("budget.approved", "/vlk", data, on)
    await world.send("distribution.proposed", "/vlk", distribution(data), on)
    for deal in concluded:
        await world.send("contract.proposed", who(deal["payer"]), deal, on)


def deals(year: int) -> list[Data]:
    return [
        contract(name.format(year), payer, article, provider, year, **changes)
        for name, payer, article, provider, _, changes in DEALS
    ]


async def a_month(world: World, year: int, month: int) -> None:
    """Cash on the 3rd, invoices of the month before on the 6th, what else happens on its day."""
    send = partial(happen, world)
    if (year, month) == (2022, 1):
        await january(world, 2021, 2022)
        await world.to(date(2022, 1, 11))
        await open_year(world, 2022, date(2022, 1, 11))
    day = max(date(year, month, 3), world.today)
    await world.to(day)
    for payer, cents in ((VLK, 600 * MILLION), (VILNIUS, 35 * MILLION), (KAUNAS, 36 * MILLION)):
        if (year, month, payer) != (2022, 5, KAUNAS):
            await send(day, "account.credited", "/treasury", credit(payer, cents, day))
    await send(day, "account.credited", "/treasury", credit(VILNIUS, 10_000_000, day, source="STATE"))
    for code, cents in (("01.01", 128 * MILLION), ("01.02", 60 * MILLION), ("04", MILLION // 2 + month)):
        await send(day, "revenue.received", "/treasury", revenue(code, cents, day))
    await world.to(max(day, date(year, month, 6)))
    await invoices(world, year, month)
    await SPECIAL.get((year, month), nothing)(world, year)
    if month in (4, 7, 10):
        await statement(world, year, month // 3, date(year, month, 12))


async def invoices(world: World, year: int, month: int) -> None:
    """Of the month before; December's come in January, when the new year's contracts stand."""
    of_year, of_month = (year, month - 1) if month > 1 else (year - 1, 12)
    if of_year == 2020:
        return
    for deal, (_, _, _, _, cents, _) in zip(deals(of_year), DEALS, strict=True):
        sent = invoice(deal, f"{of_year}-{of_month:02d}", f"{of_year}-{of_month:02d}", cents + of_month)
        source = f"/providers/{sent['provider_code']}"
        await world.send("invoice.submitted", source, sent, world.today, 10)


async def amendment(world: World, _year: int) -> None:
    data = amended_2021()
    await world.to(date(2021, 7, 8))
    await begin(world, world.today, data)


async def credit_and_claims(world: World, year: int) -> None:
    deal = deals(year)[3]
    month = f"{year}-02"
    note = invoice(deal, f"K{year}", month, 5_000_000, kind="credit", corrects=f"300000004/{month}")
    await world.send("invoice.submitted", "/providers/300000004", note, world.today, 11)
    claim = {
        "claim_id": f"Z-{year}", "provider_code": "300000005", "invoice_id": f"300000005/{year}-01",
        "amount_cents": 250_000, "basis": "20", "reason": "Netinkamai pritaikyta įkainių eilutė",
    }  # fmt: skip
    await world.send("recovery.claimed", "/vlk", claim, world.today)
    settled = {"claim_id": f"Z-{year}", "amount_cents": 250_000, "how": "repaid", "document": f"IŽ-{year}"}
    await world.send("recovery.settled", "/vlk", settled, date(year, 3, 6))


async def reserve_use(world: World, year: int) -> None:
    use = {
        "year": year, "part": "risk", "amount_cents": 800_000_000, "purpose": "Vaistų išlaidoms subalansuoti",
        "article": "02", "decided_on": world.today.isoformat(), "document": f"V-{year}-118",
    }  # fmt: skip
    await world.send("reserve.use.proposed", "/ministry", use, world.today)


async def december(world: World, year: int) -> None:
    """Revenue above the plan, and an allotment to article 04; an order that comes back in January."""
    more = budget(year)["revenue_total_cents"] - 12 * (188 * MILLION + MILLION // 2) - sum(range(1, 13))
    await world.send("revenue.received", "/treasury", revenue("02", more + 5 * MILLION, world.today), world.today)
    surplus = {
        "year": year, "article": "04", "amount_cents": 2 * MILLION, "decided_on": world.today.isoformat(),
        "document": f"V-{year}-1432",
    }  # fmt: skip
    await world.send("surplus.proposed", "/ministry", surplus, world.today)


async def silent_bank(world: World, year: int) -> None:
    """What is ordered of this invoice in December the bank answers in January."""
    world.silent = {f"300000002/{year}-10"}


async def nothing(_world: World, _year: int) -> None:
    pass


SPECIAL: dict[tuple[int, int], Any] = {
    (2021, 3): credit_and_claims,
    (2021, 7): amendment,
    (2022, 3): credit_and_claims,
    (2022, 9): reserve_use,
    (2022, 11): silent_bank,
    (2022, 12): december,
}


async def january(world: World, closed: int, year: int) -> None:
    """The TLK report and return; Sodra's fourth quarter is stated; an order of December comes back."""
    await world.to(date(year, 1, 1))
    world.reject, world.silent = set(world.silent), set()
    await world.to(date(year, 1, 5))
    for payer in TLKS:
        for source in ("PSDF", "STATE"):
            sums = ledger(world, payer, source, closed)
            if sums["received_cents"]:
                await world.send("payer.year.reported", who(payer), sums, world.today)
                await happen(
                    world, world.today, "account.credited", "/treasury",
                    credit(VLK, sums["balance_cents"], world.today, source=source),
                )  # fmt: skip
    for payer in (*TLKS, VLK):
        await happen(world, world.today, "account.credited", "/treasury", credit(payer, 110 * MILLION, world.today))
    await world.to(date(year, 1, 14))
    await statement(world, closed, 4, world.today)


def ledger(world: World, payer: str, source: str, year: int) -> Data:
    received = sum(
        data["amount_cents"]
        for data in world.of("account.credited")
        if (data["payer"], data.get("source", "PSDF"), data["value_on"][:4]) == (payer, source, str(year))
    )
    used = sum(
        data["amount_cents"]
        for data in world.of("payment.ordered")
        if (data["payer"], data["source"], data["year"]) == (payer, source, year)
    )
    rejected = {data["order_id"] for data in world.of("payment.rejected")}
    used -= sum(
        data["amount_cents"]
        for data in world.of("payment.ordered")
        if data["order_id"] in rejected and (data["payer"], data["source"], data["year"]) == (payer, source, year)
    )
    return {
        "payer": payer, "year": year, "source": source,
        "received_cents": received, "used_cents": used, "balance_cents": received - used,
    }  # fmt: skip


async def statement(world: World, year: int, quarter: int, on: date) -> None:
    """In the second quarter the first one is three cents off."""
    await world.to(on)
    right = sum(
        data["amount_cents"]
        for data in world.of("revenue.received")
        if data["code"] == "01.01" and data["year"] == year and (int(data["received_on"][5:7]) + 2) // 3 == quarter
    )
    for submission, off in enumerate((3, 0) if quarter == 2 else (0,), 1):
        sums = {
            "year": year, "quarter": quarter, "submission": submission, "transferred_cents": right - off,
            "offset_cents": 0, "related_cents": 0, "compensation_cents": 40_000_000,
        }  # fmt: skip
        await world.send("sodra.statement.submitted", "/sodra", sums, world.today, 8 + submission)


async def happen(world: World, on: date, type_: str, source: str, data: Data) -> None:
    await world.send(type_, source, data, on)


def credit(payer: str, cents: int, on: date, source: str = "PSDF") -> Data:
    reference = f"T-{payer}-{source}-{on}-{cents}"
    return {"payer": payer, "source": source, "amount_cents": cents, "value_on": f"{on}", "reference": reference}


def revenue(code: str, cents: int, on: date) -> Data:
    return {
        "year": on.year, "code": code, "amount_cents": cents, "received_on": on.isoformat(), "offset": False,
        "reference": f"R-{code}-{on}-{cents}",
    }  # fmt: skip
