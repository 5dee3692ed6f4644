"""The providers' side: invoices are sent, corrected, credited, and looked at by clerks."""

from collections.abc import Iterable, Iterator
from datetime import date

from shared.demo import faults, plot
from shared.demo.clerks import Clerks
from shared.demo.days import months, plus, start_of_next, working_day_from
from shared.demo.deals import PSDF, Deal
from shared.demo.dice import dice
from shared.demo.invoices import Case, Invoice, compose, credit, cut_to, renumbered, submission
from shared.demo.post import Data, Draft, Ears, clock, speaker
from shared.demo.volumes import Planned
from shared.kernel.money import Cents

OPEN, CLOSE = clock(8), clock(13, 30)
CORRECTED_AFTER_DAYS = (1, 6)
CONTRACT_FOUND_AFTER_DAYS = (3, 6)
RAISED_SHARE = 0.5
MOST_TRIES = 4
CREDIT_AFTER_DAYS = (6, 48)
OPEN_CREDIT_AFTER_DAYS = (34, 48)  # when the invoice is paid
SURE_CREDITS = {False: frozenset({10, 40, 80, 120}), True: frozenset({3})}  # of the accepted, in any demo
CREDIT_PART = (0.05, 0.5)
TOO_LARGE_CREDIT, UNKNOWN_CREDIT = 2, 4  # the second credit of the story asks too much, the fourth corrects nothing
LAST_OF_YEAR = (f"{plot.YEAR - 1}-12", f"{plot.YEAR}-12")
AFTER_END_DAYS = 5
FIRST_MALFORMED_DAY = 3
SURE_FAULT_MONTHS = tuple(months("2022-03", "2022-08"))
SURE_FAULTS_APART = 7


