"""One Business Central company in the sandbox: its data, and the doors by which a test changes it like a human."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bcsync.sandbox.world import World


class CompanySide:
    """A company under tenant/environment. Options are kept by the world and given again after a restart."""

    def __init__(self, world: "World", key: str, tenant: str, environment: str, name: str, **options: Any) -> None:
        self.world, self.key, self.tenant, self.environment, self.name = world, key, tenant, environment, name
        self.options = options

    def generate(self, count: int, seed: int = 0, **options: Any) -> None:
        """Fill the company with `count` made-up customers."""
        raise NotImplementedError

    def state(self, ids: bool = True) -> dict[str, Any]:
        """The company's business state; see World.state."""
        return {}
