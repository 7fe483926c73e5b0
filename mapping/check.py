"""What cannot work in a set-up, at the row and in words. Pure; forms, the admin and import_setup all ask it."""

from bcsync.clients.business_central_capabilities import Capabilities
from mapping.setup_parts import Problem, Setup
from mapping.store_facts import StoreFacts


def problems(setup: Setup, facts: StoreFacts, capabilities: Capabilities | None = None) -> list[Problem]:
    """Everything that is wrong with a whole set-up, notes (blocks=False) included."""
    return []
