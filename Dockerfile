# The wheel is built with the tools of the development lock, which stay behind in this stage.
FROM python:3.13-slim AS wheel
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY . .
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheel .

FROM python:3.13-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/infoblox-mq
COPY requirements-runtime.lock ./
RUN /opt/infoblox-mq/bin/pip install --require-hashes -r requirements-runtime.lock
COPY --from=wheel /wheel /wheel
RUN /opt/infoblox-mq/bin/pip install --no-deps --no-index /wheel/*.whl

FROM python:3.13-slim
RUN groupadd --gid 10001 infoblox-mq \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin infoblox-mq
COPY --from=packages /opt/infoblox-mq /opt/infoblox-mq
# The root file system may be read-only: all that is ever written goes to /tmp.
ENV PATH=/opt/infoblox-mq/bin:$PATH \
    HOME=/tmp \
    INFOBLOX_MQ_DATA_DIR=/tmp/infoblox-mq \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /tmp
USER 10001:10001
EXPOSE 4005 9090
ENTRYPOINT ["infoblox-mq"]
CMD ["--help"]
