#!/usr/bin/env bash
# Fetches Apache Kafka's jars from Maven Central for the tests that run against the real thing; needs Java and Maven,
# no Docker. Usage: fetch.sh [VERSION ...]; without versions, all that the contract suite runs against.
# About 45 MB a version, into .eupnea/apache-kafka/VERSION/jars (EUPNEA_APACHE_KAFKA moves it). What is there stays.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${EUPNEA_APACHE_KAFKA:-$here/../../../.eupnea/apache-kafka}
[ $# -gt 0 ] || set -- 3.9.1 4.1.0

for version in "$@"; do
  jars=$folder/$version/jars
  if [ -d "$jars" ]; then
    echo "Apache Kafka $version is there"
    continue
  fi
  echo "fetching Apache Kafka $version"
  mkdir -p "$folder/$version"
  partial=$(mktemp -d "$folder/$version/partial.XXXXXX")
  trap 'rm -rf "$partial"' EXIT
  mvn -q -B -f "$here/pom.xml" -Dkafka.version="$version" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$partial"
  mv "$partial" "$jars" # whole or not at all
  chmod 755 "$jars"
done
