"""What of a random history is about contracts."""

from tests.model.plain import VLK, Data, month_end
from tests.model.teller import HEALTH, PROVIDERS, Teller


def contract(teller: Teller) -> None:
    rng, year = teller.rng, teller.on.year - (teller.rng.random() < 0.35)
    payer = rng.choice([VLK, *teller.payers])
    first, last = 1, 12
    if rng.random() < 0.2:
        first, last = sorted(rng.sample(range(1, 13), 2))
    data: Data = {
        "contract_id": f"C{teller.n}",
        "year": year,
        "payer": payer,
        "article": rng.choice(HEALTH),
        "source": rng.choice(("PSDF", "PSDF", "PSDF", "STATE")),
        "provider": {"code": rng.choice(PROVIDERS), "name": "UAB", "iban": "LT121000011101001000"},
        "ceiling_cents": rng.choice((None, None, rng.randint(1, teller.scale), rng.randint(1, teller.scale // 4))),
        "valid_from": f"{year}-{first:02d}-{rng.choice((1, 1, 15)):02d}",
        "valid_to": str(month_end(f"{year}-{last:02d}")),
        "payment_days": rng.choice((30, 30, 10, 3, 1, 60)),
        "services": rng.choice(([], [], [{"code": "X", "unit_price_cents": 7}])),
        "review": rng.choice(("automatic", "automatic", "clerk")),
    }
    propose(teller, data)


def propose(teller: Teller, data: Data) -> None:
    told = teller.send("contract.proposed", teller.by(data["payer"]), data)
    if any(e["type"] == "contract.concluded" for e in told):
        teller.contracts[data["contract_id"]] = data


def bad_proposal(teller: Teller) -> None:
    rng = teller.rng
    if not teller.contracts:
        return
    data = dict(rng.choice(list(teller.contracts.values())))
    match rng.randint(0, 3):
        case 0:
            data["payment_days"] = 31
        case 1:
            pass
        case 2:
            data |= {"contract_id": f"C{teller.n}", "article": rng.choice(("06", "99")), "ceiling_cents": None}
        case 3:
            data |= {"contract_id": f"C{teller.n}", "valid_to": f"{data['year'] + 1}-01-31"}
    propose(teller, data)


def change_contract(teller: Teller) -> None:
    if teller.contracts:
        c = teller.rng.choice(list(teller.contracts.values()))
        ceiling = teller.rng.choice(
            (None, teller.rng.randint(0, teller.scale), teller.rng.randint(0, teller.scale // 4))
        )
        contract_id = c["contract_id"] if teller.rng.random() < 0.95 else "C-none"
        teller.send(
            "contract.change.proposed",
            teller.by(c["payer"]),
            {"contract_id": contract_id, "ceiling_cents": ceiling},
        )


def end_contract(teller: Teller) -> None:
    current = [c for c in teller.contracts.values() if c["valid_from"] <= str(teller.on) <= c["valid_to"]]
    if current:
        c = teller.rng.choice(current)
        teller.send("contract.ended", teller.by(c["payer"]), {"contract_id": c["contract_id"], "on": str(teller.on)})


def confirm_account(teller: Teller) -> None:
    if teller.contracts:
        c = teller.rng.choice(list(teller.contracts.values()))
        iban = teller.rng.choice((c["provider"]["iban"], "LT601010012345678901"))
        teller.send("contract.account.proposed", teller.by(c["payer"]), {"contract_id": c["contract_id"], "iban": iban})
