#!/usr/bin/env python3
"""Django's command line; every job is also a command here."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bcsync.settings")
    execute_from_command_line(sys.argv)
