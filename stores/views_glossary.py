"""The glossary: every word of the vendors, and of ours, that pages use."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from stores.glossary import TERMS
from stores.roles import role


@role(get="viewer")
def glossary(request: HttpRequest) -> HttpResponse:
    """All words in the order of the alphabet."""
    terms = sorted(TERMS.values(), key=lambda term: term.word.lower())
    return render(request, "stores/glossary.html", {"here": "glossary", "terms": terms})
