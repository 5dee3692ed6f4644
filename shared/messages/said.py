"""What the services say, read by its types alone.

Only services may write to these topics of Kafka, and what they decide comes from what was checked at the edge. Whoever
hears it needs the fields: so beside each model of ``fields.Decision`` stands a struct with the same fields and types,
which is read in a sixth of the time. What does not fit its struct is read by the model, which says why. The embedded
stack reads the models, and so every test that plays a year there shows that what the services say keeps the limits.

A field that is not known here is passed over, by struct and model: while services are upgraded one after another, those
of the new version say more than those of the old one know. From outside such a field stays an error.
"""

from datetime import datetime
from functools import cache, partial, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

import msgspec
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shared.messages.fields import Data


class Said(msgspec.Struct, frozen=True):
    """The data of an event that a service has said, as ``fields.Data``; what it is called by comes from the model."""

    type: ClassVar[str]
    keyed_by: ClassVar[str | None]

    def key(self, fund_id: str) -> str:
        """Give the Kafka key, as the model does."""
        return fund_id if self.keyed_by is None else str(getattr(self, self.keyed_by))


class SaidEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """The attributes of a service's CloudEvent; ``decoder_of`` adds its ``data``."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    subject: str | None = None
    datacontenttype: Literal["application/json"] | None = None
    traceparent: str | None = None
    tracestate: str | None = None
    causationid: str | None = None


@cache
def decoder_of(model: type[Data]) -> msgspec.json.Decoder[Any]:
    """Reads the CloudEvents of a model. Raises msgspec.MsgspecError, ValueError or RecursionError for others."""
    envelope = msgspec.defstruct(
        f"{model.__name__}Envelope", [("data", struct_of(model))], bases=(SaidEnvelope,), frozen=True, kw_only=True
    )
    return msgspec.json.Decoder(envelope)


@cache
def struct_of(model: type[BaseModel]) -> type[msgspec.Struct]:
    """The struct with a model's fields, their types and its properties, without limits and validators."""
    fields = [(name, _by_types(field.annotation), _default(field)) for name, field in model.model_fields.items()]
    properties = {name: found for name, found in vars(model).items() if isinstance(found, property)}
    said = {"type": model.type, "keyed_by": model.keyed_by, **properties} if issubclass(model, Data) else {}
    return msgspec.defstruct(
        model.__name__,
        fields,
        bases=(Said if said else msgspec.Struct,),
        namespace=said,
        frozen=True,
        kw_only=True,
    )


def _default(field: FieldInfo) -> Any:  # noqa: ANN401 - of any kind
    if field.is_required():
        return msgspec.field()
    return msgspec.field(default_factory=partial(field.get_default, call_default_factory=True))


def _by_types(annotation: Any) -> Any:  # noqa: ANN401 - annotations are of any kind
    """An annotation without limits, with structs for models."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return struct_of(annotation)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _by_types(args[0])
    if origin is None or origin is Literal:
        return annotation
    inner = [_by_types(each) for each in args]
    return reduce(or_, inner) if origin in (Union, UnionType) else origin[tuple(inner)]
