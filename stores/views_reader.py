"""Region and time zone: how dates, times, numbers and phone numbers are written for the person who is signed in."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pycountry
from django import forms
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from stores import written
from stores.models import ReaderSetting
from stores.reader import of as reader_of
from stores.reader import of_request, reading, zones
from stores.roles import role

# Where merchants and their people are; whoever else is missing has the browser's own.
TAGS = [
    "ar-AE",
    "ar-SA",
    "bg-BG",
    "cs-CZ",
    "cy-GB",
    "da-DK",
    "de-AT",
    "de-CH",
    "de-DE",
    "el-GR",
    "en-AU",
    "en-CA",
    "en-GB",
    "en-IE",
    "en-IN",
    "en-NZ",
    "en-US",
    "en-ZA",
    "es-AR",
    "es-CO",
    "es-ES",
    "es-MX",
    "et-EE",
    "fi-FI",
    "fr-BE",
    "fr-CA",
    "fr-CH",
    "fr-FR",
    "ga-IE",
    "he-IL",
    "hi-IN",
    "hr-HR",
    "hu-HU",
    "id-ID",
    "is-IS",
    "it-CH",
    "it-IT",
    "ja-JP",
    "ko-KR",
    "lt-LT",
    "lv-LV",
    "nb-NO",
    "nl-BE",
    "nl-NL",
    "pl-PL",
    "pt-BR",
    "pt-PT",
    "ro-RO",
    "sk-SK",
    "sl-SI",
    "sv-SE",
    "th-TH",
    "tr-TR",
    "uk-UA",
    "vi-VN",
    "zh-CN",
    "zh-TW",
]
SAMPLE = datetime(2026, 12, 31, 14, 5, tzinfo=UTC)


def locale_choices() -> Iterator[tuple[str, str]]:
    """(tag, its name with a sample of how things are written)."""
    yield "", "As my browser says"
    for tag in TAGS:
        with reading(reader_of(None, tag, "UTC")):
            sample = f"{written.moment(SAMPLE)} · {written.number(1234.5, 1)}"
        language, country = (
            LANG_INFO.get(tag[:2], LANG_INFO.get(tag.lower(), {})),
            pycountry.countries.get(alpha_2=tag[3:]),
        )
        name = "Chinese" if tag.startswith("zh") else str(language["name"]).partition(" (")[0]
        yield tag, f"{name} ({getattr(country, 'common_name', '') or getattr(country, 'name', tag)}): {sample}"


def zone_choices(*more: str) -> list[tuple[str, str]]:
    """The zones that have a name of a place, the installation's own, and those named."""
    named = {name for name in zones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))}
    found = sorted(named | {"UTC", settings.TIME_ZONE} | (set(more) & zones()))
    return [("", "As my browser says"), *((name, name.replace("_", " ")) for name in found)]


class ReaderForm(forms.ModelForm):
    """Both may be left to the browser."""

    locale = forms.ChoiceField(label="Language and region", required=False)
    zone = forms.ChoiceField(label="Time zone", required=False)

    class Meta:
        model = ReaderSetting
        fields = ("locale", "zone")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = {"locale": list(locale_choices()), "zone": zone_choices(self.instance.zone)}
        for name, found in choices.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]
            self.fields[name].widget.attrs["class"] = "form-select"


@role(get="viewer", post="viewer")
def reader_setting(request: HttpRequest) -> HttpResponse:
    """Kept with the person, so it holds in every browser; the words of the pages stay English."""
    user: Any = request.user
    row = ReaderSetting.objects.filter(user=user).first() or ReaderSetting(user=user)
    form = ReaderForm(request.POST if request.method == "POST" else None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved. Dates, times and numbers are written so from now on, in every browser.")
        return redirect("reader_setting")
    context = {"form": form, "reader": of_request(request), "now": datetime.now(UTC), "sample": 1234567.8}
    return render(request, "stores/reader_setting.html", context, status=400 if form.errors else 200)
