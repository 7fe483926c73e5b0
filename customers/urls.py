"""Addresses of customers and runs."""

from django.urls import path

from customers.views import (
    actions,
    add_customers,
    customer_card,
    customers,
    deciding,
    parked,
    review,
    run_actions,
    runs,
    undo,
)

urlpatterns = [
    path("customers/", customers.customers, name="customers"),
    path("stores/<slug:store_hash>/customers/", customers.store_customers, name="store_customers"),
    path("customers/<int:customer_id>/", customer_card.customer_card, name="customer_card"),
    path("customers/<int:customer_id>/factboxes/", customers.factboxes, name="factboxes"),
    path("customers/import/", actions.import_customers, name="import_customers"),
    path("customers/try-mapping/", actions.try_mapping, name="try_mapping"),
    path("customers/update/", actions.update_customers, name="update_customers"),
    path("customers/unmap/", deciding.unmap, name="unmap"),
    path("customers/skip/", deciding.skip, name="skip"),
    path("customers/unskip/", deciding.unskip, name="unskip"),
    path("stores/<slug:store_hash>/parked/", parked.parked, name="parked"),
    path("stores/<slug:store_hash>/parked/unpark/", parked.unpark, name="unpark"),
    path("customers/<int:customer_id>/map-to/", deciding.map_to, name="map_to"),
    path("stores/<slug:store_hash>/review/", review.review_page, name="review"),
    path("stores/<slug:store_hash>/review/link/", review.review_link, name="review_link"),
    path("stores/<slug:store_hash>/review/create/", review.review_create, name="review_create"),
    path("stores/<slug:store_hash>/review/bulk/", review.review_bulk, name="review_bulk"),
    path("customers/add/", add_customers.add_customers, name="add_customers"),
    path("customers/add/preview/", add_customers.preview, name="add_customers_preview"),
    path("runs/", runs.runs, name="runs"),
    path("stores/<slug:store_hash>/runs/", runs.store_runs, name="store_runs"),
    path("runs/<int:run_id>/", runs.run, name="run"),
    path("runs/<int:run_id>/progress/", runs.progress, name="run_progress"),
    path("runs/<int:run_id>/stop/", run_actions.stop, name="stop_run"),
    path("runs/<int:run_id>/resume/", run_actions.resume, name="resume_run"),
    path("runs/<int:run_id>/approve/", run_actions.approve, name="approve_run"),
    path("runs/<int:run_id>/discard/", run_actions.discard, name="discard_plan"),
    path("runs/<int:run_id>/plan-again/", run_actions.plan_again, name="plan_again"),
    path("runs/<int:run_id>/undo/", undo.undo, name="undo"),
    path("runs/<int:run_id>/retry-failed/", run_actions.retry_failed, name="retry_failed"),
]
