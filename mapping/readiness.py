"""Whether a Business Central customer can be created in BigCommerce, and if not, every reason why."""

from collections.abc import Sequence
from dataclasses import dataclass

from bcsync.clients.business_central_record import BusinessCentralRecord
from mapping.evaluate import Target
from mapping.store_facts import StoreFacts

DEFAULT_REQUIRED = ("email", "first_name", "surname", "address_line1", "city", "country_iso")


@dataclass(frozen=True, slots=True)
class Reason:
    """code is stable ("missing-email"), field and page are Business Central's own names; str() is the sentence."""

    code: str
    field: str
    page: str
    text: str

    def __str__(self) -> str:
        return self.text


def readiness(
    record: BusinessCentralRecord, target: Target, store: StoreFacts, required: Sequence[str] = DEFAULT_REQUIRED
) -> list[Reason]:
    """Every reason why record cannot be created in this store; [] is ready. Ship-to addresses are judged alone."""
    raise NotImplementedError


def ship_to_readiness(
    record: BusinessCentralRecord, target: Target, store: StoreFacts
) -> dict[str, list[Reason]]:
    """source -> every reason, for each ship-to address that cannot go; ready ones are absent."""
    raise NotImplementedError
