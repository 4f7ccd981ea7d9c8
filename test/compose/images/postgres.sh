#!/bin/bash
# What docker-compose.yml needs of the official image's entry.
set -euo pipefail
export PGDATA=/var/lib/postgresql/18/docker PATH=/usr/local/pgsql/bin:$PATH
as_server() { setpriv --reuid=server --regid=server --clear-groups --no-new-privs "$@"; }

mkdir -p "$PGDATA"
chown -R server:server /var/lib/postgresql
chmod 700 "$PGDATA"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  install -o server -m 400 "$POSTGRES_PASSWORD_FILE" /tmp/password
  as_server initdb --username=postgres --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 >/dev/null
  rm /tmp/password
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  as_server pg_ctl start --wait --silent --options="-c listen_addresses='' -c unix_socket_directories=/tmp"
  psql --quiet --host=/tmp --username=postgres --command="create database $POSTGRES_DB"
  as_server pg_ctl stop --wait --silent --mode=fast
fi
exec setpriv --reuid=server --regid=server --clear-groups "$@" -c unix_socket_directories=/tmp
