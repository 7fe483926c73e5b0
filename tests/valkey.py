"""The broker that tests start for themselves where TEST_REDIS_URL names none."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bcsync.embedded.broker import own_broker


@contextmanager
def own_valkey(directory: Path) -> Iterator[str]:
    """A Redis or Valkey of our own while the block runs; gives its URL."""
    with own_broker(directory, durable=False) as url:
        yield url
