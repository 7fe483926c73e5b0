"""The tables: both mirrors, links, runs, recurring tasks. One file each."""

from customers.models.alarms import Alarm, Digest, Look
from customers.models.bigcommerce import (
    AddressFormField,
    Customer,
    CustomerAddress,
    CustomerAttribute,
    CustomerFormField,
    CustomerGroup,
    CustomerMetafield,
)
from customers.models.business_central import BusinessCentralCustomer, BusinessCentralPhone
from customers.models.counts import StoreCount
from customers.models.decisions import Conflict, Decision, LeftOut, RefusedPair, Trouble
from customers.models.drift import DriftReading
from customers.models.exports import Export
from customers.models.links import AddressLink, Link
from customers.models.readiness import NotReady, ReadinessCheck
from customers.models.runs import Run, RunRecord
from customers.models.saved_views import SavedView
from customers.models.schedules import RecurringTask

__all__ = [
    "AddressFormField",
    "AddressLink",
    "Alarm",
    "BusinessCentralCustomer",
    "BusinessCentralPhone",
    "Conflict",
    "Customer",
    "CustomerAddress",
    "CustomerAttribute",
    "CustomerFormField",
    "CustomerGroup",
    "CustomerMetafield",
    "Decision",
    "Digest",
    "DriftReading",
    "Export",
    "LeftOut",
    "Link",
    "Look",
    "NotReady",
    "ReadinessCheck",
    "RecurringTask",
    "RefusedPair",
    "Run",
    "RunRecord",
    "SavedView",
    "StoreCount",
    "Trouble",
]
