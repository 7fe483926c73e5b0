"""What a person chose for dates, numbers and times; what is left open is as the browser says."""

from django.conf import settings
from django.db import models


class ReaderSetting(models.Model):
    """locale: a language tag with its region, for instance de-AT. zone: a name like Europe/Vienna. Blank: as said."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="reader_setting"
    )
    locale = models.CharField("language and region", max_length=20, blank=True)
    zone = models.CharField("time zone", max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.locale or 'as the browser says'}, {self.zone or 'as the browser says'}"
