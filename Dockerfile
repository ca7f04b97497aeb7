# syntax=docker/dockerfile:1
# Two stages: what installs stays behind; what runs has no compiler, no pip cache and no root.

FROM python:3.11-slim-bookworm AS build
WORKDIR /opt/kvswatch
COPY requirements.txt requirements.in pyproject.toml README.md ./
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt
COPY app app
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --no-index --editable .

FROM python:3.11-slim-bookworm
RUN useradd --system --user-group --uid 10001 --no-create-home --home-dir /var/lib/kvswatch --shell /usr/sbin/nologin kvswatch \
    && install -d -o kvswatch -g kvswatch -m 0700 /var/lib/kvswatch
WORKDIR /opt/kvswatch
COPY --from=build /opt/kvswatch /opt/kvswatch
COPY migrations migrations
COPY templates templates
COPY static static
ENV PATH=/opt/kvswatch/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    KVSWATCH_DATA_DIR=/var/lib/kvswatch
USER kvswatch
VOLUME /var/lib/kvswatch
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["kvswatch"]
CMD ["run", "--host", "127.0.0.1", "--port", "8000"]
