"""Django application `customers`."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

from customers import counts, text_indexes


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        pre_migrate.connect(counts.forget_triggers, sender=self, dispatch_uid="customers.forget_triggers")
        post_migrate.connect(counts.keep_counts, sender=self, dispatch_uid="customers.keep_counts")
        post_migrate.connect(text_indexes.keep_indexes, sender=self, dispatch_uid="customers.text_indexes")
