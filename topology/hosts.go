package topology

import (
	"maps"
	"net/netip"
	"slices"
	"time"
)

// DefaultHold is the Hold that [NewHosts] sets.
const DefaultHold = 30 * time.Second

// Hosts knows where hosts were seen. Use [NewHosts]. It is not safe for concurrent use.
type Hosts struct {
	// Hold is how long a host that was seen at a usable port stays there against
	// sightings elsewhere, so that one host cannot take the place of another.
	Hold time.Duration
	// Usable tells whether a port is usable; a host moves away from one that is not at
	// once. Nil means that all ports are.
	Usable func(PortRef) bool
	// PerPort bounds the new hosts taken at one port, so that one port cannot fill the
	// whole table; 0 means no bound but the table's. A host
	// that moves is not new.
	PerPort int

	limit   int
	refused uint64
	lost    map[PortRef]time.Time // when the link of a port was last lost
	hosts   map[hostKey]*Host
	byAddr  map[netip.Addr]*Host
	byMAC   map[MAC]map[*Host]struct{}
	byPort  map[PortRef]map[*Host]struct{}
}

type hostKey struct {
	mac  MAC
	addr netip.Addr
}

// NewHosts gives an empty table for at most limit hosts. Past it new hosts are refused
// and counted.
func NewHosts(limit int) *Hosts {
	return &Hosts{
		Hold:   DefaultHold,
		limit:  limit,
		lost:   map[PortRef]time.Time{},
		hosts:  map[hostKey]*Host{},
		byAddr: map[netip.Addr]*Host{},
		byMAC:  map[MAC]map[*Host]struct{}{},
		byPort: map[PortRef]map[*Host]struct{}{},
	}
}

// Seen takes note of a host at a port. addr may be invalid if the sighting has none;
// then it vouches for all that is known of the MAC address.
//
// A MAC address seen elsewhere, or an IP address seen with another MAC address, is a
// Conflict while the port where it was is usable, was so all the time since it was seen there, and that was within Hold:
// nothing changes and the host that is in place is returned. Otherwise it moves: a MAC
// address with all of its IP addresses, an IP address from its old MAC address.
//
// A zero or multicast MAC address and an unspecified, multicast or broadcast IP address
// own nothing, and an IPv6 address of the local link belongs to no one host; they are Refused, and so is what finds no space. Then the host is zero.
func (h *Hosts) Seen(now time.Time, mac MAC, addr netip.Addr, at PortRef, by Sighting) (Host, Move) {
	addr = addr.Unmap()
	if !canOwn(mac, addr) {
		return Host{}, Move{Kind: Refused}
	}
	station := h.station(mac)
	if station != nil && station.At != at && h.holds(now, station) {
		return *station, Move{Conflict, station.At}
	}
	owner := h.byAddr[addr]
	if owner != nil && owner.MAC != mac && h.holds(now, owner) {
		return *owner, Move{Conflict, owner.At}
	}
	known := h.find(mac, addr)
	if known == nil && owner == nil && !h.hasSpace(mac, at) {
		h.refused++
		return Host{}, Move{Kind: Refused}
	}
	var move Move
	switch {
	case station != nil && station.At != at:
		move = Move{Moved, station.At}
		h.moveMAC(now, mac, at)
	case owner != nil && owner.MAC != mac:
		move = Move{Moved, owner.At}
	case known == nil:
		move.Kind = New
	}
	return h.record(now, mac, addr, at, by), move
}

// record writes a sighting that has been accepted and gives the host as it is then.
func (h *Hosts) record(now time.Time, mac MAC, addr netip.Addr, at PortRef, by Sighting) Host {
	if owner := h.byAddr[addr]; owner != nil && owner.MAC != mac {
		h.remove(owner)
	}
	host := h.find(mac, addr)
	if host == nil {
		// The address completes what was known by its MAC address alone.
		if bare := h.hosts[hostKey{mac: mac}]; bare != nil {
			h.remove(bare)
		}
		host = &Host{MAC: mac, Addr: addr, At: at, Since: now}
		h.add(host)
	}
	if addr.IsValid() {
		host.By, host.Last = by, now
	} else {
		h.vouch(now, mac, by)
	}
	return *host
}

// vouch takes note that an interface is there, with all that is known of it. Only LLDP says more of it than what gave it away before.
func (h *Hosts) vouch(now time.Time, mac MAC, by Sighting) {
	for host := range h.byMAC[mac] {
		host.Last = now
		if by == SeenLLDP || host.By == 0 {
			host.By = by
		}
	}
}

// canOwn tells whether a host may have these addresses.
func canOwn(mac MAC, addr netip.Addr) bool {
	if mac.IsZero() || mac.IsMulticast() {
		return false
	}
	if !addr.IsValid() {
		return true
	}
	if addr.Is6() && addr.IsLinkLocalUnicast() {
		return false
	}
	broadcast := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	return !addr.IsUnspecified() && !addr.IsMulticast() && addr != broadcast
}

// holds tells whether a host keeps its place against a sighting elsewhere.
func (h *Hosts) holds(now time.Time, host *Host) bool {
	return now.Sub(host.Last) <= h.Hold && (h.Usable == nil || h.Usable(host.At)) && !h.MayHaveLeft(*host)
}

// Lost takes note that the link of a port was lost: another host may be there when it is back.
func (h *Hosts) Lost(now time.Time, at PortRef) { h.lost[at] = now }

