# The program with the exact versions that were tested, run by a user who owns nothing.
FROM python:3.11.14-slim-bookworm

RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin intervalwatch

WORKDIR /src
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY copc copc
COPY streams streams
COPY config config
COPY agents agents
COPY dashboards dashboards
COPY intervalwatch intervalwatch
# pip checks the hashes in constraints.txt; the program itself has none, and is installed without its dependencies.
RUN python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' \
        >dependencies && \
    pip install --no-cache-dir --requirement dependencies --constraint constraints.txt && \
    pip install --no-cache-dir --no-deps . && \
    rm -rf /src

USER intervalwatch
WORKDIR /tmp
ENTRYPOINT ["intervalwatch"]
