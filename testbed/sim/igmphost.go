package sim

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"crosspoint/testbed"
)

const (
	defaultRobustness  = 2
	defaultQueryEvery  = 125 * time.Second
	v1Response         = 10 * time.Second // RFC 1112 appendix I
	v2Unsolicited      = 10 * time.Second // RFC 2236 §8.10
	v3Unsolicited      = time.Second      // RFC 3376 §8.11, RFC 3810 §9.11
	maxGroupsPerHost   = 4096
	maxSourcesPerGroup = 256
)

// igmpHost is the host side of IGMPv1, v2 and v3 (RFC 1112 appendix I, RFC 2236 §6, RFC 3376 §5), and of MLDv1 and v2, which are the last two said
// otherwise (RFC 2710 §4, RFC 3810 §6) and count here as versions 2 and 3. Delays that the standards leave to chance are computed from the host,
// the group and a count, so that two runs are the same.
type igmpHost struct {
	h          *host
	speech     speech
	version    int
	robustness int
	groups     map[netip.Addr]*membership
	older      [3]time.Duration // older[v]: until then a querier of version v is around (RFC 3376 §7.2.1)
	interval   time.Duration
	general    time.Duration // when the answer to a general query is due; 0 for none
	draws      uint64        // how many delays were chosen
}

func newIGMPHost(h *host, s speech) igmpHost {
	return igmpHost{h: h, speech: s, version: 3, robustness: defaultRobustness, interval: defaultQueryEvery, groups: map[netip.Addr]*membership{}}
}

// Join has a host join a group, from all sources or from one, and report it. On a host that is joined it adds.
func (w *World) Join(hostName string, j testbed.Join) error {
	return w.change(hostName, j, func(m *membership) error {
		if j.Port != 0 {
			m.ports[j.Port] = true
		}
		if !j.Source.IsValid() {
			m.any = true
			return nil
		}
		if len(m.include) >= maxSourcesPerGroup {
			return fmt.Errorf("more than %d sources", maxSourcesPerGroup)
		}
		m.include[j.Source] = true
		return nil
	})
}

// Leave undoes a Join. Leaving what was not joined does nothing.
func (w *World) Leave(hostName string, j testbed.Join) error {
	return w.change(hostName, j, func(m *membership) error {
		if j.Source.IsValid() {
			delete(m.include, j.Source)
		} else {
			m.any = false
			clear(m.exclude)
		}
		return nil
	})
}

// Exclude has a host want every source of a group but some (RFC 3376 §3.1), and report it: with version 3 only.
func (w *World) Exclude(hostName string, group netip.Addr, sources ...netip.Addr) error {
	return w.change(hostName, testbed.Join{Group: group}, func(m *membership) error {
		if len(sources) > maxSourcesPerGroup {
			return fmt.Errorf("more than %d sources", maxSourcesPerGroup)
		}
		m.any = true
		clear(m.exclude)
		for _, s := range sources {
			if s.Is4() != group.Is4() {
				return fmt.Errorf("source %s is not of the group's IP version", s)
			}
			m.exclude[s] = true
		}
		return nil
	})
}

// change carries out a change of one group and reports what came of it.
func (w *World) change(hostName string, j testbed.Join, edit func(*membership) error) error {
	h, err := w.host(hostName)
	if err != nil {
		return err
	}
	i := h.memberships(j.Group)
	fail := func(reason string) error {
		return fmt.Errorf("change group %s on host %s: %s", j.Group, hostName, reason)
	}
	newest := i.speech.newest()
	switch {
	case !j.Group.IsMulticast() || !h.addrFor(j.Group).IsValid():
		return fail("not a multicast address of an IP version that the host has")
	case j.Source.IsValid() && j.Source.Is4() != j.Group.Is4():
		return fail("source is not of the group's IP version")
	case j.Version < 0 || j.Version > newest:
		return fail(fmt.Sprintf("version is not 1 to %d", newest))
	}
	if j.Version != 0 {
		i.version = j.Version - newest + 3
	}
	m := i.groups[j.Group]
	if m == nil {
		if len(i.groups) >= maxGroupsPerHost {
			return fail("host has too many groups")
		}
		m = newMembership()
		i.groups[j.Group] = m
	}
	before := m.filter()
	if err := edit(m); err != nil {
		return fail(err.Error())
	}
	i.changed(j.Group, m, before)
	return nil
}