// MayHaveLeft reports whether the link of a host's port was lost since the host was seen there.
func (h *Hosts) MayHaveLeft(host Host) bool {
	lost, was := h.lost[host.At]
	return was && !host.Last.After(lost)
}

// station is the host of a MAC address that was seen last; of several the smallest.
func (h *Hosts) station(mac MAC) *Host {
	var last *Host
	for host := range h.byMAC[mac] {
		if last == nil || host.Last.After(last.Last) ||
			(host.Last.Equal(last.Last) && host.Compare(*last) < 0) {
			last = host
		}
	}
	return last
}

// find gives the host with these addresses. Without an IP address it is the one with
// the smallest, since the MAC address alone is then known under it.
func (h *Hosts) find(mac MAC, addr netip.Addr) *Host {
	if addr.IsValid() {
		return h.hosts[hostKey{mac, addr}]
	}
	var first *Host
	for host := range h.byMAC[mac] {
		if first == nil || host.Compare(*first) < 0 {
			first = host
		}
	}
	return first
}

// hasSpace tells whether one more host may be added. One known by its MAC address alone
// gives up its place when its IP address is learned.
func (h *Hosts) hasSpace(mac MAC, at PortRef) bool {
	if bare := h.hosts[hostKey{mac: mac}]; bare != nil {
		return true
	}
	return len(h.hosts) < h.limit && (h.PerPort <= 0 || len(h.byPort[at]) < h.PerPort)
}

// moveMAC takes a MAC address with all that is known of it to another port.
func (h *Hosts) moveMAC(now time.Time, mac MAC, to PortRef) {
	for host := range h.byMAC[mac] {
		unindex(h.byPort, host.At, host)
		host.At, host.Since = to, now
		index(h.byPort, to, host)
	}
}

func (h *Hosts) add(host *Host) {
	h.hosts[hostKey{host.MAC, host.Addr}] = host
	if host.Addr.IsValid() {
		h.byAddr[host.Addr] = host
	}
	index(h.byMAC, host.MAC, host)
	index(h.byPort, host.At, host)
}

func (h *Hosts) remove(host *Host) {
	delete(h.hosts, hostKey{host.MAC, host.Addr})
	if host.Addr.IsValid() {
		delete(h.byAddr, host.Addr)
	}
	unindex(h.byMAC, host.MAC, host)
	unindex(h.byPort, host.At, host)
}

func index[K comparable](by map[K]map[*Host]struct{}, key K, host *Host) {
	if by[key] == nil {
		by[key] = map[*Host]struct{}{}
	}
	by[key][host] = struct{}{}
}

func unindex[K comparable](by map[K]map[*Host]struct{}, key K, host *Host) {
	if delete(by[key], host); len(by[key]) == 0 {
		delete(by, key)
	}
}

// Restore adds a host remembered from before a restart, with its times. It is ignored if
// it may own no such address, finds no space, or anything seen since says otherwise.
func (h *Hosts) Restore(host Host) {
	host.Addr = host.Addr.Unmap()
	station := h.station(host.MAC)
	if !canOwn(host.MAC, host.Addr) || h.find(host.MAC, host.Addr) != nil || h.byAddr[host.Addr] != nil ||
		(station != nil && station.At != host.At) || !h.hasSpace(host.MAC, host.At) {
		return
	}
	if bare := h.hosts[hostKey{mac: host.MAC}]; bare != nil {
		h.remove(bare)
	}
	host.By = SeenRestored
	h.add(&host)
}

// ForgetPort forgets the hosts at a port, because it has gone or turned out to be a
// link, and returns them sorted.
func (h *Hosts) ForgetPort(at PortRef) []Host {
	gone := h.At(at)
	for _, host := range gone {
		h.remove(h.hosts[hostKey{host.MAC, host.Addr}])
	}
	return gone
}

// Expire forgets the hosts not seen within ttl and returns them sorted.
func (h *Hosts) Expire(now time.Time, ttl time.Duration) []Host {
	gone := slices.DeleteFunc(h.All(), func(host Host) bool { return now.Sub(host.Last) <= ttl })
	for _, host := range gone {
		h.remove(h.hosts[hostKey{host.MAC, host.Addr}])
	}
	return gone
}

// ByAddr finds the host that owns an IP address.
func (h *Hosts) ByAddr(addr netip.Addr) (Host, bool) {
	if host := h.byAddr[addr.Unmap()]; host != nil {
		return *host, true
	}
	return Host{}, false
}

// ByMAC lists what is known of a MAC address, sorted by IP address; all at one port.
func (h *Hosts) ByMAC(mac MAC) []Host { return sortedHosts(maps.Keys(h.byMAC[mac])) }

// At lists the hosts at a port, sorted.
func (h *Hosts) At(at PortRef) []Host { return sortedHosts(maps.Keys(h.byPort[at])) }

// All lists all hosts, sorted by MAC address, then by IP address.
func (h *Hosts) All() []Host { return sortedHosts(maps.Values(h.hosts)) }

// Len is how many hosts are known.
func (h *Hosts) Len() int { return len(h.hosts) }

// Refused counts the sightings of new hosts that found no space.
func (h *Hosts) Refused() uint64 { return h.refused }

func sortedHosts(seq func(yield func(*Host) bool)) []Host {
	var hosts []Host
	for host := range seq {
		hosts = append(hosts, *host)
	}
	slices.SortFunc(hosts, Host.Compare)
	return hosts
}
