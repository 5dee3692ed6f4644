"""What makes a record an event: its type, what it is about, who sends it, which points it serves.

A record is pure data with its limits beside it (``kernel.fields``): whoever reads from outside checks them
(``messages.read``), the rules use the record itself, and the journal keeps it.
"""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, dataclass_transform

from shared.kernel.value import value

T = TypeVar("T")


class Record:
    """The data of an event, and what its envelope must say.

    ``subject`` is a template on the fields; ``sources`` are who may send it, where ``{payer}`` stands for the data's
    own payer (or, without one, for any) and ``{provider_code}`` for the data's provider; ``keyed_by`` names the field
    that is the Kafka key, None for the fund's id; ``points`` are the points of the Rules it serves; ``left_out`` are
    fields that are not written where they are None.
    """

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "strict": True}

    type: ClassVar[str] = ""
    subject: ClassVar[str] = ""
    sources: ClassVar[tuple[str, ...]] = ()
    keyed_by: ClassVar[str | None] = None
    points: ClassVar[tuple[str, ...]] = ()
    left_out: ClassVar[tuple[str, ...]] = ()

    def key(self, fund_id: str) -> str:
        """Give the Kafka key: the provider's code where invoicing decides, the fund's id for all else."""
        return fund_id if self.keyed_by is None else str(getattr(self, self.keyed_by))

    def about(self) -> str:
        """Give the subject of the event; it may be empty where a document is."""
        return self.subject.format_map(_Fields(self))

    def contradiction(self) -> str | None:
        """See what no single field shows: two fields that do not agree, named; None where all is well."""
        return None


class _Fields(dict[str, Any]):
    """A record's fields by name, as a template asks for them."""

    def __init__(self, record: Record) -> None:
        super().__init__()
        self._record = record

    def __missing__(self, name: str) -> Any:  # noqa: ANN401 - a field of any kind
        return getattr(self._record, name)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(
    type_: str,
    *,
    about: str,
    by: tuple[str, ...] | None = None,
    keyed_by: str | None = None,
    points: tuple[str, ...] = (),
) -> Callable[[type[T]], type[T]]:
    """Make the class a record of this type; its sender is its file's, if ``by`` names no other."""

    def made(cls: type[T]) -> type[T]:
        cls.type = type_  # type: ignore[attr-defined]
        cls.subject = about  # type: ignore[attr-defined]
        cls.sources = by or (f"/{cls.__module__.rpartition('.')[2]}",)  # type: ignore[attr-defined]
        cls.keyed_by, cls.points = keyed_by, points  # type: ignore[attr-defined]
        return value(cls)

    return made
