"""Signing in by user name and password; whoever is signed in comes with the own setting for dates and numbers."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend


class WithReaderSetting(ModelBackend):
    """Django's own, but a page asks for user and setting in one query."""

    def get_user(self, user_id: Any) -> Any:
        users = get_user_model()._default_manager.select_related("reader_setting")
        user = users.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
