"""The form of a recurring task: when it runs, and per job what it looks at (which a job without filters has not)."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.conf import settings

from customers import moments
from customers.filter_counts import TO_MAP
from customers.forms import AddCustomersForm, dress
from customers.models import Customer, CustomerGroup, RecurringTask, Run
from customers.moments import Cron, Interval, NotUnderstood
from customers.schedule_scopes import LAST_TIME
from stores.models import Store

INTERVAL, TIME_OF_DAY, CRON = "interval", "time", "cron"
UNITS = {"minutes": 1, "hours": 60, "days": 1440}
LONGEST_DAYS = 366
DAYS = {"*": "every day", "1-5": "Monday to Friday"} | {
    str(place): name for place, name in (*list(enumerate(moments.DAY_NAMES))[1:], (0, moments.DAY_NAMES[0]))
}
Scope = dict[str, Any]


class WhenForm(forms.Form):
    """Every so often, at a time of the day, or cron; `store_in` puts it into a task."""

    repeat = forms.ChoiceField(
        label="Runs",
        choices=[(INTERVAL, "every so often"), (TIME_OF_DAY, "at a time of the day"), (CRON, "by a cron expression")],
        widget=forms.RadioSelect,
    )
    every = forms.IntegerField(label="Every", min_value=1, max_value=LONGEST_DAYS * 1440, required=False)
    unit = forms.ChoiceField(label="Unit", choices=[(unit, unit) for unit in UNITS])
    time = forms.TimeField(label="At", required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    days = forms.ChoiceField(label="On", choices=list(DAYS.items()))
    cron = forms.CharField(
        label="Cron", max_length=100, required=False,
        help_text="minute hour day-of-the-month month weekday; 0 4 * * mon-fri is Monday to Friday at 04:00",
    )  # fmt: skip
    time_zone = forms.ChoiceField(
        label="Time zone", help_text="Of the time of the day and of cron; daylight saving is heeded."
    )

    def __init__(self, data: Any = None, *, task: RecurringTask | None = None) -> None:
        super().__init__(data, auto_id="when-%s", initial=_when(task))
        self.fields["time_zone"].choices = [(name, name) for name in zones(task)]  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            if name != "repeat":
                dress(name, field)

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        repeat = values.get("repeat")
        if repeat == INTERVAL and "every" in values and not values["every"]:
            self.add_error("every", "Say every how many minutes, hours or days.")
        elif repeat == INTERVAL and values.get("every"):
            values["every_minutes"] = values["every"] * UNITS[values.get("unit", "minutes")]
            if values["every_minutes"] > LONGEST_DAYS * 1440:
                self.add_error("every", "Once a year is the longest.")
        elif repeat == TIME_OF_DAY and values.get("time"):
            values["cron"] = f"{values['time'].minute} {values['time'].hour} * * {values.get('days', '*')}"
        elif repeat == TIME_OF_DAY and "time" in values:
            self.add_error("time", "Say at which time, like 02:30.")
        elif repeat == CRON and "time_zone" in values:
            self._check(values)
        return values

    def _check(self, values: dict[str, Any]) -> None:
        try:
            values["cron"] = moments.cron(values.get("cron", ""), ZoneInfo(values["time_zone"])).text
        except NotUnderstood as error:
            self.add_error("cron", str(error))

    def store_in(self, task: RecurringTask) -> bool:
        """Put what was chosen into the task. Returns whether that changes when it is due."""
        values, before = self.cleaned_data, (task.every_minutes, task.cron, task.time_zone)
        interval = values["repeat"] == INTERVAL
        task.every_minutes = values["every_minutes"] if interval else None
        task.cron = "" if interval else values["cron"]
        task.time_zone = values["time_zone"]
        return before != (task.every_minutes, task.cron, task.time_zone)


def zones(task: RecurringTask | None) -> list[str]:
    """The zones that have a name of a place, with the pages' own and the task's."""
    named = {name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))}
    return sorted(named | {"UTC", settings.TIME_ZONE} | ({task.time_zone} if task else set()))


def _when(task: RecurringTask | None) -> dict[str, Any]:
    """How the form shows a task's interval or cron; a cron of one time of the day as that."""
    found: dict[str, Any] = {"repeat": INTERVAL, "every": 5, "unit": "minutes", "time": datetime.time(2, 30),
                             "days": "*", "time_zone": task.time_zone if task else settings.TIME_ZONE}  # fmt: skip
    if task is None or not (task.every_minutes or task.cron):
        return found
    try:
        when = task.when
    except NotUnderstood:
        return {**found, "repeat": CRON, "cron": task.cron}
    if isinstance(when, Interval):
        unit = next(unit for unit, size in reversed(UNITS.items()) if when.minutes % size == 0)
        return {**found, "every": when.minutes // UNITS[unit], "unit": unit}
    days = when.text.split()[4]
    if _is_time_of_day(when) and days in DAYS:
        time = datetime.time(min(when.hours), min(when.minutes))
        return {**found, "repeat": TIME_OF_DAY, "time": time, "days": days, "cron": when.text}
    return {**found, "repeat": CRON, "cron": when.text}


def _is_time_of_day(when: Cron) -> bool:
    return len(when.hours) == len(when.minutes) == 1 and when.text.split()[2:4] == ["*", "*"]


class ScopeForm(forms.Form):
    """What a job looks at; this one is of the jobs that have no filter. `scope()` is what a task keeps."""

    # Of the fields, the check boxes, which stand beside their label.
    ticks: tuple[str, ...] = ()

    def __init__(self, data: Any, store: Store, kind: str) -> None:
        super().__init__(data, auto_id="scope-%s")
        self.kind = kind
        for name, field in self.fields.items():
            dress(name, field)

    def scope(self) -> Scope:
        return {name: value for name, value in self.cleaned_data.items() if value}


def _days_field() -> forms.IntegerField:
    return forms.IntegerField(
        label="Changed in the last … days", min_value=1, max_value=3650, required=False, help_text="counted at each run"
    )


class ImportForm(ScopeForm):
    since = forms.ChoiceField(
        label="Reads", required=False,
        choices=[("", "all customers"), (LAST_TIME, "what changed since the last time"), ("date", "since a day")],
    )  # fmt: skip
    modified_since = forms.DateField(label="Changed since", required=False, help_text="for the last choice")

    def clean(self) -> Scope:
        since_a_day = self.cleaned_data.get("since") == "date"
        if since_a_day and "modified_since" in self.cleaned_data and not self.cleaned_data["modified_since"]:
            self.add_error("modified_since", "Say since which day.")
        return self.cleaned_data

    def scope(self) -> Scope:
        since = self.cleaned_data.get("since")
        if since == "date":
            return {"modified_since": f"{self.cleaned_data['modified_since'].isoformat()}T00:00:00+00:00"}
        return {"since": since} if since else {}


class ShoppersForm(ScopeForm):
    """Update and Try Mapping: filters over the store's customers, as on the page Customers."""

    status = forms.ChoiceField(label="Status", required=False)
    country = forms.CharField(label="Country", max_length=2, required=False, help_text="ISO code, like GB")
    group = forms.ChoiceField(label="Customer group", required=False)
    search = forms.CharField(label="Search", max_length=200, required=False)
    changed_since = forms.DateField(label="Changed since", required=False)
    within_days = _days_field()

    def __init__(self, data: Any, store: Store, kind: str) -> None:
        super().__init__(data, store, kind)
        groups = CustomerGroup.objects.filter(store=store).order_by("name").values_list("remote_id", "name")
        self.fields["group"].choices = [("", "Any"), *((str(key), name) for key, name in groups)]  # type: ignore[attr-defined]
        statuses = [(status.value, status.label) for status in Customer.Status if status in TO_MAP]
        self.fields["status"].choices = [("", "Any that is not linked"), *statuses]  # type: ignore[attr-defined]
        if kind != Run.Kind.TRY_MAPPING:
            del self.fields["status"]

    def scope(self) -> Scope:
        values = super().scope()
        if "status" in values:
            values["status"] = [values["status"]]
        if "country" in values:
            values["country"] = values["country"].upper()
        if "changed_since" in values:
            values["changed_since"] = values["changed_since"].isoformat()
        return values


class ScheduledAddForm(AddCustomersForm):
    """Add Customers' own filter; who is welcomed by e-mail is no choice of a task."""

    ticks = ("only_ready",)
    within_days = _days_field()

    def __init__(self, data: Any, store: Store, kind: str) -> None:
        super().__init__(data, store, [store])
        self.kind = kind
        del self.fields["store"], self.fields["welcome_email"]

    def clean(self) -> Scope:
        if "channel_id" in self.fields and not self.cleaned_data.get("channel_id"):
            self.add_error("channel_id", "Choose the storefront that the customers are created in.")
        return self.cleaned_data


FORMS: dict[str, type[Any]] = {
    Run.Kind.IMPORT_CUSTOMERS: ImportForm,
    Run.Kind.TRY_MAPPING: ShoppersForm,
    Run.Kind.UPDATE_CUSTOMERS: ShoppersForm,
    Run.Kind.ADD_CUSTOMERS: ScheduledAddForm,
}


def scope_form(kind: str, store: Store, data: Any) -> Any:
    """The form over what this job looks at. data: the fields by their names, from a POST, a query or `values_of`."""
    return FORMS.get(kind, ScopeForm)(data, store, kind)


def values_of(scope: Scope) -> Scope:
    """A saved scope as the fields of its form."""
    values = {name: value[0] if isinstance(value, list) and value else value for name, value in scope.items()}
    if "modified_since" in values:
        values |= {"since": "date", "modified_since": str(values["modified_since"])[:10]}
    return values
