# The engines that the test can have without an image registry, in one image; each service's image names its entry.
FROM millrace-test/base
RUN apt-get update -q \
  && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
    default-jre-headless postgresql-client prometheus wget \
  && rm -rf /var/lib/apt/lists/*
COPY node /usr/local/bin/node
COPY postgres /usr/local/pgsql
COPY kafka /opt/kafka/libs
COPY clickhouse /opt/clickhouse
COPY entry /usr/local/bin/
RUN useradd --uid 70 --home-dir /var/lib/postgresql server \
  && mkdir -p /var/lib/kafka/data /var/lib/clickhouse /etc/clickhouse-server /prometheus \
  && cp /opt/clickhouse/*.xml /etc/clickhouse-server/ \
  && chown -R server:server /var/lib/kafka /var/lib/clickhouse /etc/clickhouse-server /prometheus
