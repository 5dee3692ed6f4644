"""Why a token lets nobody in, in Lithuanian for who gave it; programs, commands and the log have it in English."""

import re
from typing import Final

_SAID: Final = (
    (r"the token is longer than (\d+) characters", "raktas ilgesnis nei {0} simbolių"),
    (r"the token is no JWT \(RFC 7519\) in three parts", "tai ne trijų dalių JWT (RFC 7519)"),
    (r"the token is signed by alg (.*): (.*) is allowed", "raktas pasirašytas būdu {0}, o leidžiama: {1}"),
    (r"the token's typ is (.*): an access token by RFC 9068 is (.*)", "rakto typ yra {0}, o prieigos rakto (RFC 9068) – {1}"),
    (r"the token's typ is (.*): an ID token is (.*)", "rakto typ yra {0}, o tapatybės rakto – {1}"),
    (r"the token's key (.*) is none of (.*)'s for (.*)", "rakto parašui nurodytas {0}, o tarp {1} raktų, skirtų {2}, tokio nėra"),
    (r"the token's signature does not fit", "rakto parašas netinka"),
    (r"the (?:ID )?token is of issuer (.*), not of (.*)", "raktą išdavė {0}, o ne {1}"),
    (r"the (?:ID )?token is for (.*), and this is (.*)", "raktas skirtas {0}, o čia {1}"),
    (r"the token's sub is no text of at most (\d+) letters", "rakto sub – ne tekstas iki {0} raidžių"),
    (r"the token has expired at (\S+): sign in at (.*) again", "raktas galiojo iki {0}: prisijunkite prie {1} iš naujo"),
    (r"the token is good from (\S+): is a clock wrong\?", "raktas galios tik nuo {0}: gal klysta kuris laikrodis?"),
    (r"the token is good for longer than (.*): the provider gives shorter ones", "raktas galioja ilgiau nei parą: tiekėjas turi duoti trumpesnį"),
    (r"the token's (\S+) is no moment \(RFC 7519, seconds\)", "rakto {0} – ne laikas (RFC 7519, sekundės)"),
    (r"the token's (\S+) is no name of at most (\d+) letters", "rakto {0} – ne vardas iki {1} raidžių"),
    (r"the token names two roles, (.*): a person has one", "rakte kelerios pareigos ({0}), o asmuo turi vienas"),
    (r"the token's (\S+) names no payer: one is due", "rakto {0} nenurodo mokėtojo, o reikia vieno"),
    (r"the token's (\S+) names (.*): one is due", "rakto {0} nurodo {1}, o reikia vieno mokėtojo"),
    (r"a planner is of (.*): the budget is the whole fund's", "biudžeto specialistas yra {0}: biudžetas – viso fondo"),
    (r"no ID token came, and scope openid was asked for", "tapatybės raktas negautas, nors prašyta openid"),
    (r"the ID token has expired, or says no end \(exp\)", "tapatybės raktas nebegalioja arba nesako, iki kada (exp)"),
    (r"the ID token is the answer to another sign-in \(nonce\)", "tapatybės raktas atsako į kitą prisijungimą (nonce)"),
    (r"the ID token and the access token are of two persons \(sub\)", "tapatybės ir prieigos raktai yra dviejų asmenų (sub)"),
    (r"the keys of (.*) can't be read: (.*); nobody is let in until then", "{0} raktų perskaityti nepavyksta ({1}); kol kas niekas neįleidžiamas"),
)  # fmt: skip
SAID: Final = tuple((re.compile(pattern, re.DOTALL), lithuanian) for pattern, lithuanian in _SAID)


def token_fault(english: str) -> str:
    """The same in Lithuanian; as it is where it is no sentence of ours."""
    for pattern, lithuanian in SAID:
        if found := pattern.fullmatch(english):
            return lithuanian.format(*(each.replace(" and ", " ir ") for each in found.groups()))
    return english
