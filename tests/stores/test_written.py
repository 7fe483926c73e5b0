"""Dates, numbers and times in every locale that Django knows, and who counts as which reader."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores import reader, written
from stores.reader import Reader, as_the_browser_says, locales, of, reading

AT = datetime(2026, 11, 4, 13, 5, 9, tzinfo=UTC)
# header -> locale, region, day, time, number
READERS = [
    ("de-DE,de;q=0.9,en;q=0.8", "de", "DE", "04.11.2026", "13:05", "1.234.567,5"),
    ("de-AT", "de", "AT", "04.11.2026", "13:05", "1.234.567,5"),
    ("fr-FR", "fr", "FR", "04/11/2026", "13:05", "1\xa0234\xa0567,5"),
    ("fr-CA", "fr_CA", "CA", "2026-11-04", "13:05", "1\xa0234\xa0567,5"),
    ("en-GB", "en_GB", "GB", "4 Nov 2026", "13:05", "1,234,567.5"),
    ("en-US,en;q=0.9", "en", "US", "Nov 4, 2026", "1:05 PM", "1,234,567.5"),
    ("en-IN", "en_GB", "IN", "4 Nov 2026", "13:05", "1,234,567.5"),
    ("en-CA", "en_CA", "CA", "2026-11-04", "1:05 PM", "1\xa0234\xa0567.5"),
    ("ar", "ar", "", "04/11/2026", "1:05 PM", "1.234.567,5"),
    ("zh-Hans-CN", "zh_Hans", "CN", "2026/11/04", "13:05", "1,234,567.5"),
    ("es-419", "es", "", "04/11/2026", "13:05", "1\xa0234\xa0567,5"),
    ("fi-FI", "fi", "FI", "4.11.2026", "13.05", "1\xa0234\xa0567,5"),
    ("xx-YY, de;q=0.1", "de", "", "04.11.2026", "13:05", "1.234.567,5"),
]  # fmt: skip
NOBODY = ["", "*", "xx-YY", "de;q=abc", "../../etc/passwd", "de_DE\x00", "😀", ";;;,,,", "a" * 5000, "de-" + "x" * 400]


@pytest.mark.parametrize(("header", "locale", "region", "day", "time", "number"), READERS)
def test_everything_is_written_as_the_browser_asks(
    header: str, locale: str, region: str, day: str, time: str, number: str
) -> None:
    with reading(of(None, header, "UTC")):
        found = (reader.current().locale, reader.current().region, written.day(AT), written.time(AT))
        assert (*found, written.number(1234567.5)) == (locale, region, day, time, number)
        assert written.exact(AT) == f"{day} {written.time(AT, seconds=True)} UTC"


@pytest.mark.parametrize("header", NOBODY)
def test_a_header_that_says_nothing_is_like_none(header: str) -> None:
    assert as_the_browser_says(header) == (reader.DEFAULT_LOCALE, "")


@given(header=st.text(max_size=80), zone=st.text(max_size=40))
def test_no_header_and_no_cookie_breaks_a_page(header: str, zone: str) -> None:
    with reading(of(None, header, zone)):
        assert written.exact(AT)


def test_no_locale_puts_a_word_of_its_language_into_an_english_page() -> None:
    assert len(locales()) > 80
    for locale in locales():
        with reading(Reader(locale, "", UTC, True)):
            text = (
                f"{written.day(AT)} {written.day(AT, year=False)} {written.time(AT)} {written.time(AT, seconds=True)}"
            )
            words = set(re.findall(r"[^\W\d_]+", text))
            assert words <= ({"Nov", "PM"} if locale.startswith("en") else {"PM"}), locale
            assert {"2026", "04"} & set(re.findall(r"\d+", text)) or locale.startswith("en"), locale
            assert re.fullmatch(r"1[.,\xa0 ]234[.,\xa0 ]567[.,]5", written.number(1234567.5)), locale
            how = written.formats_of(locale)
            assert how.decimal != how.thousands, locale


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(0, None, "0"), (999, None, "999"), (-1204, None, "-1.204"), (2.345, 1, "2,3"), (99.96, 1, "100,0"),
     (1000, 0, "1.000"), (None, None, ""), ("many", None, "many"), (1e15, 0, "1.000.000.000.000.000")],
)  # fmt: skip
def test_numbers(value: object, decimals: int | None, shown: str) -> None:
    with reading(Reader("de")):
        assert written.number(value, decimals) == shown


@pytest.mark.parametrize(
    ("past", "words"),
    [(timedelta(seconds=20), "just now"), (timedelta(minutes=5), "5 min ago"), (timedelta(hours=3), "3 h ago"),
     (timedelta(days=2), "2 d ago"), (timedelta(days=30), "05.10.2026"), (-timedelta(minutes=3), "in 3 min")],
)  # fmt: skip
def test_moments_in_words(past: timedelta, words: str) -> None:
    with reading(of(None, "de-DE", "Europe/Berlin")):
        assert written.relative(AT - past, AT) == words


def test_the_reader_s_zone_decides_the_day_and_is_named_where_it_is_only_the_installation_s() -> None:
    late = datetime(2026, 11, 4, 23, 30, tzinfo=UTC)
    with reading(of(None, "de-DE", "Europe/Berlin")):
        assert (written.moment(late), written.exact(late)) == ("05.11.2026 00:30", "05.11.2026 00:30:00 CET")
    with reading(of(None, "de-DE", "Asia/Dubai")):
        assert written.exact(late).endswith("03:30:00 UTC+04")
    with reading(of(None, "de-DE", "Europe/../../etc/passwd")):
        assert written.moment(late) == "04.11.2026 23:30 UTC"


def test_a_kept_text_has_its_moments_written_for_the_reader_and_nothing_of_it_becomes_markup() -> None:
    text = f"Run 7 <b> was last heard of at {written.kept(AT)}; No. 2026-99-99 25:61 UTC stays."
    with reading(of(None, "de-DE", "Europe/Berlin")):
        assert written.said(text, plain=True).startswith("Run 7 <b> was last heard of at 04.11.2026 14:05; No. 2026-99")
        assert written.said(text).startswith(
            'Run 7 &lt;b&gt; was last heard of at <time datetime="2026-11-04T13:05:00+00:00" '
            'title="04.11.2026 14:05:00 CET">04.11.2026 14:05</time>; No. 2026-99-99 25:61 UTC stays.'
        )
