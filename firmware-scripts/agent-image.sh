#!/usr/bin/env bash
# Builds Dockerfile.arm64 on a base made from Debian's packages, so that no container registry is needed. As root.
#
#     agent-image.sh [--cache FOLDER] [--tag NAME] [--storage FOLDER]
#
# The first run downloads some 200 MB into the cache. --storage keeps podman's images there instead of among the machine's own.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(dirname "$here")
cache=/var/tmp/bramble-arm64
tag=localhost/bramble/agent:arm64
podman=(podman)
while [ $# -gt 0 ]; do
  case $1 in
  --cache) cache=$2 ;;
  --tag) tag=$2 ;;
  --storage) podman=(podman --root "$2/root" --runroot "$2/run") ;;
  *)
    echo "unknown: $1; known are --cache FOLDER, --tag NAME, --storage FOLDER" >&2
    exit 2
    ;;
  esac
  shift 2
done
. "$here/arm64-emulation.sh"
trap forget_arm64 EXIT
ensure_arm64

# base ARCHITECTURE NAME: as debian:bookworm-slim, from Debian's packages.
base() {
  local tree=$cache/base-$1.tar
  [ -e "$tree" ] || "$here/debian-tree.sh" "$tree" "$1" ca-certificates
  "${podman[@]}" image exists "$2" ||
    "${podman[@]}" import --quiet --os linux --arch "$1" --change 'CMD ["/bin/bash"]' "$tree" "$2" >/dev/null
}

mkdir -p "$cache"
native=$(dpkg --print-architecture)
base arm64 localhost/bramble/debian:bookworm-arm64
base "$native" "localhost/bramble/debian:bookworm-$native"

options=()
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
  options=(--volume "$(readlink -f "$NODE_EXTRA_CA_CERTS"):/etc/extra-ca.crt:ro" --build-arg NODE_EXTRA_CA_CERTS=/etc/extra-ca.crt)
fi
# With chroot there is no OCI runtime between the build and this machine's kernel, whatever its cgroups are.
"${podman[@]}" build --isolation chroot --pull=never --file "$project/Dockerfile.arm64" \
  --build-arg BASE=localhost/bramble/debian:bookworm-arm64 \
  --build-arg "BUILD_BASE=localhost/bramble/debian:bookworm-$native" \
  "${options[@]}" --tag "$tag" "$project"
echo "$tag"
