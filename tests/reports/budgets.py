"""Budgets for the tests: the annexes of 2021 and 2022 in thousand euro; the amendment of 2021 as far as it is known."""

from typing import Any

NAMES = {
    "01": "Asmens sveikatos priežiūros paslaugos",
    "02": "Vaistai, medicinos pagalbos priemonės ir jų nuoma",
    "03": "Medicininė reabilitacija ir sanatorinis gydymas",
    "04": "Ortopedijos techninės priemonės",
    "05": "Sveikatos programos ir kitos sveikatos draudimo išlaidos",
    "06": "Sveikatos draudimo sistemos ir įstaigų veikla",
    "07": "Fondo valdybos sąnaudų kompensavimas",
}
REVENUE_NAMES = {
    "01.01": "Fondo valdybos administruojamos įmokos",
    "01.02": "Valstybės įmokos už valstybės lėšomis draudžiamus asmenis",
    "02": "Valstybės biudžeto asignavimai",
    "03": "Grąžintos lėšos pagal rizikos pasidalijimo sutartis",
    "04": "Kitos pajamos",
}
REVENUE = {
    2021: (1_535_089, 700_264, 204_087, 30_537, 8_192),
    2022: (1_774_543, 772_596, 204_087, 30_537, 8_428),
}
EXPENSES = {
    2021: (1_700_000, 451_100, 98_068, 16_610, 185_920, 24_450, 2_021),
    2022: (1_942_635, 530_267, 114_281, 17_210, 152_041, 31_466, 2_291),
}
LAWS = {2021: "XIV-121", 2022: "XIV-747"}
RESERVE = {2021: (37_173, 190_433), 2022: (41_853, 302_395)}
AMENDED_01, AMENDED_TOTAL = 1_673_823, 2_489_496


def budget(year: int, **changes: object) -> dict[str, Any]:
    thousand = 100_000
    revenue, expenses = REVENUE[year], EXPENSES[year]
    return {
        "year": year,
        "edition": 1,
        "law": LAWS[year],
        "in_force_from": f"{year}-01-01",
        "revenue": [
            {"code": code, "name": name, "sodra": code == "01.01", "amount_cents": amount * thousand}
            for (code, name), amount in zip(REVENUE_NAMES.items(), revenue, strict=True)
        ],
        "revenue_total_cents": sum(revenue) * thousand,
        "expenses": [
            {
                "article": article,
                "name": name,
                "health_care": article <= "05",
                "sodra": article == "07",
                "amount_cents": amount * thousand,
            }
            for (article, name), amount in zip(NAMES.items(), expenses, strict=True)
        ],
        "expenses_total_cents": sum(expenses) * thousand,
        "working_capital_cents": 579_200_000,
        "reserve_main_cents": RESERVE[year][0] * thousand,
        "reserve_risk_cents": RESERVE[year][1] * thousand,
        "state_funds_cents": 1_500_000_000,
        "reserve_transfer_cents": 0,
        "working_capital_before_cents": None,
        **changes,
    }


def amended_2021() -> dict[str, Any]:
    """Article 01 falls, the total grows: article 02 takes the difference, the state's contributions pay for it."""
    data = budget(2021, edition=2, law="XIV-467", in_force_from="2021-07-01")
    grown = AMENDED_TOTAL * 100_000 - data["expenses_total_cents"]
    data["expenses"][1]["amount_cents"] += grown + data["expenses"][0]["amount_cents"] - AMENDED_01 * 100_000
    data["expenses"][0]["amount_cents"] = AMENDED_01 * 100_000
    data["expenses_total_cents"] += grown
    data["revenue"][1]["amount_cents"] += grown
    data["revenue_total_cents"] += grown
    return data


def distribution(data: dict[str, Any], tlks: tuple[str, ...] = ("TLK-VILNIUS", "TLK-KAUNAS")) -> dict[str, Any]:
    """Articles 01 and 03: a quarter each to the TLK named, all others to the VLK; equal quarters."""
    shares, quarters = [], []
    for line in data["expenses"]:
        whole, article = line["amount_cents"], line["article"]
        each = whole // 4 if article in ("01", "03") else 0
        shares += [{"payer": payer, "article": article, "amount_cents": each} for payer in tlks if each]
        rest = whole - each * (len(tlks) if each else 0)
        shares.append({"payer": "VLK", "article": article, "amount_cents": rest})
        quarters.append({"article": article} | in_quarters(whole))
    return {
        "year": data["year"],
        "edition": data["edition"],
        "quarters": quarters,
        "shares": shares,
        "revenue_quarters": [{"code": line["code"]} | in_quarters(line["amount_cents"]) for line in data["revenue"]],
    }


def in_quarters(whole: int) -> dict[str, int]:
    each = whole // 4
    return {"q1_cents": each, "q2_cents": each, "q3_cents": each, "q4_cents": whole - 3 * each}
