# The first stage builds the wheel and installs it with the hashed lock; the second takes only what
# that left. scripts/carry_out.py carries these steps out where there is no Docker.
FROM python:3.13-slim-trixie AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_QUIET=1
WORKDIR /build

COPY requirements/build.txt requirements/runtime.txt requirements/
RUN python -m venv tools \
    && tools/bin/python -m pip install --no-deps --require-hashes --only-binary=:all: \
        -r requirements/build.txt \
    && python -m venv /app \
    && /app/bin/python -m pip install --no-deps --require-hashes --only-binary=:all: \
        -r requirements/runtime.txt

COPY LICENSE README.md pyproject.toml ./
COPY bot bot
COPY cogs cogs
COPY storage storage
RUN tools/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /app/bin/python -m pip install --no-deps --no-index dist/*.whl \
    && /app/bin/python -m pip uninstall --yes pip


FROM python:3.13-slim-trixie

RUN groupadd --gid 10001 remix \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home \
        --shell /usr/sbin/nologin remix \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /app /app

ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Reports of providers come from outside of the container.
ENV HOOKS_HOST=0.0.0.0
EXPOSE 8080
ENV DATABASE_URL=sqlite:////data/remix-bot.db SPOOL_DIR=/data/spool HEALTH_FILE=/data/health.json

USER 10001:10001
WORKDIR /data
VOLUME /data

# Calls that cannot be taken up again are waited for at a stop, so give it `--stop-timeout 150`.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["remix-bot", "health"]
ENTRYPOINT ["remix-bot"]
CMD ["run"]
