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
	gone    map[silentLeave]bool
	version map[speaker]int     // of IGMP or MLD; 0 is the newest
	ever    map[delivery]bool   // what was allowed at some time since the last mark
	mates   map[string][]string // hosts of one hub, itself among them, by host; none: it has a port to itself
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

// silentLeave is a request of which nobody was told that it is over: IGMPv1 knows no leave (RFC 1112 §7.1).
type silentLeave struct {
	host string
	accountJoin
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
		gone: map[silentLeave]bool{}, mates: map[string][]string{},
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
	delete(a.gone, silentLeave{host, j})
	a.change(host, func() {
		if !slices.Contains(a.joins[host], j) {
			a.joins[host] = append(a.joins[host], j)
		}
	})
}

func (a *account) leave(host string, j accountJoin) {
	if a.version[speaker{host, j.group.Is6()}] == 1 && j.group.Is4() {
		a.gone[silentLeave{host, j}] = true
		return
	}
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
	newest := 3
	if f.to.Is6() {
		newest = 2
	}
	version := cmp.Or(a.version[speaker{host, f.to.Is6()}], newest)
	return slices.ContainsFunc(a.joins[host], func(j accountJoin) bool {
		anySource := j.source == "" || version < newest
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

// listens reports whether a socket of a host takes a stream.
func (a *account) listens(host string, s *accountStream) bool {
	return slices.ContainsFunc(a.joins[host], func(j accountJoin) bool {
		return j.group == s.to && (j.source == "" || j.source == s.from) && !a.gone[silentLeave{host, j}]
	})
}

// allowed reports whether a stream may arrive at a host. On a hub that is what may arrive at any host of it, and what one of them sends.
func (a *account) allowed(s *accountStream, host string) bool {
	mates := a.mates[host]
	if len(mates) == 0 {
		return a.entitled(s, host)
	}
	return slices.ContainsFunc(mates, func(h string) bool { return h != host && h == s.from || a.entitled(s, h) })
}

// entitled is allowed for a host by itself. What goes to an infrastructure group may arrive at every host but its sender.
func (a *account) entitled(s *accountStream, host string) bool {
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
