"""Django application `stores`."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from stores.roles import ensure_roles


class StoresConfig(AppConfig):
    name = "stores"

    def ready(self) -> None:
        post_migrate.connect(ensure_roles, dispatch_uid="stores.ensure_roles")
