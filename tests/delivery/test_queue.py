"""The queue on the embedded broker: the URL that gates use is understood by Celery too."""

from bcsync.celery import app


def test_celery_reaches_the_broker_of_the_tests() -> None:
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=5)
        with connection.SimpleQueue("delivery-test") as queue:
            queue.put({"hello": "queue"})
            message = queue.get(timeout=5)
            message.ack()
    assert message.payload == {"hello": "queue"}
