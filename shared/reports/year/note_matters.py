"""What the note says of each matter: overruns, shortages, delays, reserve, Sodra, the TLK, claims, debt, the proof."""

from collections.abc import Iterator, Mapping

from services.reconciliation import sodra
from services.reserve import state as reserve
from shared.events.contracts import BudgetAdopted
from shared.events.reconciliation import (
    BalanceReturnOrdered,
    CompensationDue,
    PayerYearAccepted,
    PayerYearOverdue,
    PayerYearRefused,
    RecoveryDemanded,
    RecoveryRepaid,
    RecoverySetOff,
    RecoveryWrittenOff,
    SodraStatementApproved,
    SodraStatementOverdue,
    SodraStatementReturned,
)
from shared.events.reserve import (
    ReserveTransferOverdue,
    ReserveUseAllowed,
    ReserveUseRefused,
    SurplusAllotted,
    SurplusRefused,
)
from shared.reports.year.words import (
    MONEY,
    PARTS,
    STATUSES,
    day_lt,
    decided_by_lt,
    eur,
    faults_lt,
    number_lt,
    payer_lt,
    percent_lt,
    quarter_lt,
    waits_lt,
)
from shared.reports.year.year import Report


def flags(report: Report, words: Mapping[str, str]) -> Iterator[str]:
    """What an adopted edition makes people look at."""
    for _, event in report.happened.of(BudgetAdopted):
        for flag in event.flags:
            yield f"Atkreiptinas dėmesys dėl redakcijos Nr. {event.edition}: {words.get(flag.code, flag.code)}."


def notices(report: Report) -> Iterator[str]:
    """18. How many notices were prepared and what became of them; the table shows each with its four sums."""
    told = list(report.facts.notices.values())
    if not told:
        yield "Straipsnių asignavimai neviršyti, pranešimų Sveikatos apsaugos ministerijai nerengta."
        return
    delivered = [notice for notice in told if notice.delivered_on]
    withdrawn = [notice for notice in told if notice.withdrawn_on]
    planned = sum(notice.prepared.planned_cents for notice in delivered)
    yield (
        f"Parengta pranešimų – {len(told)}: pristatyta – {len(delivered)} (numatoma pervesti viršijant asignavimus – "
        f"{eur(planned)}), atšaukta – {len(withdrawn)}, dar pristatoma – "
        f"{len(told) - len(delivered) - len(withdrawn)}. "
        f"Kiekvieno pranešimo keturios sumos ir tai, kas įvyko, nurodyta lentelėje."
    )


def shortages(report: Report) -> Iterator[str]:
    """17. On how many days each payer's cash did not suffice, and the largest gap."""
    found = report.facts.shortages
    if not found:
        yield "Lėšų visoms priimtoms sąskaitoms laiku apmokėti pakako."
    for account in dict.fromkeys((s.payer, s.source) for s in found):
        days = [s for s in found if (s.payer, s.source) == account]
        worst = max(days, key=lambda s: s.due_cents - s.cash_cents)
        yield (
            f"{payer_lt(report.fund, account[0])} ({MONEY[account[1]]}): lėšų nepakako "
            f"{number_lt(len(days), 'mokėjimo dieną', 'mokėjimo dienas', 'mokėjimo dienų')}"
            + (f" nuo {day_lt(days[0].on)} iki {day_lt(days[-1].on)}" if len(days) > 1 else "")
            + f"; labiausiai {day_lt(worst.on)}, kai mokėtina buvo {eur(worst.due_cents)}, o "
            f"sąskaitoje – {eur(worst.cash_cents)}. Pirmiausia proporcingai apmokėtos anksčiausiai priimtos sąskaitos."
        )


def late(report: Report) -> Iterator[str]:
    """16. What was not paid, and not checked, in time; the table has it by payer and article."""
    if not report.facts.late:
        yield "Visos priimtos sąskaitos apmokėtos per nustatytą terminą (Taisyklių 16 punktas)."
    else:
        rest = sum(each.rest_cents for each in report.facts.late)
        yield (
            f"Suėjus terminui neapmokėtų sąskaitų – {len(report.facts.late)}, jų suma – {eur(rest)} (Taisyklių 16 "
            f"punktas); pagal mokėtojus ir straipsnius – lentelėje."
        )
    if report.interest:
        rates = "; ".join(f"{rate.source_lt} – {percent_lt(rate.hundredths)}" for rate in report.fund.interest)
        yield (
            f"Už pavėluotai apmokėtas ar neapmokėtas sumas per ataskaitinį laikotarpį priskaičiuota palūkanų – "
            f"{eur(sum(each.cents for each in report.interest))} (sąskaitų – {len(report.interest)}; SDĮ 27 str. 2 d.; "
            f"{rates}). Palūkanos tik apskaičiuojamos: jos savaime nemokamos."
        )
    if checks := report.happened.check_overdue:
        yield (
            f"Per nustatytą terminą nepatikrintų sąskaitų – {len(checks)}; pirmoji turėjo būti patikrinta iki "
            f"{day_lt(min(event.check_by for _, event in checks))} (Taisyklių 16 punktas)."
        )


