"""What a drift check read otherwise than the mirrors have it: kept between its slices, forgotten at its end."""

from django.db import models

from customers.models.runs import Run
from stores.models import Store


class DriftReading(models.Model):
    """One row of a vendor as a drift check read it. data: the vendor's, None for one that it does not have."""

    class Kind(models.TextChoices):
        BUSINESS = "business", "Business Central customer"
        METAFIELD = "metafield", "Metafield"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="readings")
    kind = models.CharField(max_length=10, choices=Kind)
    owner = models.CharField(max_length=64, help_text="id of the Business Central or the BigCommerce customer")
    key = models.CharField(max_length=64, blank=True, help_text="the metafield's id")
    data = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["run", "kind", "owner"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.owner}"

    @classmethod
    def forget(cls, store: Store) -> None:
        """Forget what checks of this store read that are not at work; one that is resumed begins anew."""
        rows = cls.objects.filter(run__store=store).exclude(run__status__in=Run.ACTIVE)
        for run in Run.objects.filter(pk__in=rows.values("run")):
            run.cursor.pop("feed", None)
            run.save(update_fields=["cursor"])
        rows.delete()
