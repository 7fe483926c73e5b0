"""The watchdog's mails: one digest, at most one an hour per recipient, only when something is new or was mended.

A mail server that refuses or does not answer becomes an alarm on the pages; the watchdog goes on.
"""

import logging
import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import mail
from django.template.loader import render_to_string

from customers.alarms import Line, concerning, lines, open_alarms, plain
from customers.models import Alarm, Digest, Run
from stores import written
from stores.models import Store
from stores.reader import Reader, of, reading

logger = logging.getLogger("bcsync.watchdog")

EVERY = timedelta(hours=1)
TRY_AGAIN = timedelta(minutes=10)
MOST_RUNS = 20
FAILURES = (Run.Status.WITH_ERRORS, Run.Status.CRASHED)
# Of the mail itself: on the pages only.
ABOUT_MAIL = "mail_failed"


@dataclass(frozen=True)
class News:
    """For one recipient, since the last mail. passing: came and went meanwhile. still: told before and open.

    runs: that had failures, the first of them; more_runs: how many others had, too.
    """

    new: Sequence[Line]
    mended: Sequence[Line]
    passing: Sequence[Line]
    still: Sequence[Line]
    runs: Sequence[Run]
    more_runs: int = 0

    @property
    def worth_a_mail(self) -> bool:
        return bool(self.new or self.mended or self.runs)


def send(now: datetime) -> int:
    """Tell whoever asked and is due. Returns how many mails went out."""
    wanted = recipients()
    Digest.objects.exclude(email__in=wanted).delete()
    known = set(Digest.objects.values_list("email", flat=True))
    missing = [Digest(email=email, next_at=now) for email in wanted if email not in known]
    Digest.objects.bulk_create(missing, ignore_conflicts=True)
    sent = 0
    for row in Digest.objects.filter(next_at__lte=now).order_by("email"):
        found = news(wanted[row.email], row.told_until, now)
        if found.worth_a_mail and _claimed(row, now):
            if not _sent(row, found, now):
                # A mail server that does not answer holds a look up once, not once for each recipient.
                break
            sent += 1
        elif row.problem and _claimed(row, now) and not _problem(_reach):
            # What could not be told is over, and the mail server answers again.
            Digest.objects.filter(pk=row.pk).update(problem="")
    return sent


def recipients() -> dict[str, list[Store]]:
    """Address -> the stores it is told about."""
    found: dict[str, list[Store]] = {}
    for store in Store.objects.select_related("company").exclude(alarm_emails=[]):
        for email in store.alarm_emails:
            found.setdefault(str(email), []).append(store)
    return found


def news(stores: Sequence[Store], since: datetime | None, now: datetime) -> News:
    """What these stores' recipient does not know yet. since: None for who was never told anything."""
    opened = [alarm for alarm in open_alarms(stores) if alarm.kind != ABOUT_MAIL]
    new = [alarm for alarm in opened if since is None or alarm.opened_at > since]
    closed: list[Alarm] = []
    if since is not None:
        mended = Alarm.objects.filter(concerning(stores), closed_at__gt=since).exclude(kind=ABOUT_MAIL)
        closed = list(mended.select_related("store", "company"))
    telling = [store for store in stores if store.mail_run_failures]
    ended = Run.objects.filter(store__in=telling, status__in=FAILURES, finished_at__gt=since or now - EVERY)
    return News(
        new=lines(new, stores),
        mended=lines([alarm for alarm in closed if since and alarm.opened_at <= since], stores),
        passing=lines([alarm for alarm in closed if since and alarm.opened_at > since], stores),
        still=lines([alarm for alarm in opened if alarm not in new], stores),
        runs=list(ended.select_related("store").order_by("pk")[:MOST_RUNS]),
        more_runs=max(0, ended.count() - MOST_RUNS),
    )


def _claimed(row: Digest, now: datetime) -> bool:
    """Two who look at once write one mail; who dies while writing is followed up after ten minutes."""
    return bool(Digest.objects.filter(pk=row.pk, next_at=row.next_at).update(next_at=now + TRY_AGAIN))


def _sent(row: Digest, found: News, now: datetime) -> bool:
    with reading(_reader(row.email)):
        text = subject(found), body(found)
    problem = _problem(lambda: mail.send_mail(*text, settings.DEFAULT_FROM_EMAIL, [row.email]))
    if problem:
        Digest.objects.filter(pk=row.pk).update(problem=problem)
    else:
        Digest.objects.filter(pk=row.pk).update(next_at=now + EVERY, told_until=now, problem="")
    return not problem


def _reader(email: str) -> Reader:
    """With the setting of the person whose address it is; an address is all that is known of the others."""
    people = get_user_model().objects.filter(email__iexact=email, is_active=True).select_related("reader_setting")
    return of(people.order_by("pk").first())


def _problem(work: Callable[[], object]) -> str:
    """What the mail server, or the way to it, says against this; "" when it is done."""
    try:
        work()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        logger.error("the watchdog's mail could not be sent: %s", error)
        return plain(f"{type(error).__name__}: {error}")[:500]
    return ""


def _reach() -> None:
    connection = mail.get_connection()
    connection.open()
    connection.close()


def subject(found: News) -> str:
    """One line: how many of what, and the store where it is only one."""
    counted = [(len(found.new), "new"), (len(found.mended), "mended")]
    runs = len(found.runs) + found.more_runs
    counted.append((runs, "run with failures" if runs == 1 else "runs with failures"))
    said = ", ".join(f"{written.number(number)} {word}" for number, word in counted if number)
    where = {line.where for line in (*found.new, *found.mended)} | {
        run.store.name or run.store.hash for run in found.runs
    }
    only = plain(where.pop())[:60] if len(where) == 1 else ""
    return f"bcsync: {said}" + (f" ({only})" if only else "")


def body(found: News) -> str:
    """Plain text: what is new, what was mended, what came and went, what is still open."""
    parts = (
        ("New", found.new),
        ("Mended", found.mended),
        ("Came and went", found.passing),
        ("Still open", found.still),
    )
    context = {
        "parts": [part for part in parts if part[1]], "runs": found.runs, "more_runs": found.more_runs,
        "pages": settings.PAGES_URL,
    }  # fmt: skip
    return render_to_string("alarms/mail.txt", context)
