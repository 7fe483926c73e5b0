"""The glossary and its tips; whom the page for who may not names."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory

from stores.glossary import TERMS
from tests.pages import data

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


def test_every_word_has_a_plain_text_and_an_owner(viewer: Client) -> None:
    text = viewer.get("/glossary/").content.decode()
    for term in TERMS.values():
        assert term.whose in ("BigCommerce", "Business Central", "bcsync")
        assert 20 < len(term.text) < 220, term.word
        assert f'id="{term.word.lower().replace(" ", "-")}"' in text


def test_every_tip_of_the_pages_is_in_the_glossary() -> None:
    used = {word for path in TEMPLATES.rglob("*.html") for word in re.findall(r'{% term "([^"]+)"', path.read_text())}
    assert len(used) > 10
    assert used - set(TERMS) == set()


def test_two_tips_of_a_page_have_two_names() -> None:
    request = RequestFactory().get("/")
    tip = Template('{% load glossary %}{% term "metafield" %}{% term "metafield" "Metafields" %}')
    text = tip.render(Context({"request": request}))
    assert (re.findall(r'popovertarget="([^"]+)"', text), re.findall(r' id="([^"]+)"', text)) == (
        ["tip-1", "tip-2"],
    ) * 2
    assert ">Metafields</button>" in text


def test_an_unknown_word_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Template('{% load glossary %}{% term "nonsense" %}').render(Context({}))


def test_who_may_not_is_told_whom_to_ask(signed_in: Any) -> None:
    data.user("administrator", "freya")
    data.store()
    answer = signed_in("viewer").post("/stores/k3v9x1q7p2/readiness/check/")
    assert answer.status_code == 403
    assert "<bdi>freya</bdi>" in answer.content.decode()
    nobody = signed_in("").get("/").content.decode()
    assert "<bdi>freya</bdi>" not in nobody
