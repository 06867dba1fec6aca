# syntax=docker/dockerfile:1
# Two stages: the first builds the wheel with its front end (Node comes as a wheel too), the second
# holds only Python, the locked packages and Vigil, and runs as a user without rights.

FROM python:3.12-slim-bookworm AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /build
COPY pyproject.toml uv.lock README.md LICENSE ./
COPY frontend frontend
COPY alembic alembic
COPY oncall oncall
COPY notifications notifications
COPY dispatch dispatch
RUN uv build --wheel --out-dir /dist \
 && uv export --frozen --no-dev --no-emit-project --no-header --output-file /dist/requirements.txt

FROM python:3.12-slim-bookworm
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VIGIL_DATA_DIR=/data
COPY --from=build /dist /dist
RUN pip install --no-cache-dir --require-hashes -r /dist/requirements.txt \
 && pip install --no-cache-dir --no-deps /dist/*.whl \
 && rm -r /dist \
 && useradd --system --home-dir /data --create-home vigil
USER vigil
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["vigil", "serve", "--host", "0.0.0.0", "--port", "8000"]
