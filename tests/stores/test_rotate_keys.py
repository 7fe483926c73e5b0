"""rotate_keys: after it the old key can go."""

import io
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection

from stores.models import BusinessCentralCompany, Store

pytestmark = pytest.mark.django_db


def stored() -> list[str]:
    """The secrets as they lie in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token FROM stores_store")
        return [row[0] for row in cursor.fetchall()]


def test_secrets_are_encrypted_again_with_the_newest_key(store: Store, settings: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [old]
    store.save()
    store.company.save()
    before = stored()
    assert store.access_token not in before[0]
    settings.ENCRYPTION_KEYS = [new, old]

    call_command("rotate_keys", stdout=io.StringIO())

    settings.ENCRYPTION_KEYS = [new]
    assert stored() != before
    assert Store.objects.get().access_token == store.access_token
    assert BusinessCentralCompany.objects.get().client_secret == store.company.client_secret
    settings.ENCRYPTION_KEYS = [old]
    with pytest.raises(ImproperlyConfigured, match=r"Store\.access_token was encrypted with a key"):
        Store.objects.get()


def test_a_new_key_is_only_printed() -> None:
    printed = io.StringIO()
    call_command("rotate_keys", "--new-key", stdout=printed)
    assert Fernet(printed.getvalue().strip())
