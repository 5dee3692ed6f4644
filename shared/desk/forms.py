"""A form from an event's own record: its fields, their kinds and limits, and what somebody wrote into them.

Nothing is said twice: what stands beside a record's fields (``kernel.fields``) gives the inputs, and is what they are
checked by. A record in a record is a group (``provider.code``), a list of records has rows (``services.0.code``), and
money is written in euros, with a comma: ``amount`` is ``amount_cents`` of the record.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints
from unicodedata import normalize

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from shared.desk.acts import Act
from shared.desk.words import Lang, hint, phrase, word
from shared.kernel.fields import MAX_TEXT, Expected, Iban, Pattern, PayerCode
from shared.kernel.language import LANGUAGES, LT
from shared.kernel.reason import Reason
from shared.kernel.value import value
from shared.kernel.written import Written

Kind: TypeAlias = Literal[
    "text", "words", "money", "number", "day", "choice", "payer", "tick", "rows", "lines", "reasons"
]
CENTS = "_cents"
EUROS = re.compile(r"([0-9]{1,15})(?:[.,]([0-9]{1,2}))?")
SPACES = re.compile(r"[\s\u00a0\u202f]")
MOST_ROWS = 500
"""Rows of a form; what needs more is a file for ``psdf propose --file``."""
LONGEST_LINE = 200
OFFERED = "one of those that are offered"
LONG = f"text of at most {MAX_TEXT} characters without control characters"


@value
class Field:
    """One input: its path in the data, its leaf's name, its kind and limits.

    ``default`` is what an empty one means; where ``needed`` it may not be empty. ``inner`` are the columns of rows.
    """

    key: str
    name: str
    kind: Kind
    needed: bool
    default: Any = None
    options: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    longest: int | None = None
    pattern: str | None = None
    expected: str = ""
    iban: bool = False
    inner: tuple["Field", ...] = ()

    @property
    def short(self) -> str:
        """Its name as it is written in a form: money without its unit."""
        return self.name.removesuffix(CENTS)

    @property
    def wanted(self) -> str:
        """What must stand in it, as a person writes it."""
        if self.kind == "choice":
            return OFFERED
        if self.kind != "money":
            return self.expected
        return "a sum in euros above 0, such as 1 234,56" if self.least else "a sum in euros, such as 1 234,56"

    def label(self, lang: Lang) -> str:
        """What it is called."""
        return word("fields", self.short, lang)

    def hint(self, lang: Lang) -> str:
        """What to know before it is filled in."""
        return hint(self.short, lang) or (word("hints", "euros", lang) if self.kind == "money" else "")


@value
class Fault:
    """What is wrong in a form: in which input, what was written (None: the reader's own sentence), what is expected."""

    key: str
    label: tuple[str, str]
    written: str | None
    why: str

    def said(self, lang: Lang) -> str:
        """One line for a person."""
        name, what = self.label[0 if lang == "lt" else 1], phrase(self.why, lang)
        if self.written is None:
            return ": ".join(part for part in (name, what) if part)
        if not self.written:
            return f"{name}: {word('forms', 'missing', lang)} {what}"
        shown = self.written if len(self.written) <= LONGEST_LINE else self.written[:LONGEST_LINE] + "…"
        opened, closed = "„“" if lang == "lt" else "“”"
        return f"{name}: {opened}{shown}{closed} {word('forms', 'is_not', lang)} {what}"


# -------------------------------------------------------------------------------------------------- from a record


def form_of(act: Act) -> tuple[Field, ...]:
    """The inputs of an act."""
    return tuple(_fields(act.record, ""))


def _fields(record: type[Any], path: str) -> Iterator[Field]:
    hints = get_type_hints(record, include_extras=True)
    for each in fields(record):
        default = each.default if each.default is not MISSING else None
        has_default = each.default is not MISSING or each.default_factory is not MISSING
        yield from _field(path, each.name, hints[each.name], default, has_default=has_default)


def _field(path: str, name: str, annotation: Any, default: Any, *, has_default: bool) -> Iterator[Field]:  # noqa: ANN401
    base, marks = _unfolded(annotation)
    optional = False
    if get_origin(base) in (Union, UnionType):
        optional = NoneType in get_args(base)
        base, inner = _unfolded(next(each for each in get_args(base) if each is not NoneType))
        marks = (*marks, *inner)
    key = f"{path}{name.removesuffix(CENTS)}"
    if isinstance(base, type) and is_dataclass(base):
        yield from _fields(base, f"{key}.")
        return
    if get_origin(base) is tuple:
        yield _list_field(key, name, get_args(base)[0])
        return
    limits = _limits(name, base, annotation, marks)
    made = Field(key=key, name=name, needed=not has_default and not optional, default=default, **limits)
    may_be_empty = base is str and made.least is None and _fits(made, "") and not _is_due(marks)
    yield replace(made, needed=False, default="") if made.needed and may_be_empty else made


def _is_due(marks: Sequence[Any]) -> bool:
    """Whether a text may not be blank, though it has no least length."""
    return any(isinstance(mark, Written) and mark.needed for mark in marks)


def _list_field(key: str, name: str, entry: Any) -> Field:  # noqa: ANN401 - an annotation
    if entry is Reason:
        return Field(key=key, name=name, kind="reasons", needed=False, longest=MAX_TEXT)
    if isinstance(entry, type) and is_dataclass(entry):
        return Field(key=key, name=name, kind="rows", needed=False, inner=tuple(_fields(entry, "")))
    _, marks = _unfolded(entry)
    return Field(key=key, name=name, kind="lines", needed=True, **_of_text(marks))


def _unfolded(annotation: Any) -> tuple[Any, tuple[Any, ...]]:  # noqa: ANN401 - an annotation
    if get_origin(annotation) is not Annotated:
        return annotation, ()
    base, *marks = get_args(annotation)
    inner, more = _unfolded(base)
    return inner, (*more, *marks)


def _limits(name: str, base: Any, annotation: Any, marks: Sequence[Any]) -> dict[str, Any]:  # noqa: ANN401
    """The kind of an input and its limits, by its type and the marks beside it."""
    if get_origin(base) is Literal:
        return {"kind": "choice", "options": tuple(str(each) for each in get_args(base))}
    if base is bool:
        return {"kind": "tick"}
    if base is date:
        return {"kind": "day", "expected": _expected(marks)}
    if base is int:
        kind = "money" if name.endswith(CENTS) else "number"
        above = [mark.gt + 1 for mark in marks if isinstance(mark, Gt) and isinstance(mark.gt, int)]
        least = [mark.ge for mark in marks if isinstance(mark, Ge)]
        most = [mark.le for mark in marks if isinstance(mark, Le)]
        limits = {"least": next(iter(above or least), None), "most": next(iter(most), None)}
        return {"kind": kind, "expected": _expected(marks), **limits}
    if annotation == PayerCode:
        return {"kind": "payer", **_of_text(marks)}
    made = _of_text(marks)
    many = made["longest"] == MAX_TEXT
    return {"kind": "words" if many else "text", "iban": annotation == Iban, **made}


def _of_text(marks: Sequence[Any]) -> dict[str, Any]:
    return {
        "least": next((m.min_length for m in marks if isinstance(m, MinLen)), None),
        "longest": next((m.max_length for m in marks if isinstance(m, MaxLen)), None),
        "pattern": next((m.regex for m in marks if isinstance(m, Pattern)), None),
        "expected": _expected(marks),
    }


def _expected(marks: Sequence[Any]) -> str:
    return next((mark.phrase for mark in reversed(marks) if isinstance(mark, Expected)), "")


# ------------------------------------------------------------------------------------------------ from what is written


def read(act: Act, written: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    """The data that somebody wrote, as the catalogue has it, and what is wrong with it."""
    faults: list[Fault] = []
    point = act.record.points[0] if act.record.points else ""
    return _read(form_of(act), written, "", point, faults), faults


def _read(
    inputs: Sequence[Field], written: Mapping[str, str], path: str, point: str, faults: list[Fault]
) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for each in inputs:
        key = path + each.key
        *groups, _ = each.key.split(".")
        into = data
        for group in groups:
            into = into.setdefault(group, {})
        if each.kind == "rows":
            into[each.name] = _rows(each, written, key, point, faults)
            continue
        text = normalize("NFC", written.get(key, "")).strip()
        if each.kind == "reasons":
            into[each.name] = [{"code": "review", "rule": point, "terms": {"text": _lines(text)}}] if text else []
        elif text or each.kind in ("tick", "lines"):
            into[each.name] = _value(each, text)
        else:
            into[each.name] = each.default
        if why := _why_not(each, text, into[each.name]):
            faults.append(_fault(each, key, text, why))
    return data


def _rows(field: Field, written: Mapping[str, str], key: str, point: str, faults: list[Fault]) -> list[dict[str, Any]]:
    """The rows in which something is written; one where all is empty is none."""
    rows = []
    for number in row_numbers(written, key):
        at = f"{key}.{number}."
        if any(written.get(at + each.key, "").strip() for each in field.inner if each.kind != "tick"):
            rows.append(_read(field.inner, written, at, point, faults))
    if len(rows) > MOST_ROWS:
        faults.append(_fault(field, key, str(len(rows)), f"at most {MOST_ROWS} rows"))
    return rows


def row_numbers(written: Mapping[str, str], key: str) -> list[int]:
    """The numbers of the rows of a list that somebody wrote, in order."""
    numbers = (name.removeprefix(f"{key}.").partition(".")[0] for name in written if name.startswith(f"{key}."))
    return sorted({int(number) for number in numbers if re.fullmatch("[0-9]{1,4}", number)})


def _value(field: Field, text: str) -> Any:  # noqa: ANN401 - any value of JSON
    """What a text means; None where a number or a sum is none."""
    match field.kind:
        case "money":
            return cents_of(text)
        case "number":
            return int(text) if re.fullmatch("[0-9]{1,9}", text) else None
        case "tick":
            return text in ("on", "true", "yes")
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
        case "words":
            return _lines(text)
        case _:
            return text


def _why_not(field: Field, text: str, said: Any) -> str | None:  # noqa: ANN401 - any value of JSON
    """What is expected instead of what was written; None where it fits."""
    expected = field.wanted
    if not text:
        return expected if field.needed else None
    match field.kind:
        case "money" | "number":
            fits = said is not None and _within(field, said)
        case "choice":
            fits, expected = text in field.options, OFFERED
        case "day":
            fits = _is_day(text)
        case "reasons":
            fits, expected = len(text) <= MAX_TEXT, LONG
        case "text" | "words" | "payer":
            fits = _fits(field, said)
            if fits and field.iban:
                fits, expected = _is_iban(said), "an account number (IBAN) whose check digits fit"
        case _:
            fits = True
    return None if fits else expected


def cents_of(text: str) -> int | None:
    """Euros as a person writes them (``1 234,56``), in cents; None for what is no sum."""
    found = EUROS.fullmatch(SPACES.sub("", text))
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _within(field: Field, number: int) -> bool:
    return (field.least is None or number >= field.least) and (field.most is None or number <= field.most)


def _fits(field: Field, text: str) -> bool:
    if field.longest is not None and len(text) > field.longest:
        return False
    return field.pattern is None or re.search(field.pattern.replace("$", r"\Z"), text) is not None


def _is_day(text: str) -> bool:
    try:
        return re.fullmatch("2[01][0-9]{2}-[0-9]{2}-[0-9]{2}", text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_iban(text: str) -> bool:
    try:
        return bool(IBAN(text))
    except SchwiftyException:
        return False


def _fault(field: Field, key: str, written: str, why: str) -> Fault:
    return Fault(key=key, label=(field.label("lt"), field.label("en")), written=written, why=why)


# ---------------------------------------------------------------------------------------------------- and back again


def written_of(act: Act, data: Mapping[str, Any]) -> dict[str, str]:
    """The data as somebody would have written it: to be mended, or to begin with."""
    return dict(_written(form_of(act), data, ""))


def _written(inputs: Sequence[Field], data: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for each in inputs:
        *groups, _ = each.key.split(".")
        inside: Mapping[str, Any] = data
        for group in groups:
            inside = inside.get(group) or {}
        said, key = inside.get(each.name), path + each.key
        if said is None:
            continue
        match each.kind:
            case "rows":
                for number, row in enumerate(said):
                    yield from _written(each.inner, row, f"{key}.{number}.")
            case "lines":
                yield key, "\n".join(said)
            case "reasons":
                yield key, "\n".join(str(reason["terms"].get("text", "")) for reason in said)
            case "money":
                yield key, LANGUAGES[LT].sum_of(said)
            case "tick":
                yield key, "on" if said else ""
            case _:
                yield key, str(said)


def fault_of(act: Act, told: str) -> Fault:
    """What the catalogue's own reader said of the data, at the input that it is about if it names one."""
    where, _, why = told.partition(": ")
    key = ".".join(part.removesuffix(CENTS) for part in where.removeprefix("data.").split("."))
    leaf = key.rpartition(".")[2]
    known = {each.short: each for field in form_of(act) for each in (field, *field.inner)}
    if not where.startswith("data.") or leaf not in known:
        return Fault(key="", label=("", ""), written=None, why=told.removeprefix("data: "))
    return Fault(key=key, label=(known[leaf].label("lt"), known[leaf].label("en")), written=None, why=why)
