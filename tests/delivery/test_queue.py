"""The queue on the embedded broker: the URL that gates use is understood by Celery, in whichever process."""

import os
import subprocess
import sys

from bcsync.celery import app
from bcsync.embedded.places import ROOT


def test_celery_reaches_the_broker_of_the_tests() -> None:
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=5)
        with connection.SimpleQueue("delivery-test") as queue:
            queue.put({"hello": "queue"})
            message = queue.get(timeout=5)
            message.ack()
    assert message.payload == {"hello": "queue"}


def test_a_process_that_only_runs_django_queues_to_the_broker_of_the_settings() -> None:
    asked = "from customers.tasks import execute; print(execute.app.connection_for_write().as_uri())"
    environment = {**os.environ, "REDIS_URL": "unix:///tmp/some-broker.sock", "BCSYNC_DEVELOPMENT": "1"}
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", asked]
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    assert told.strip().startswith("redis+socket:///tmp/some-broker.sock")
