#!/bin/sh
# Makes a board of Bramble's out of the system on this card, once, as root: by `systemd.run=` on the kernel's command line, or by
# cloud-init. `bramble flash` has put it and its settings, one file each, into the folder bramble of the boot partition.
# What it does is written down beside it, in first-boot.log, which any computer can read. It can be run again.
set -u
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin${PATH:+:$PATH}
card=$(cd "$(dirname "$0")" && pwd)
boot=$(dirname "$card")
# Only tests set it.
root=${BRAMBLE_CARD_ROOT:-}
exec >>"$card/first-boot.log" 2>&1

say() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $*"; }

# setting NAME: what the card says, without the end of the line.
setting() { cat "$card/$1"; }
has() { [ -s "$card/$1" ]; }

# step TEXT FUNCTION: one that fails does not keep the others from being done.
failed=0
step() {
  if "$2"; then
    say "ok: $1"
  else
    say "FAILED: $1"
    failed=$((failed + 1))
  fi
}

# A board has no clock that lives through the night: no earlier than when this card was written.
set_clock() {
  [ "$(date +%s)" -ge "$(setting written-at)" ] || date -u -s "@$(setting written-at)"
}

put_software() {
  archive=$card/board.tar.gz
  [ -e "$archive" ] || archive=$root/bramble-board.tar.gz
  if [ ! -e "$archive" ]; then
    # Done already, by a run that was cut off.
    [ -d "$root/opt/bramble" ]
    return
  fi
  rm -rf "$root/opt/bramble.new"
  mkdir -p "$root/opt/bramble.new" &&
    tar -xzf "$archive" -C "$root/opt/bramble.new" --no-same-owner &&
    sync &&
    rm -rf "$root/opt/bramble" &&
    mv "$root/opt/bramble.new" "$root/opt/bramble" &&
    rm -f "$archive"
}

set_hostname() {
  name=$(setting hostname)
  old=$(cat "$root/etc/hostname" 2>/dev/null)
  echo "$name" >"$root/etc/hostname" || return
  touch "$root/etc/hosts"
  sed -i '/^127\.0\.1\.1[[:space:]]/d' "$root/etc/hosts"
  printf '127.0.1.1\t%s\n' "$name" >>"$root/etc/hosts"
  say "host name: ${old:-none} is now $name"
  [ -n "$root" ] || hostname "$name" 2>/dev/null || true
}

# Raspberry Pi OS asks for a user at its first boot unless its own program has been told one. No password: the key is the way in.
make_user() {
  user=$(setting user)
  if [ -x "$root/usr/lib/userconf-pi/userconf" ]; then
    "$root/usr/lib/userconf-pi/userconf" "$user" '*' || say 'userconf failed; going on'
  fi
  if ! id "$user" >/dev/null 2>&1; then
    useradd --create-home --shell /bin/bash "$user" || return
    usermod --append --groups sudo "$user" || say "there is no group sudo; $user is an ordinary user"
  fi
  home=$root$(getent passwd "$user" | cut -d: -f6)
  mkdir -p "$home/.ssh" && cp "$card/authorized_keys" "$home/.ssh/authorized_keys" &&
    chmod 700 "$home/.ssh" && chmod 600 "$home/.ssh/authorized_keys" &&
    chown -R "$user:" "$home/.ssh" || return
  if [ -d "$root/etc/sudoers.d" ]; then
    echo "$user ALL=(ALL) NOPASSWD:ALL" >"$root/etc/sudoers.d/010_bramble" && chmod 440 "$root/etc/sudoers.d/010_bramble"
  fi
  systemctl enable ssh || systemctl enable sshd
}

# Where there is NetworkManager it does all; else wpa_supplicant and systemd-networkd.
set_wifi() {
  for switch in "$root"/var/lib/systemd/rfkill/*:wlan; do
    [ ! -e "$switch" ] || echo 0 >"$switch"
  done
  if [ -d "$root/etc/NetworkManager" ]; then
    mkdir -p "$root/etc/NetworkManager/system-connections"
    install -m 600 "$card/wifi.nmconnection" "$root/etc/NetworkManager/system-connections/bramble-wifi.nmconnection"
  elif [ -d "$root/etc/wpa_supplicant" ]; then
    install -m 600 "$card/wpa_supplicant.conf" "$root/etc/wpa_supplicant/wpa_supplicant-wlan0.conf" &&
      printf '[Match]\nName=wlan0\n[Network]\nDHCP=yes\n' >"$root/etc/systemd/network/80-bramble-wlan0.network" &&
      systemctl enable wpa_supplicant@wlan0
  else
    say 'neither NetworkManager nor wpa_supplicant is on this system: no Wi-Fi'
    return 1
  fi
}

set_timezone() {
  zone=$(setting timezone)
  [ -e "$root/usr/share/zoneinfo/$zone" ] || {
    say "there is no time zone $zone here"
    return 1
  }
  ln -sf "/usr/share/zoneinfo/$zone" "$root/etc/localtime" && echo "$zone" >"$root/etc/timezone"
}

# For root alone, and no longer on the part of the card that every computer reads. `bramble join` removes it when it has been used.
move_token() {
  mkdir -p "$root/var/lib/bramble/agent" && chmod 700 "$root/var/lib/bramble" "$root/var/lib/bramble/agent" &&
    install -m 600 "$card/token" "$root/var/lib/bramble/agent/join-token" && sync && wipe token
}

# wipe FILE: overwritten first; what flash memory keeps of it is beyond any program's reach.
wipe() {
  [ -e "$card/$1" ] || return 0
  dd if=/dev/zero of="$card/$1" bs=4096 count=1 conv=notrunc,fsync status=none
  rm -f "$card/$1"
}

install_service() {
  units=$root/etc/systemd/system
  mkdir -p "$units/bramble-board.service.d" &&
    install -m 644 "$card/bramble-board.service" "$units/bramble-board.service" &&
    install -m 644 "$card/bramble-board.conf" "$units/bramble-board.service.d/card.conf" &&
    systemctl enable bramble-board.service
}

# The next boot is an ordinary one, come what may.
remove_hook() {
  [ -e "$boot/cmdline.txt" ] || return 0
  sed -i 's/ systemd\.\(run\|run_success_action\|run_failure_action\|unit\)=[^ ]*//g' "$boot/cmdline.txt"
}

say 'the first boot of a board begins'
# Power that went away is no reason to give up; what ends the system each time is.
attempts=$(($(cat "$card/attempts" 2>/dev/null || echo 0) + 1))
echo "$attempts" >"$card/attempts"
if [ "$attempts" -gt 3 ]; then
  say 'this is the fourth attempt: giving up, so that the system starts'
  rm -f "$card/attempts"
  remove_hook
  exit 0
fi
has written-at && step 'the clock is not before this card was written' set_clock
step 'Bramble and its Node are in /opt/bramble' put_software
has hostname && step 'the host name is set' set_hostname
has user && step 'the user and the SSH key are there' make_user
has wifi.nmconnection && step 'Wi-Fi is set' set_wifi
has timezone && step 'the time zone is set' set_timezone
has token && step 'the token is where only root reads it' move_token
has bramble-board.service && step 'the service of this board is installed' install_service
if [ $failed -eq 0 ]; then
  for file in wifi.nmconnection wpa_supplicant.conf; do wipe "$file"; done
fi
step 'the next boot is an ordinary one' remove_hook
rm -f "$card/attempts"
say "done, $failed of the steps failed"
sync
exit 0
