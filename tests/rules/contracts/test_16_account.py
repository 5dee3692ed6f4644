"""16. The account that a contract is paid to: its payer confirms it or names another one, also after the contract's end."""

from services.contracts.service import CONTRACTS
from services.invoicing.service import INVOICING
from tests.given import IBAN, account, because, budget, contract, event, invoice, said, shares, story

OTHER = "LT601010012345678901"


def test_16_a_confirmed_account_is_told_to_payments_and_to_the_providers_invoices() -> None:
    fund = story(CONTRACTS).given(budget({"04": 10}), shares("04", VLK=10), contract("C", 5))
    fund.when(account("C", OTHER)).then(
        said("contract.account.confirmed", contract_id="C", provider_code="300111222", iban=OTHER, rules=["13", "16"])
    )
    assert fund.inside("contract.account.known") == [{"provider_code": "300111222", "contract_id": "C", "iban": OTHER}]


def test_16_the_account_of_an_ended_contract_may_be_confirmed_for_what_is_still_due() -> None:
    fund = story(CONTRACTS).given(budget({"04": 10}), shares("04", VLK=10), contract("C", 5))
    fund.given(event("contract.ended", "/vlk", contract_id="C", on_="2026-01-02"))
    fund.when(account("C")).then(said("contract.account.confirmed", iban=IBAN))


def test_16_of_an_unknown_contract_or_by_another_payer_it_is_refused() -> None:
    fund = story(CONTRACTS).given(budget({"04": 10}), shares("04", VLK=10), contract("C", 5))
    fund.when(account("X")).then(
        said("contract.change.refused", contract_id="X", reasons=[because("unknown_contract", "13")])
    )
    fund.when(account("C", payer="TLK-KAUNAS")).then_of(
        "contract", said("contract.change.refused", contract_id="C", rules=["13"])
    )


def test_16_invoices_accepted_after_it_are_for_the_confirmed_account() -> None:
    fund = story(INVOICING, since="2026-03-02").given(contract("C"))
    fund.when(invoice("A", 5)).then(said("invoice.accepted", iban=IBAN))
    fund.given(account("C", OTHER))
    fund.when(invoice("B", 5, service_month="2026-02")).then(said("invoice.accepted", iban=OTHER))
