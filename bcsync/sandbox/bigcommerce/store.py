"""One BigCommerce store in the sandbox: its data, and the doors by which a test changes it like a human."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bcsync.sandbox.world import World


class StoreSide:
    """A store by hash."""

    def __init__(self, world: "World", hash: str, **options: Any) -> None:
        self.world, self.hash, self.options = world, hash, options

    def generate(self, count: int, seed: int = 0, **options: Any) -> None:
        """Fill the store with `count` made-up customers."""
        raise NotImplementedError

    def state(self, ids: bool = True) -> dict[str, Any]:
        """The store's business state; see World.state."""
        return {}
