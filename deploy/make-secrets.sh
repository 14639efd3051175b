#!/bin/sh
# Makes the secrets that compose.yaml mounts, in deploy/secrets. What is there already stays as it is.
#
# The folder is closed to everybody but its owner. The files in it are readable, since Compose mounts a file as it is,
# whoever owns it, and each container reads as a user of its own.
set -eu
folder="$(dirname "$0")/secrets"
mkdir -p "$folder"
chmod 700 "$folder"
umask 022

random_hex() {
  od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'
}

# Written whole or not at all: a crash must not leave half a secret.
keep() {
  [ -e "$folder/$1" ] && return
  printf '%s\n' "$2" >"$folder/$1.new"
  chmod 444 "$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
}

keep tollgate-secret "$(random_hex)"
keep administrator-key "tg_$(random_hex)"

keep postgres-password "$(random_hex)"
keep database-url "postgres://tollgate:$(cat "$folder/postgres-password")@postgres:5432/tollgate"

keep redis.conf "requirepass $(random_hex)"
keep redis-url "redis://:$(cut -d' ' -f2 "$folder/redis.conf")@redis:6379"

echo "The secrets are in $folder. The administrator key: $folder/administrator-key"
