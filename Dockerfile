# Two stages: the first has what is needed to install, the second only what is needed to run.
FROM python:3.13-slim-trixie AS made
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /leadline
RUN python -m venv .venv
COPY requirements/run.txt requirements/run.txt
# Imports take four times as long without bytecode, and the user below may not write it: pip compiles all of it here.
RUN .venv/bin/pip install --compile --require-hashes --only-binary :all: -r requirements/run.txt
COPY . .
RUN .venv/bin/pip install --compile --no-deps --no-build-isolation --no-index .

FROM python:3.13-slim-trixie
RUN useradd --system --uid 10001 --home-dir /var/lib/leadline leadline \
 && install -d -m 0700 -o leadline -g leadline /var/lib/leadline
COPY --from=made /leadline/.venv /leadline/.venv
ENV PATH=/leadline/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LEADLINE_DATA_DIR=/var/lib/leadline \
    LEADLINE_HOST=0.0.0.0
USER leadline
WORKDIR /var/lib/leadline
VOLUME /var/lib/leadline
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
CMD ["leadline", "gateway"]
