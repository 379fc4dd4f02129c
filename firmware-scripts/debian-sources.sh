# The Debian sources of this machine, from which trees for boards are made as well. Sourced.

debian_release=bookworm

debian_sources() {
  local file
  for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
    if [ -s "$file" ]; then
      echo "$file"
      return
    fi
  done
  echo "this machine has no Debian sources (/etc/apt/sources.list): what is made here is made from Debian's packages" >&2
  return 1
}
