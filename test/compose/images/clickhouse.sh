#!/bin/bash
# A ClickHouse server over the official image's folders: config.d and users.d are read as there. It ends with its input.
set -euo pipefail
rm -f /tmp/input
mkfifo /tmp/input
sleep infinity >/tmp/input &
node /opt/clickhouse/server-process.ts /opt/clickhouse/libchdb.so --path=/var/lib/clickhouse \
  --config-file=/etc/clickhouse-server/config.xml --log-level=warning </tmp/input &
server=$!
trap 'kill -TERM $server' TERM INT
wait $server || wait $server