class Billing:
    """Every provider's invoices, from the first sending until they are accepted or given up."""

    def __init__(self, seed: int, deals: list[Deal], planned: Iterable[Planned]) -> None:
        """Take the plan; ``deals`` are all that work."""
        self._seed = seed
        self._clerks = Clerks(seed)
        self._codes = sorted({deal.provider.code for deal in deals})
        self._planned: dict[date, list[tuple[Planned, str | None]]] = {}
        self._cases: dict[str, Case] = {}
        self._again: dict[date, list[Case]] = {}
        self._drafts: dict[date, list[Draft]] = {}
        self._faults: dict[str, str] = {}
        self._credits = 0
        self._considered = {False: 0, True: 0}
        self._malformed = 0
        self._sure = self._sure_faults(deals)
        for item in planned:
            self._plan(item)
        for deal in deals:
            if deal.ended_on:
                self._bill_after_end(deal, deal.ended_on)
        self.ears: Ears = {
            "invoice.accepted": self._accepted,
            "invoice.returned": self._returned,
            "invoice.refused": self._refused,
        }

    def morning(self, day: date) -> Iterator[Draft]:
        """Everything that providers and clerks send on the day of their own accord."""
        yield from self._drafts.pop(day, [])
        yield from self._clerks.morning(day)
        sent = [self._send_planned(day, item, fault) for item, fault in self._planned.pop(day, [])]
        sent += [self._send(day, case) for case in self._again.pop(day, [])]
        yield from sent
        yield from self._malformed_among(day, sent)

    # ------------------------------------------------------------------------------------------------------- sending

    @staticmethod
    def _sure_faults(deals: list[Deal]) -> dict[tuple[int, str], str]:
        """Each fault happens once whatever chance says, one a month from March on."""
        plain = [d for d in deals if not (d.big or d.clerk or d.late_contract or d.ended_on) and d.source == PSDF]
        plain = [deal for deal in plain if deal.from_month == plot.FIRST_MONTH and deal.article != "02"]
        priced = [deal for deal in plain if deal.priced]
        found: dict[tuple[int, str], str] = {}
        for place, kind in enumerate(faults.WEIGHTS):
            month = SURE_FAULT_MONTHS[place % len(SURE_FAULT_MONTHS)]
            able = priced if kind in faults.OF_PRICE_LISTS else plain
            free = [deal.number for deal in able if (deal.number, month) not in found]
            if free:
                found[free[SURE_FAULTS_APART * place % len(free)], month] = kind
        return found

    def _plan(self, item: Planned) -> None:
        chance = dice(self._seed, "fault", item.deal.number, item.month)
        sure = self._sure.get((item.deal.number, item.month))
        fault = sure or faults.fault_of(chance, item.deal, item.month)
        on = faults.early_day(chance, item.month) if fault == faults.MONTH_NOT_OVER else item.on
        self._planned.setdefault(on, []).append((item, fault))

    def _bill_after_end(self, deal: Deal, ended_on: date) -> None:
        month = list(months(ended_on.isoformat()[:7], plot.LAST_MONTH))[1]
        on = working_day_from(plus(start_of_next(month), AFTER_END_DAYS))
        extra = compose(self._seed, deal, month, min(deal.months.values()), on)
        self._again.setdefault(on, []).append(Case(deal=deal, sent=extra, good=None, planned_on=on))

    def _send_planned(self, day: date, item: Planned, fault: str | None) -> Draft:
        good = compose(self._seed, item.deal, item.month, item.amount, item.on)
        case = Case(deal=item.deal, sent=good, good=good, planned_on=item.on)
        if fault:
            chance = dice(self._seed, "spoil", item.deal.number, item.month)
            case.sent = faults.spoiled(fault, chance, good, item.deal)
            if fault == faults.MONTH_NOT_OVER:
                case.sent = case.sent | {"issued_on": day.isoformat()}
            if fault == faults.DUPLICATE_MONTH:
                second = Case(deal=item.deal, sent=renumbered(good, "B"), good=None, planned_on=day)
                self._again.setdefault(plus(day, chance.randint(*CORRECTED_AFTER_DAYS)), []).append(second)
            self._faults[case.sent["invoice_id"]] = fault
        return self._send(day, case)

    def _send(self, day: date, case: Case) -> Draft:
        case.tries += 1
        invoice = case.sent
        self._cases[invoice["invoice_id"]] = case
        if case.deal.clerk:
            self._clerks.expect(day, case)
        at = dice(self._seed, "at", invoice["invoice_id"], case.tries).randrange(OPEN, CLOSE)
        return submission(at, invoice)

    def _later(self, day: date, case: Case, invoice: Invoice) -> None:
        case.sent = invoice | {"issued_on": max(day.isoformat(), invoice["issued_on"])}
        self._again.setdefault(day, []).append(case)

    def _malformed_among(self, day: date, sent: list[Draft]) -> Iterator[Draft]:
        wanted = FIRST_MALFORMED_DAY <= day.day < FIRST_MALFORMED_DAY + 2 * plot.MALFORMED_A_MONTH and day.day % 2
        if not wanted or not sent:
            return
        kind = faults.MALFORMED_KINDS[self._malformed % len(faults.MALFORMED_KINDS)]
        self._malformed += 1
        draft = dice(self._seed, "malformed", day).choice(sent)
        place = self._codes.index(draft.data["provider_code"])
        yield faults.malformed(kind, draft, self._codes[place - 1])

    # ------------------------------------------------------------------------------------------------------- answers

    def _accepted(self, day: date, data: Data) -> tuple[Draft, ...]:
        case = self._close(data["invoice_id"])
        if case and data["kind"] == "invoice":
            self._consider_credit(day, case)
        return ()

    def _close(self, invoice_id: str) -> Case | None:
        self._clerks.forget(invoice_id)
        return self._cases.pop(invoice_id, None)

    def _returned(self, day: date, data: Data) -> tuple[Draft, ...]:
        case = self._close(data["invoice_id"])
        if case is None or case.good is None or case.tries >= MOST_TRIES:
            return ()
        chance = dice(self._seed, "correct", data["invoice_id"], case.tries)
        reasons = {reason["code"]: reason.get("terms") or {} for reason in data["reasons"]}
        if "ceiling_exceeded" in reasons:
            self._over_ceiling(day, case, case.good, reasons["ceiling_exceeded"])
            return ()
        late = "unknown_contract" in reasons and case.deal.late_contract
        on = plus(day, chance.randint(*(CONTRACT_FOUND_AFTER_DAYS if late else CORRECTED_AFTER_DAYS)))
        if faults.MONTH_NOT_OVER in reasons:
            on = max(case.planned_on, plus(day, 1))
        self._later(on, case, case.good)
        return ()

    def _over_ceiling(self, day: date, case: Case, good: Invoice, terms: dict[str, Cents]) -> None:
        """Ask the payer to raise the ceiling, or bill what is left of it."""
        deal = case.deal
        chance = dice(self._seed, "ceiling", good["invoice_id"])
        if chance.random() < RAISED_SHARE and not case.raised:
            case.raised = True
            data = {
                "contract_id": good["contract_id"],
                "ceiling_cents": terms.get("accepted_cents", 0) + good["amount_cents"],
            }
            on = working_day_from(plus(day, 1))
            subject, source = good["contract_id"], speaker(deal.payer)
            ask = Draft(at=clock(9), source=source, kind="contract.change.proposed", subject=subject, data=data)
            self._drafts.setdefault(on, []).append(ask)
            self._later(plus(on, 1), case, good)
            return
        lowered = cut_to(good, terms.get("free_cents", 0))
        if lowered:
            case.good = lowered
            self._later(plus(day, chance.randint(*CORRECTED_AFTER_DAYS)), case, lowered)

    def _refused(self, day: date, data: Data) -> tuple[Draft, ...]:
        case = self._close(data["invoice_id"])
        fault = self._faults.pop(data["invoice_id"], None)
        if case is None or case.good is None or fault is None or case.tries >= MOST_TRIES:
            return ()
        chance = dice(self._seed, "replace", data["invoice_id"], case.tries)
        case.good = faults.replacement(fault, case.good)
        self._later(plus(day, chance.randint(*CORRECTED_AFTER_DAYS)), case, case.good)
        return ()

    # ------------------------------------------------------------------------------------------------------- credits

    def _consider_credit(self, day: date, case: Case) -> None:
        """Some accepted invoices are corrected by a credit weeks later; those of a closed year lower nothing."""
        invoice, deal = case.sent, case.deal
        if deal.big or deal.source != PSDF or deal.clerk:
            return
        chance = dice(self._seed, "credit", invoice["invoice_id"])
        closes = invoice["service_month"] in LAST_OF_YEAR
        self._considered[closes] += 1
        share = plot.OPEN_CREDIT_SHARE if closes else plot.CREDIT_SHARE
        if chance.random() >= share and self._considered[closes] not in SURE_CREDITS[closes]:
            return
        self._credits += 1
        on = working_day_from(plus(day, chance.randint(*(OPEN_CREDIT_AFTER_DAYS if closes else CREDIT_AFTER_DAYS))))
        good = credit(chance, invoice, chance.uniform(*CREDIT_PART), on)
        new = Case(deal=deal, sent=good, good=good, planned_on=on)
        if self._credits == TOO_LARGE_CREDIT:
            first = good["lines"][0]
            quantity = invoice["amount_cents"] // first["unit_price_cents"] + 1
            sum_cents = quantity * first["unit_price_cents"]
            new.sent = good | {
                "lines": [first | {"quantity": quantity, "amount_cents": sum_cents}],
                "amount_cents": sum_cents,
            }
        elif self._credits == UNKNOWN_CREDIT:
            new.sent = good | {"corrects": f"{invoice['invoice_id']}-X"}
            self._faults[good["invoice_id"]] = "unknown_correction"
        self._again.setdefault(on, []).append(new)
