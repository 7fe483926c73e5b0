# One image for web, worker, beat and migrate; docker-compose.yml says which command each runs.
FROM python:3.11-slim AS build
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=bcsync.settings
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin bcsync
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
# Collecting files needs settings that load, and no secret: these values serve this one command only.
RUN SECRET_KEY=only-to-collect-static-files ENCRYPTION_KEYS=unused python manage.py collectstatic --noinput --verbosity 0
USER bcsync
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD ["python", "-m", "bcsync.healthcheck", "web"]
CMD ["gunicorn", "bcsync.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--access-logfile", "-"]
