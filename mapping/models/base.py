"""What every table of the set-up has in common: a store, a check before saving, a record of each change."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models, transaction

from mapping import setup
from mapping.models import open_changes
from mapping.models.changes import SetupChange
from mapping.setup_parts import Problem
from mapping.values import storable


class Protected(ValidationError):
    """A row that cannot be deleted, with the reason as a sentence."""


class SetupQuerySet(models.QuerySet[Any]):
    """Deletes row by row, so that protection and the record of changes hold; refuses what would go past them."""

    def delete(self) -> tuple[int, dict[str, int]]:
        rows = list(self)
        with transaction.atomic():
            for row in rows:
                row.delete()
        return len(rows), {self.model._meta.label: len(rows)} if rows else {}

    delete.alters_data = True  # type: ignore[attr-defined]

    def update(self, **values: Any) -> int:
        raise TypeError("Save each row of a set-up on its own: its change is recorded.")

    def bulk_create(self, *args: Any, **options: Any) -> Any:
        raise TypeError("Save each row of a set-up on its own: its change is recorded.")

    def bulk_update(self, *args: Any, **options: Any) -> Any:
        raise TypeError("Save each row of a set-up on its own: its change is recorded.")


class SetupRow(models.Model):
    """A row of a store's set-up. Set changed_by (a user) and changed_via before saving or deleting, see `record`."""

    # The fields that make a row the same row, and all fields of the JSON document of export_setup.
    KEY: ClassVar[tuple[str, ...]]
    FIELDS: ClassVar[tuple[str, ...]]
    store: Any
    store_id: Any
    changed_by: Any = None
    changed_via: str = ""

    objects = SetupQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def setup_key(self) -> str:
        """The row as problems and traces name it."""
        raise NotImplementedError

    @staticmethod
    def notes_of(store: Any) -> list[tuple[str, str]]:
        """(row, sentence) of all that is wrong with the whole set-up, what the company does not offer included."""
        return [(problem.row, problem.text) for problem in setup.setup_of(store).problems]

    def why_protected(self) -> str:
        """Why this row cannot be deleted, "" when it can."""
        return ""

    def why_fixed(self) -> list[str]:
        """Why this row, which is stored already, cannot be saved as it is now; [] when it can."""
        return []

    def clean_shape(self) -> None:
        """Refuse what no database stores, and JSON of another shape than the field's; raises ValidationError."""
        wrong = [name for name, value in self.as_document().items() if not storable(value)]
        if wrong:
            words = "It has what cannot be stored: NUL, half a pair of a character, Infinity or NaN."
            raise ValidationError(dict.fromkeys(wrong, words))

    def natural_key(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.KEY)

    def as_document(self) -> dict[str, Any]:
        """The row as JSON-able values, without the store."""
        return {name: getattr(self, name) for name in self.FIELDS}

    def clean(self) -> None:
        """Refuse what cannot work, in words, at the field. What the company does not offer yet is no refusal."""
        super().clean()
        self.clean_shape()
        found: dict[str, list[str]] = {}
        for problem in self.problems():
            if problem.blocks:
                found.setdefault(problem.field if hasattr(self, problem.field) else "__all__", []).append(problem.text)
        if found:
            raise ValidationError(found)

    def problems(self) -> list[Problem]:
        """What is wrong with this row as it is, among the other rows of its store; notes included."""
        if self.store_id is None:
            return []
        # A store without rows yet has the defaults, and this row is checked among them.
        setup.ensure_defaults(self.store)
        whole = setup.with_problems(self.store, setup.read_setup(self.store, [self]))
        return [problem for problem in whole.problems if problem.row == self.setup_key]

    def save(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            old = type(self)._base_manager.filter(pk=self.pk).first() if self.pk else None
            whole = open_changes.before_change(self.store)
            super().save(*args, **options)
            self._record(old.as_document() if old else {}, self.as_document(), whole)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        why = self.why_protected()
        if why:
            raise Protected(why)
        with transaction.atomic():
            self._record(self.as_document(), {}, open_changes.before_change(self.store))
            return super().delete(*args, **options)

    def _record(self, before: dict[str, Any], after: dict[str, Any], whole: dict[str, Any] | None) -> None:
        action = "changed" if before and after else "created" if after else "deleted"
        names = [name for name in self.FIELDS if before.get(name) != after.get(name) or action != "changed"]
        if names:
            open_changes.changed(self.store, whole, self.changed_by)
            SetupChange.objects.create(
                store=self.store,
                by=self.changed_by,
                via=self.changed_via,
                kind=str(self._meta.verbose_name),
                row=str(self)[:400],
                row_pk=self.pk,
                action=action,
                before={name: before[name] for name in names if name in before},
                after={name: after[name] for name in names if name in after},
            )


def said_by(row: SetupRow, by: Any, via: str) -> SetupRow:
    """The row, with who is about to save or delete it. by: a user or None; via: page, admin, import_setup."""
    row.changed_by, row.changed_via = by if getattr(by, "is_authenticated", False) else None, via
    return row
