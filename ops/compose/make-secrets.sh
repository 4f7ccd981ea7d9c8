#!/bin/sh
# Makes the passwords that docker-compose.yml needs, once: what is there stays as it is.
# The files can be read by the containers' users, the folder by its owner alone.
set -eu
folder=${1:-$(dirname "$0")/secrets}
umask 077
mkdir -p "$folder"

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1
}

for name in database_password replicator_password warehouse_password reader_password bi_password grafana_password; do
  file=$folder/$name
  if [ ! -s "$file" ]; then
    od -An -N 24 -tx1 /dev/urandom | tr -d ' \n' >"$file.new"
    mv "$file.new" "$file"
  fi
  chmod 444 "$file"
done

# ClickHouse is given hashes only.
file=$folder/warehouse_users.xml
{
  echo '<clickhouse>'
  echo '  <users>'
  for user in millrace:warehouse reader:reader bi:bi; do
    hash=$(tr -d '\n' <"$folder/${user#*:}_password" | sha256)
    echo "    <${user%:*}><password_sha256_hex>$hash</password_sha256_hex></${user%:*}>"
  done
  echo '  </users>'
  echo '</clickhouse>'
} >"$file.new"
chmod 444 "$file.new"
mv "$file.new" "$file"
