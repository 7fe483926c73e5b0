"""rotate_keys: encrypts every stored secret again with the first of ENCRYPTION_KEYS, so that an old key can go."""

from argparse import ArgumentParser
from typing import Any

from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import Model

from bcsync.crypto import EncryptedTextField


class Command(BaseCommand):
    help = "Encrypt every stored secret again with the newest key. --new-key only prints a fresh key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--new-key", action="store_true", help="print a fresh key for ENCRYPTION_KEYS and end")

    def handle(self, **options: Any) -> None:
        if options["new_key"]:
            self.stdout.write(Fernet.generate_key().decode())
            return
        with transaction.atomic():
            counts = {model._meta.verbose_name: rotate(model) for model in apps.get_models() if encrypted(model)}
        told = ", ".join(f"{count} × {name}" for name, count in counts.items())
        self.stdout.write(f"Encrypted with the newest key: {told}.")


def encrypted(model: type[Model]) -> list[str]:
    """Names of the model's encrypted fields."""
    return [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]


def rotate(model: type[Model]) -> int:
    """Read with whichever key fits and write with the first. Returns how many rows."""
    rows = list(model._default_manager.all())
    model._default_manager.bulk_update(rows, encrypted(model), batch_size=500)
    return len(rows)
