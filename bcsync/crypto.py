"""Secrets in the database: a text field encrypted with Fernet, keys from the environment, rotatable."""

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


def keyring() -> MultiFernet:
    """The keys of ENCRYPTION_KEYS, newest first; a development machine derives one from its SECRET_KEY."""
    keys = settings.ENCRYPTION_KEYS or [
        base64.urlsafe_b64encode(hashlib.sha256(settings.SECRET_KEY.encode()).digest()).decode()
    ]
    return MultiFernet([Fernet(key) for key in keys])


class EncryptedTextField(models.TextField):
    """Text that is encrypted at rest. Never searchable; blank stays blank."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if not value:
            return value
        try:
            return keyring().decrypt(value.encode()).decode()
        except InvalidToken:
            raise ImproperlyConfigured(
                f"{self.model.__name__}.{self.name} was encrypted with a key that ENCRYPTION_KEYS no longer has; "
                "add the old key at the end of the list."
            ) from None

    def value_to_string(self, obj: models.Model) -> str:
        """A dump of the database holds no secret: it is entered again where the dump is loaded."""
        return ""

    def get_prep_value(self, value: str | None) -> str | None:
        return keyring().encrypt(value.encode()).decode() if value else value
