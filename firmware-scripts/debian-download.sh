#!/usr/bin/env bash
# Downloads Debian packages of another architecture and unpacks them, with an apt of its own: this machine's is left as it is.
#
#     debian-download.sh FOLDER ARCHITECTURE PACKAGE…
#
# Each package ends up in FOLDER/PACKAGE. A package that only depends on a kernel of some version, as linux-image-arm64 and
# linux-image-cloud-amd64 do, stands for that one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/debian-sources.sh"
folder=$1 architecture=$2
shift 2

state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$folder"
: >"$state/status"
options=(
  -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" -o APT::Sandbox::User=root
  -o Dir::State::Lists="$state/lists" -o Dir::State::Status="$state/status" -o Dir::Cache="$state/cache"
  -o Dir::Etc::SourceList="$(debian_sources)" -o Dir::Etc::SourceParts=/dev/null
  -o Acquire::Languages=none -o Acquire::Retries=3
)
apt-get "${options[@]}" -qq update
for name in "$@"; do
  meant=$(apt-cache "${options[@]}" depends "$name" | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p')
  (cd "$state" && apt-get "${options[@]}" -qq download "${meant:-$name}")
  rm -rf "$folder/$name.new" "${folder:?}/$name"
  dpkg -x "$state"/*.deb "$folder/$name.new"
  mv "$folder/$name.new" "$folder/$name"
  rm "$state"/*.deb
done
