"""Which topics each process of the cluster hears in a consumer group of its own."""

from services.all import SERVICES
from shared.effects.bank.collecting import HEARD
from shared.effects.bank.desk import NAME as BANK
from shared.effects.letters import NAME as LETTERS
from shared.events.clock import DayStarted
from shared.events.internal import NoticePrepared

HEARS = {service.name: frozenset(service.routes) | {DayStarted.type} for service in SERVICES} | {
    LETTERS: frozenset({NoticePrepared.type})
}
"""Of the services and the letters."""
HEARS_AT_BANK = {BANK: frozenset(record.type for record in HEARD)}
"""Of the process ``bank``, where there is one."""
