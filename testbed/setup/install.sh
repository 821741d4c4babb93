#!/bin/sh
# Installs what the lab needs to run on Open vSwitch, where something is missing and that can be done: on Debian, as root.
# No service is started for it, now or at the next boot; the lab and the measuring stand start what they need and end it again.
#
#   install.sh            install what is missing for the demo; says loudly when that is not possible
#   install.sh --tests    the same for all tests, which also need a C compiler for Go's race detector, Avahi and BIND to be found by, and ffmpeg
#   install.sh --peers    the same for the demo and for what "make bench-peers" measures beside Crosspoint
#   install.sh --report   install nothing; say loudly what of the tests is left out; fails when the environment has CI=true
set -eu
PATH=$PATH:/usr/sbin:/sbin
export PATH

case "${1:-}" in
"" | --tests | --peers | --report) mode=${1:-} ;;
*)
    echo "usage: install.sh [--tests | --peers | --report]" >&2
    exit 2
    ;;
esac

# not_found reads programs and their Debian packages, and prints the packages of which a program is not found.
not_found() {
    while read -r program package; do
        command -v "$program" >/dev/null 2>&1 || echo "$package"
    done
}

# has_module tells whether the system's Python has a module.
has_module() {
    /usr/bin/python3 -I -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)' "$1" 2>/dev/null
}

# missing prints what is missing for Open vSwitch.
missing() {
    not_found <<-LIST
		ovsdb-server openvswitch-switch
		ovs-vswitchd openvswitch-switch
		ovs-vsctl openvswitch-switch
		ovs-ofctl openvswitch-switch
		mnexec mininet
		ethtool ethtool
		ifconfig net-tools
		ip iproute2
		tc iproute2
		tcpdump tcpdump
	LIST
    has_module mininet || echo mininet
}

# missing_tests prints what else is missing for the tests.
missing_tests() {
    not_found <<-LIST
		gcc gcc
		gcc libc6-dev
		dbus-daemon dbus-daemon
		avahi-daemon avahi-daemon
		avahi-browse avahi-utils
		named bind9
		tshark tshark
		named-checkzone bind9-utils
		ffmpeg ffmpeg
		smcroutectl smcroute
	LIST
    has_module scapy || echo python3-scapy
    [ -e /usr/include/lwip/lwip/igmp.h ] || echo liblwip-dev
}

# missing_peers prints what else is missing for measurements beside peers.
missing_peers() {
    not_found <<-LIST
		osken-manager python3-os-ken
		ovn-northd ovn-central
		ovn-controller ovn-host
		/usr/lib/frr/pimd frr
	LIST
}

packages() {
    {
        missing
        case "$mode" in
        --peers) missing_peers ;;
        --tests | --report) missing_tests ;;
        esac
    } | sort -u | tr '\n' ' '
}

loudly() {
    echo "************************************************************************************************" >&2
    for line in "$@"; do echo "* $line" >&2; done
    echo "************************************************************************************************" >&2
}

# why says what stands in the way of Open vSwitch; nothing when it can be had.
why() {
    lacking=$(packages)
    if [ -n "$lacking" ]; then echo "missing Debian packages: $lacking"; fi
    if [ "$(id -u)" != 0 ]; then echo "not root: no network namespaces can be made"; fi
}

report() {
    reason=$(why)
    if [ -z "$reason" ]; then return 0; fi
    if [ -z "$(missing)" ] && [ "$(id -u)" = 0 ]; then
        loudly "LEFT OUT: the race detector, or tests with Avahi, BIND, Wireshark, Scapy, lwIP or ffmpeg. $reason"
    else
        loudly "LEFT OUT: the tests on Open vSwitch, and perhaps more. $reason"
    fi
    if [ "${CI:-}" = true ]; then
        echo "CI=true: leaving it out is a failure" >&2
        return 1
    fi
}

# Debian starts a service when its package is installed, unless this program forbids it (invoke-rc.d(8)).
policy=/usr/sbin/policy-rc.d
aside=$policy.crosspoint-setup
forbid_services() {
    trap 'allow_services' EXIT
    trap 'exit 130' INT TERM HUP
    if [ -e "$policy" ]; then mv "$policy" "$aside"; fi
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}
allow_services() {
    rm -f "$policy"
    if [ -e "$aside" ]; then mv "$aside" "$policy"; fi
}

# disable_services keeps those of packages that were just installed from the next boot.
disable_services() {
    for package in $1; do
        for unit in $(dpkg -L "$package" 2>/dev/null | sed -n 's,^.*/systemd/system/\([^/@]*\.service\)$,\1,p'); do
            systemctl disable "$unit" >/dev/null 2>&1 || true
        done
        for script in $(dpkg -L "$package" 2>/dev/null | sed -n 's,^/etc/init\.d/\([^/]*\)$,\1,p'); do
            update-rc.d "$script" disable >/dev/null 2>&1 || true
        done
    done
}

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 "$@"
}

install() {
    # shellcheck disable=SC2086 # a list of words
    apt install --no-install-recommends $1
}

if [ "$mode" = --report ]; then
    report
    exit
fi

lacking=$(packages)
if [ -z "$lacking" ]; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    loudly "Open vSwitch and what belongs to it cannot be installed from here: that needs root and apt-get." \
        "Missing Debian packages: $lacking" "What needs them is left out; the simulated fabric takes its place in the demo."
    exit 0
fi
echo "installing $lacking"
forbid_services
if ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; then
    apt update || true
fi
if ! install "$lacking" && ! { apt update && install "$lacking"; }; then
    loudly "apt-get could not install: $lacking" "What needs it is left out; the simulated fabric takes its place in the demo."
fi
disable_services "$lacking"
