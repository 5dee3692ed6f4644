"""The plot: when each story of the demo happens, and the knobs that make it happen.

Only the budgets of 2021 (edition 1) and 2022 are real. Shares of the year are in permille, money in cents.
"""

from datetime import date
from typing import Final

YEAR: Final = 2022
OPENS_ON: Final = date(2021, 12, 20)
ENDS_ON: Final = date(2023, 3, 31)  # the last claims of the year are settled: it can be closed
FEWEST_PROVIDERS: Final = 40  # so that every pot has a contract

# ------------------------------------------------------------------------------------------------- budgets and shares

BUDGET_ON: Final = date(2022, 1, 20)  # late: until then a twelfth of last year's total is the limit of a month
NEXT_BUDGET_ON: Final = date(2022, 12, 20)
NEXT_DISTRIBUTION_ON: Final = date(2022, 12, 21)
NEXT_BUDGET_GROWTH_PERMILLE: Final = 1090
VLK_PERMILLE: Final = {"01": 20, "02": 720, "03": 100, "04": 1000, "05": 1000, "06": 1000, "07": 1000}
REHABILITATION_MOVED_ON: Final = date(2022, 10, 11)  # article 03 is shared out again
PHARMACIES_MOVED_FROM: Final = date(2022, 11, 17)  # from then what a TLK leaves of an article goes to a short VLK

# ------------------------------------------------------------------------------------------------------------ volumes

FIRST_MONTH: Final = "2021-11"
LAST_MONTH: Final = "2022-12"
USED_PERMILLE: Final = {"01": 983, "02": 985, "03": 985, "04": 1220, "05": 985}  # of the share, paid in the fund year
REHABILITATION_PERMILLE: Final = {
    "VLK": 800,
    "TLK-VILNIUS": 925,
    "TLK-KAUNAS": 1135,
    "TLK-KLAIPEDA": 1230,
    "TLK-SIAULIAI": 850,
    "TLK-PANEVEZYS": 860,
}
YEAR_TOTAL_EXCESS_CENTS: Final = 600_000_000  # what the VLK's pharmacies ask beyond the total of the year
STATE_EXCESS_CENTS: Final = 60_000_000  # what is asked of the state funds beyond their sum
STATE_PERMILLE: Final = {"VLK": 620, "TLK-VILNIUS": 210, "TLK-KAUNAS": 170}
PHARMACY_GROWTH_PERMILLE: Final = 120  # of the VLK's pharmacies: so much under the mean at first, over it at last
CEILINGS_PERMILLE: Final = 990  # of the share, at most, is contracted
SHORT_CEILING_PERMILLE: Final = (780, 930)  # of the work of the year: contracts that run out in autumn
# The twelve weights of the year's months, and those of November and December of the year before.
MONTH_PERMILLE: Final = {
    "01": (980, 975, 1005, 985, 1030, 1000, 1020, 995, 955, 960, 1010, 1035, 1000, 985),
    "02": (985, 990, 990, 980, 1005, 990, 1000, 990, 985, 990, 1005, 1020, 1010, 1015),
    "03": (880, 800, 850, 900, 950, 990, 1050, 1130, 1180, 1190, 1050, 990, 900, 820),
    "04": (980, 960, 970, 980, 1010, 1000, 1010, 1000, 970, 980, 1020, 1040, 1010, 1000),
    "05": (980, 980, 990, 990, 1010, 1000, 1010, 990, 970, 980, 1020, 1030, 1000, 990),
}
PHARMACY_PAYMENT_DAYS: Final = 20  # of the VLK's pharmacies: those of December fall due in December
PROTECTION_FROM: Final = "2022-03"  # care of people under temporary protection, paid by the state

# -------------------------------------------------------------------------------------------------- invoices and faults

LATE_SHARE: Final = 0.035
FAULT_SHARE: Final = 0.026
CREDIT_SHARE: Final = 0.01
OPEN_CREDIT_SHARE: Final = 0.02  # for the last month of a year: these meet nothing left to lower
CLERK_SHARE: Final = 0.03
SHORT_CEILING_SHARE: Final = 0.06
PRICED_SHARE: Final = 0.35
LONG_SHARE: Final = 0.05
OTHER_TERMS_SHARE: Final = 0.05
FORGOTTEN_MONTH: Final = "2022-03"  # an invoice of it, or of a later one, lies with a clerk past check_by
MALFORMED_A_MONTH: Final = 5

# -------------------------------------------------------------------------------------------------------------- money

REJECTED_SHARE: Final = 0.003
NEXT_DAY_SHARE: Final = 0.12  # of the orders is reported the next bank day
REJECTED_AT_TURN: Final = "TLK-KAUNAS"  # its first order of the last bank day is rejected in January
CREDIT_RUNS_AHEAD: Final = 4  # a credit covers what falls due up to so many runs later
# From a day on, in as many runs as there are numbers, only so many permille of what is due is there.
SHORTAGES: Final = (
    ("TLK-SIAULIAI", "PSDF", date(2022, 5, 5), (600,)),
    ("VLK", "PSDF", date(2022, 8, 29), (550, 350, 600)),
)
OVER_PLAN_CENTS: Final = {"01.01": 12_100_000_000, "01.02": 3_850_000_000, "03": 600_000_000, "04": 700_000_000}

# ------------------------------------------------------------------------------------- reserve, surplus, Sodra, claims

SODRA_STATEMENTS: Final = (  # year, quarter, submitted on
    (2021, 4, date(2022, 1, 7)),
    (2022, 1, date(2022, 4, 8)),
    (2022, 2, date(2022, 7, 8)),
    (2022, 3, date(2022, 10, 10)),
    (2022, 4, date(2023, 1, 9)),
)
SODRA_WRONG: Final = (2022, 1)  # three cents off at first
SODRA_WRONG_CENTS: Final = 3
SODRA_CORRECTED_AFTER_DAYS: Final = 5
COMPENSATION_CENTS: Final = {2021: 50_525_000, 2022: 59_000_000}  # a quarter
CLAIMS_ON: Final = (date(2022, 3, 15), date(2022, 5, 17), date(2022, 8, 9), date(2022, 10, 18))
REPORTS_ON: Final = {2021: date(2022, 1, 4), 2022: date(2023, 1, 4)}
REPORT_WRONG: Final = ("TLK-KLAIPEDA", "PSDF", 2022)  # a cent off at first