// changed reports a change: at once, and again until it was said as often as robustness wants.
func (i *igmpHost) changed(g netip.Addr, m *membership, before sourceFilter) {
	after := m.filter()
	switch {
	case g == i.speech.systems(): // RFC 3376 §6: never reported
	case i.speaks() < 3:
		i.changedV2(g, m, before, after)
	case m.changed(before, after, i.robustness):
		i.repeat(g, m)
	}
	i.tidy(g, m)
}

// tidy forgets a group that nothing is wanted of and nothing is left to be said about.
func (i *igmpHost) tidy(g netip.Addr, m *membership) {
	if m.idle() && i.groups[g] == m {
		delete(i.groups, g)
	}
}

func (i *igmpHost) changedV2(g netip.Addr, m *membership, before, after sourceFilter) {
	if before.empty() == after.empty() {
		return
	}
	if after.empty() {
		m.modeLeft = 0
		if i.speaks() == 2 && m.reporter { // else somebody else answers for the group (RFC 2236 §3)
			i.speech.leave(i.h, g)
		}
		return
	}
	m.modeLeft = i.robustness
	i.repeat(g, m)
}

// repeat sends the next state-change report of a group and schedules the one behind it.
func (i *igmpHost) repeat(g netip.Addr, m *membership) {
	limit := v3Unsolicited
	if version := i.speaks(); version < 3 {
		limit = v2Unsolicited
		if m.modeLeft > 0 {
			m.modeLeft--
			m.reporter = true
			i.speech.report(i.h, g, version)
		}
		clear(m.sourceLeft)
	} else {
		i.speech.records(i.h, m.report(g))
	}
	if m.repeating || m.modeLeft == 0 && len(m.sourceLeft) == 0 {
		return
	}
	m.repeating = true
	i.h.w.after(i.delay(g, limit), call(func() {
		m.repeating = false
		if m.modeLeft > 0 || len(m.sourceLeft) > 0 {
			i.repeat(g, m)
		}
		i.tidy(g, m)
	}))
}

// speaks is the version in use: an older querier makes the host speak as it does (RFC 3376 §7.2.1).
func (i *igmpHost) speaks() int {
	for version, until := range i.older {
		if i.h.w.now < until {
			return min(version, i.version)
		}
	}
	return i.version
}

// delay chooses a time in (0, limit]: spread well, and the same in each run.
func (i *igmpHost) delay(g netip.Addr, limit time.Duration) time.Duration {
	i.draws++
	b := g.As16() // the lowest 32 bits tell groups apart well enough
	x := uint64(i.h.index+1)<<40 ^ uint64(binary.BigEndian.Uint32(b[12:])) ^ i.draws<<48
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9 // the finalizer of splitmix64
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return 1 + time.Duration(x%uint64(max(1, limit)))
}

// delivers tells whether a socket of the host reads packets of a source to a group on a port.
func (i *igmpHost) delivers(group, source netip.Addr, port uint16) bool {
	m := i.groups[group]
	if m == nil || !m.ports[port] {
		return false
	}
	f := m.filter()
	return f.wants(source)
}

// Member is a host's own view of one group.
type Member struct {
	Host    string
	Group   netip.Addr
	Exclude bool
	Sources []netip.Addr
}

// Members gives every group that some host wants, sorted by host and group: what a querier ought to find out.
func (w *World) Members() []Member {
	var out []Member
	for _, h := range w.hosts {
		for _, i := range []*igmpHost{&h.igmp, &h.mld} {
			for _, g := range i.sorted() {
				if f := i.groups[g].filter(); !f.empty() {
					out = append(out, Member{Host: h.name, Group: g, Exclude: f.exclude, Sources: f.sources})
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Member) int { return cmp.Or(cmp.Compare(a.Host, b.Host), a.Group.Compare(b.Group)) })
	return out
}