def reserves(report: Report) -> Iterator[str]:
    """8-10. Uses with document and purpose; transfers and how far they are."""
    for _, use in sorted(report.happened.of(ReserveUseAllowed), key=lambda told: told[1].decided_on):
        yield (
            f"{day_lt(use.decided_on)} pagal dokumentą Nr. {use.document} panaudota {eur(use.amount_cents)} "
            f"({PARTS[use.part]}). Tikslas: {use.purpose}."
        )
    for _, use in sorted(report.happened.of(ReserveUseRefused), key=lambda told: told[1].decided_on):
        yield (
            f"Neleista panaudoti {eur(use.amount_cents)} ({PARTS[use.part]}) pagal dokumentą Nr. {use.document}: "
            f"{faults_lt(use.reasons)} ({decided_by_lt(use.reasons)})."
        )
    if not report.happened.of(ReserveUseAllowed):
        yield "Rezervo lėšos nenaudotos."
    for line in report.plan.transfers:
        yield f"Pervedimas į rezervo sąskaitą ({line.kind} punktas) – {eur(line.amount)}: {STATUSES[line.status]}."
    for day, event in report.happened.of(ReserveTransferOverdue):
        yield f"{day_lt(day)} konstatuota, kad {event.kind} punkto pervedimas laiku neatliktas."


def surplus(report: Report) -> Iterator[str]:
    """23. What was received over the plan, what was allotted, and whether the 5 % held."""
    if report.plan.surplus:
        yield f"Gauta viršplaninių pajamų – {eur(report.plan.surplus)}, skirta išlaidoms – {eur(report.plan.allotted)}."
    else:
        yield "Viršplaninių pajamų negauta."
    for day, event in report.happened.of(SurplusAllotted):
        yield (
            f"{day_lt(day)} ministro sprendimu Nr. {event.document} {event.article} straipsniui skirta "
            f"{eur(event.amount_cents)} (Taisyklių 23 punktas)."
        )
    for day, event in report.happened.of(SurplusRefused):
        yield (
            f"{day_lt(day)} sprendimas Nr. {event.document} skirti {eur(event.amount_cents)} {event.article} "
            f"straipsniui neatitiko Taisyklių 23 punkto sąlygų: {faults_lt(event.reasons)}."
        )
    for _, event in report.happened.of(reserve.LockTested):
        held = "tenkinta" if event.holds else "NETENKINTA"
        yield (
            f"Metų pabaigoje 5 procentų sąlyga {held}: rezervas – {eur(event.reserve_cents)}, praėjusiais metais Fondo "
            f"valdybos pervesta – {eur(event.last_year_sodra_cents)}."
        )


def statements(report: Report) -> Iterator[str]:
    """22. Each quarter's statement: approved, returned with reasons, late; the compensation."""
    happened = report.happened
    if not happened.of(sodra.StatementSubmitted):
        yield "Suderinimo pažymų už ataskaitinius metus dar nepateikta."
    for day, event in happened.of(SodraStatementReturned):
        yield (
            f"{quarter_lt(event.quarter)} pažyma ({event.submission}) {day_lt(day)} grąžinta tikslinti: "
            f"{faults_lt(event.reasons)}."
        )
    for _, event in happened.of(SodraStatementApproved):
        yield (
            f"{quarter_lt(event.quarter)} pažyma ({event.submission}) patvirtinta {day_lt(event.approved_on)} "
            f"(terminas – {day_lt(event.approve_by)}); kompensacija mokėtina iki {day_lt(event.pay_by)}."
        )
    for _, event in happened.of(SodraStatementOverdue):
        what = "nepateikta" if event.what == "submission" else "nepatvirtinta"
        yield f"{quarter_lt(event.quarter)} pažyma laiku {what}: terminas suėjo {day_lt(event.by)}."
    due = [event for _, event in happened.of(CompensationDue)]
    if due:
        yield f"Fondo valdybai mokėtina kompensacija už metus – {eur(sum(event.amount_cents for event in due))}."


