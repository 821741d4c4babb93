package scenario

import (
	"cmp"
	"crosspoint/flows"
	"crosspoint/testbed"
	"maps"
	"net/netip"
	"slices"
)

// account says who may have what, from the plan alone: the rules of IS-06 and IGMP once more, in the simplest form, so that
// the controller is not its own judge.
type account struct {
	flows   map[string]*accountFlow
	streams map[string]*accountStream
	joins   map[string][]accountJoin // by host
	version map[speaker]int          // of IGMP or MLD; 0 is the newest
	ever    map[delivery]bool        // what was allowed at some time since the last mark
}

type accountFlow struct {
	name, from string
	to         netip.Addr
	forward    bool
	receivers  []string
	left       map[string]bool // receivers that left by IGMP what is forwarded without a join
}

// accountStream is something that a host sends.
type accountStream struct {
	name, from string
	to         netip.Addr
	id         uint32
	stream     testbed.Stream // as it was sent
	running    bool
}

// accountJoin is a standing request; no source stands for any.
type accountJoin struct {
	group  netip.Addr
	source string
}

// speaker is a host in one IP version, which asks by IGMP or by MLD.
type speaker struct {
	host string
	is6  bool
}

// delivery is a stream at a host's port.
type delivery struct{ stream, host string }

func newAccount() *account {
	return &account{
		flows: map[string]*accountFlow{}, streams: map[string]*accountStream{},
		joins: map[string][]accountJoin{}, version: map[speaker]int{}, ever: map[delivery]bool{},
	}
}

func (a *account) putFlow(name, from string, to netip.Addr, forward bool, receivers []string) {
	a.flows[name] = &accountFlow{
		name: name, from: from, to: to, forward: forward, receivers: slices.Clone(receivers), left: map[string]bool{},
	}
}

// groupOf is the group of a flow; invalid when it is not there.
func (a *account) groupOf(flow string) netip.Addr {
	if f := a.flows[flow]; f != nil {
		return f.to
	}
	return netip.Addr{}
}

func (a *account) deleteFlow(name string) { delete(a.flows, name) }

// setForward forwards anew to everybody listed.
func (a *account) setForward(name string, forward bool) {
	a.flows[name].forward, a.flows[name].left = forward, map[string]bool{}
}

func (a *account) addReceivers(name string, hosts []string) {
	f := a.flows[name]
	for _, h := range hosts {
		delete(f.left, h)
		if !slices.Contains(f.receivers, h) {
			f.receivers = append(f.receivers, h)
		}
	}
}

func (a *account) removeReceiver(name, host string) {
	f := a.flows[name]
	delete(f.left, host)
	f.receivers = slices.DeleteFunc(f.receivers, func(h string) bool { return h == host })
}

// join notes a request; a version other than 0 changes how the host asks from now on.
func (a *account) join(host string, j accountJoin, version int) {
	if version != 0 {
		a.version[speaker{host, j.group.Is6()}] = version
	}
	a.change(host, func() {
		if !slices.Contains(a.joins[host], j) {
			a.joins[host] = append(a.joins[host], j)
		}
	})
}

func (a *account) leave(host string, j accountJoin) {
	a.change(host, func() {
		a.joins[host] = slices.DeleteFunc(a.joins[host], func(have accountJoin) bool { return have == j })
	})
}

// change finds out which flows a host's joins begin or cease to ask for.
func (a *account) change(host string, do func()) {
	before := map[string]bool{}
	for name, f := range a.flows {
		before[name] = a.asks(host, f)
	}
	do()
	for name, f := range a.flows {
		if after := a.asks(host, f); after != before[name] && slices.Contains(f.receivers, host) {
			f.left[host] = !after && f.forward
		}
	}
}

// sourceSpecific are the groups of which a source must be named, or the request counts for nothing (RFC 4607 §1, RFC 4604 §2.2).
func sourceSpecific(group netip.Addr) bool {
	b := group.AsSlice()
	if group.Is4() {
		return b[0] == 232
	}
	return b[1]>>4 == 3 && netip.PrefixFrom(group, 96).Masked().Addr() == netip.AddrFrom16([16]byte{b[0], b[1]})
}

// asks reports whether a host's joins name a flow. Before IGMPv3 and MLDv2 no source can be named (RFC 2236, RFC 2710).
func (a *account) asks(host string, f *accountFlow) bool {
	nameless := 2
	if f.to.Is6() {
		nameless = 1
	}
	version := a.version[speaker{host, f.to.Is6()}]
	return slices.ContainsFunc(a.joins[host], func(j accountJoin) bool {
		anySource := j.source == "" || version == nameless
		return j.group == f.to && (anySource && !sourceSpecific(f.to) || !anySource && j.source == f.from)
	})
}

// active reports whether a receiver of a flow is to get it.
func (a *account) active(f *accountFlow, host string) bool {
	if !slices.Contains(f.receivers, host) {
		return false
	}
	return a.asks(host, f) || f.forward && !f.left[host]
}

// allowed reports whether a stream may arrive at a host. What goes to an infrastructure group may at every host but its sender.
func (a *account) allowed(s *accountStream, host string) bool {
	if slices.Contains(flows.DefaultInfrastructure().Groups, s.to) {
		return host != s.from
	}
	for _, f := range a.flows {
		if f.from == s.from && f.to == s.to && a.active(f, host) {
			return true
		}
	}
	return false
}

// note adds what is allowed now to what ever was. It is called after every step.
func (a *account) note(hosts []string) {
	for _, s := range a.streams {
		for _, h := range hosts {
			if a.allowed(s, h) {
				a.ever[delivery{s.name, h}] = true
			}
		}
	}
}

// streamOf finds the stream by what is seen of it in the network.
func (a *account) streamOf(id uint32) *accountStream {
	for _, s := range a.streams {
		if s.id == id {
			return s
		}
	}
	return nil
}

func (a *account) sortedFlows() []*accountFlow {
	return slices.SortedFunc(maps.Values(a.flows), func(x, y *accountFlow) int { return cmp.Compare(x.name, y.name) })
}

func (a *account) sortedStreams() []*accountStream {
	return slices.SortedFunc(maps.Values(a.streams), func(x, y *accountStream) int { return cmp.Compare(x.id, y.id) })
}
