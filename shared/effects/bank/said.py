"""What is set aside, and why a file of the bank is not taken, in Lithuanian: the journal has it in English, word for word."""

import re
from collections.abc import Iterator
from typing import Final

from shared.kernel.language import NO_BREAK_SPACE

LONGEST = 2_000
"""What is longer is no sentence of ours: it stays as it is."""
SUM = r"(-?[\d ]+\.\d\d EUR)"
STATEMENT = r"(statement \d+ of .{1,40} \([\d-]{10}\))"

_SAID: Final = (
    # --- of orders and files (answering.py)
    (r"the bank speaks of file (.+?) \((.*)\), which we did not send", "bankas kalba apie bylą {0} ({1}), kurios nesiuntėme"),
    (r"the bank says of file (.+?), not sent yet: (.*)", "bankas kalba apie dar neišsiųstą bylą {0}: {1}"),
    (r"file (.+?) is refused \((.*)\), and was taken before: it rejects no order; ask the bank", "byla {0} atmesta ({1}), nors anksčiau buvo priimta: dėl to neatmestas nė vienas nurodymas; teiraukitės banko"),
    (r"file (.+?) is refused \((.*)\), and was not sent yet: it rejects no order; ask the bank", "byla {0} atmesta ({1}), nors dar neišsiųsta: dėl to neatmestas nė vienas nurodymas; teiraukitės banko"),
    (r"the bank says of order (.+?): (.*); it decides nothing", "bankas apie nurodymą {0} sako: {1}; tai nieko nenusprendžia"),
    (r"the bank says of entry (.*?): (.*); it decides nothing", "bankas apie įrašą {0} sako: {1}; tai nieko nenusprendžia"),
    (r"the bank says of (.+?): (.*); we sent no such order", "bankas apie {0} sako: {1}; tokio nurodymo nesiuntėme"),
    (rf"the bank says of order (.+?): (.*), with {SUM}; it is of {SUM}", "bankas apie nurodymą {0} sako: {1}, suma {2}; o nurodyta {3}"),
    (r"order (.+?) was (\w+), and now the bank says (\w+) on ([\d-]{10}) \((.*)\): the first outcome stands", "apie nurodymą {0} bankas jau pasakė: {1}, o dabar ({3}) sako: {2} ({4}); galioja pirmasis atsakymas"),
    (r"a credit (.*) of no sum in euro, or to no account: nothing was told", "įskaitymas {0} be sumos eurais arba be sąskaitos: fondui nieko nepasakyta"),
    (rf"credit (.*?) to (\S*) was {SUM}, and now is {SUM}: the first stands", "įskaitymo {0} į {1} suma buvo {2}, o dabar {3}: galioja pirmoji"),
    # --- of statements
    (r"statement (\d+) of (.{1,40}) \(([\d-]{10})\)", "{1} išrašas Nr. {0} ({2})"),
    (rf"{STATEMENT} came after (\d+) of ([\d-]{{10}}), and was not compared", "{0} gautas po Nr. {1} ({2}) ir nesutikrintas"),
    (rf"{STATEMENT} opens with {SUM}, not {SUM}", "{0} prasideda likučiu {1}, o ne {2}"),
    (rf"{STATEMENT}: {SUM} and its entries make {SUM}, it closes with {SUM}: an entry is missing", "{0}: {1} ir įrašai sudaro {2}, o likutis pabaigoje – {3}: trūksta įrašo"),
    (rf"{STATEMENT} closes with {SUM}, the fund has {SUM}", "{0} baigiasi likučiu {1}, o fondo apskaitoje – {2}"),
    (rf"{STATEMENT} alone tells of (.+?): no camt\.054 came for it", "apie {1} pasakė tik {0}: camt.054 apie tai negauta"),
    (rf"{STATEMENT} names credit (.+?), and agrees without it: the fund is not told of it", "{0} nurodo įskaitymą {1}, bet sutampa ir be jo: fondui apie jį nepasakyta"),
    (rf"credit (.+?) came after {STATEMENT}, which agrees without it: the fund is not told of it", "įskaitymas {0} gautas po to, kai {1} sutapo be jo: fondui apie jį nepasakyta"),
    (rf"{STATEMENT} does not show (.+?), which was told to be booked by then", "{0} nerodo {1}, nors buvo pranešta, kad iki tada tai įrašyta"),
    # --- why a file is not taken
    (r"(.+?) is refused: (.*)", "failas {0} nepriimtas: {1}"),
    (r"(.+?) is about account (\S+), which is none of the fund's: whose file is it\?", "{0} yra apie sąskaitą {1}, kuri ne fondo: kieno tai failas?"),
    (rf"{STATEMENT} came, and (\d+) is missing: ask the bank for it, and give this one again", "{0} gautas, o Nr. {1} trūksta: paprašykite jo banko ir šį pateikite iš naujo"),
    (rf"{STATEMENT} is the first of its year, and neither 1 nor (\d+)", "{0} yra pirmasis savo metų, o jo numeris ne 1 ir ne {1}"),
    (r"an answer of the bank is one of (.+?), not (.*)", "banko atsakymas yra vienas iš: {0}; o čia {1}"),
    (r"a file of the bank has at most (\d+) bytes, not (\d+)", "banko faile gali būti daugiausia {0} B, o čia {1} B"),
    (r"not XML: (.*?)\s*, line (\d+), column (\d+)(?: \(.*\))?", "tai ne XML: {1} eilutė, {2} simbolis: {0}"),
    (r"not XML: (.*)", "tai ne XML: {0}"),
    (r"a file of the bank declares no document type", "banko faile negali būti dokumento tipo (DTD)"),
    (r"line (\d+): (.+)", "{0} eilutė: {1}"),
    (r"the statement of (.+) has no number", "{0} išrašas be numerio"),
    (r"statement (\d+) of (.*) has no (.+)", "{1} išraše Nr. {0} nėra {2}"),
    (r"(\w+) has no amount in euro", "{0} be sumos eurais"),
    (r"(\w+) is neither CRDT nor DBIT: (.*)", "{0} nei CRDT, nei DBIT: {1}"),
    (r"(\S+) is not a moment: (.*)", "{0} – ne laikas: {1}"),
    (r"(\w+) has no (\S+)", "{0} neturi {1}"),
    (r"not an amount: (.*)", "tai ne suma: {0}"),
    (r"not whole cents, 0 or more: (.*)", "tai ne sveikieji centai nuo 0: {0}"),
    (r"not a date: (.*)", "tai ne diena: {0}"),
    # --- why it is no XML (libxml2)
    (r"Document is empty", "failas tuščias"),
    (r"Start tag expected, '<' not found", "reikia žymės, kuri prasideda <"),
    (r"Couldn't find end of Start Tag (\S+) line (\d+)", "{1} eilutėje pradėta žymė {0} nebaigta"),
    (r"Premature end of data in tag (\S+) line (\d+)", "failas baigiasi, o {1} eilutės žymė {0} neuždaryta"),
    (r"Opening and ending tag mismatch: (\S+) line (\d+) and (\S+)", "{1} eilutės žymė {0} uždaroma kaip {2}"),
    (r"Extra content at the end of the document", "dokumentas jau baigėsi"),
    (r"Specification mandates value for attribute (\S+)", "atributas {0} be reikšmės"),
    (r"AttValue: .*", "atributo reikšmė turi būti tarp kabučių"),
    (r"Attribute (\S+) redefined", "atributas {0} yra du kartus"),
    (r"Namespace prefix (\S+) on (\S+) is not defined", "žymės {1} priešdėlis {0} neapibrėžtas"),
    (r"Entity '(\S+)' not defined", "nėra tokios esybės: {0}"),
    (r"xmlParseEntityRef: no name", "ženklas & rašomas &amp;"),
    (r"(?:Invalid bytes in character encoding|Input is not proper UTF-8).*", "simboliai ne to kodavimo"),
    (r"Invalid character: Char (\S+) out of allowed range", "negalimas simbolis {0}"),
    (r"Unsupported encoding: (\S+)", "nežinomas kodavimas {0}"),
    (r"Excessive depth in document: (\d+).*", "žymės žymėse giliau nei {0}"),
    (r"Comment not terminated", "pastaba nebaigta"),
    # --- words
    (r"executed", "įvykdyta"),
    (r"rejected", "atmesta"),
    (r"returned", "grąžinta"),
    (r"other", "kita"),
    (r"(executed|rejected|returned|other) ([\d-]{10}.*)", "{0} {1}"),
    (r"no order", "nurodymą be numerio"),
    (r"no account", "sąskaitos be numerio"),
)  # fmt: skip
SAID: Final = tuple((re.compile(pattern, re.DOTALL), lithuanian) for pattern, lithuanian in _SAID)
EURO: Final = re.compile(r"-?[\d ]+\.\d\d EUR")


def in_lithuanian(text: str) -> str:
    """The same in Lithuanian, sums as Lithuanians write them; as it is where it is no sentence of ours."""
    if EURO.fullmatch(text):
        return text.replace(" EUR", " Eur").replace(".", ",").replace(" ", NO_BREAK_SPACE).replace("-", "−")
    return next(_said(text), text) if len(text) <= LONGEST else text


def _said(text: str) -> Iterator[str]:
    for pattern, lithuanian in SAID:
        if found := pattern.fullmatch(text):
            yield lithuanian.format(*map(in_lithuanian, found.groups()))