def returns(report: Report) -> Iterator[str]:
    """24, 25. The TLK's reports and returns: of this year where it is over, and those of last year told in this one."""
    happened = report.happened
    if not any(map(happened.of, RETURNS)) and not any(map(happened.of_last, RETURNS)):
        yield "Per ataskaitinį laikotarpį teritorinių ligonių kasų metų duomenų pateikti ir likučių grąžinti nereikėjo."
    for year, events in ((report.year - 1, happened.of_last), (report.year, happened.of)):
        if accepted := [event for _, event in events(PayerYearAccepted)]:
            left = eur(sum(event.balance_cents for event in accepted))
            yield f"{year} metų duomenys priimti (ataskaitų – {len(accepted)}), likučių suma – {left}."
        if refused := events(PayerYearRefused):
            times = number_lt(len(refused), "kartą", "kartus", "kartų")
            yield f"{year} metų duomenys neatitiko apskaitos ir grąžinti tikslinti {times}."
        for _, event in events(PayerYearOverdue):
            yield f"{payer_lt(report.fund, event.payer)} {year} metų duomenų laiku nepateikė (iki {day_lt(event.by)})."
        if ordered := [event for _, event in events(BalanceReturnOrdered)]:
            yield (
                f"Į Valstybinės ligonių kasos sąskaitą grąžinama {year} metų likučių – "
                f"{eur(sum(event.amount_cents for event in ordered))} (iki {day_lt(max(e.by for e in ordered))})."
            )


RETURNS = (PayerYearAccepted, PayerYearRefused, PayerYearOverdue, BalanceReturnOrdered)


def recovery(report: Report) -> Iterator[str]:
    """20, 21. What was demanded, and how it was met."""
    ways = (
        (RecoveryDemanded, "Pareikalauta grąžinti"),
        (RecoveryRepaid, "grąžinta"),
        (RecoverySetOff, "įskaityta"),
        (RecoveryWrittenOff, "nurašyta"),
    )
    sums = [(words, sum(e.amount_cents for _, e in report.happened.of(cls))) for cls, words in ways]
    if any(cents for _, cents in sums):
        yield f"{', '.join(f'{words} – {eur(cents)}' for words, cents in sums)} (Taisyklių 20 ir 21 punktai)."
    else:
        yield "Reikalavimų atlyginti žalą nepareikšta."
    if report.claims:
        yield (
            f"Neužbaigtų reikalavimų – {len(report.claims)}, likutis {eur(sum(claim.rest for claim in report.claims))}."
        )


def debt(report: Report) -> Iterator[str]:
    """24. What was carried in, what is unpaid, and what is carried out on 31 December."""
    came = list(report.facts.carried_in.values())
    if came:
        yield (
            f"Iš {report.year - 1} metų perkelta sąskaitų – {sum(s.count for s in came)}, jų suma – "
            f"{eur(sum(s.cents for s in came))} (gruodžio 31 d. skola, Taisyklių 24 punktas)."
        )
    went = list(report.facts.carried_out.values())
    if went:
        yield (
            f"{report.year} m. gruodžio 31 d. skola – {eur(sum(s.cents for s in went))} "
            f"(sąskaitų – {sum(s.count for s in went)}), perkelta į {report.year + 1} metus."
        )
    estimate = report.estimate
    unpaid = estimate.total("unpaid", (*estimate.lines, *estimate.state_lines))
    if not went:
        yield f"Ataskaitos dieną priimta ir neapmokėta – {eur(unpaid)}."
    for each in report.waits:
        yield f"Eilėje laukiančių sąskaitų – {each.sum.count} ({eur(each.sum.cents)}): {waits_lt(each.reason)}."


def proof(report: Report) -> Iterator[str]:
    """I10."""
    apart = [tie for tie in report.ties if not tie.holds]
    yield (
        "Konsoliduotos sumos lygios mokėtojų sumoms, apskaitos įrašams ir banko įvykdytiems mokėjimams cento "
        "tikslumu; tai patikrinta rengiant ataskaitą, sumų poros – plano vykdymo ataskaitoje."
    )
    if apart:
        yield (
            f"Tarp apskaitos dalių dar nesutampa {number_lt(len(apart), 'suma', 'sumos', 'sumų')}: duomenys dar "
            f"perduodami arba juos būtina patikrinti. Kol nesutampa, metai neuždaromi."
        )
