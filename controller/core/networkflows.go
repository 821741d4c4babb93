package core

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/topology"
)

// flow is a network flow and what serves it.
type flow struct {
	*flows.NetworkFlow           // as it shall be, confirmed by the switches or not; redefine makes a new one, what is there is not changed
	next               *flow     // to the same group, by id
	sender             *endpoint // that Sender names
	object             flows.ObjectID
	deleting           bool          // withdrawn; waits for the switches to confirm
	unknown            bool          // the switches hold something else than layout
	untidy             bool          // the switches hold more than layout of that version: see mend
	version            flows.Version // that the guard sends in, or was told to
	move               *move         // to another tree; nil: none is under way
	place              placement     // where it shall run
	layout             layout        // what the switches were told of that version
	activeSince        perReceiver[time.Time]
	left               map[uuid.UUID]struct{} // receivers of a forwarded flow that left by IGMP

	// A join needs none of these.
	visible *flows.NetworkFlow // as last confirmed; what readers see. nil: not confirmed yet
	running placement          // what layout was made from
	guard   guard              // what the guard was told
	peaks   *flows.Peaks
}

func newFlow(def flows.NetworkFlow, object flows.ObjectID) *flow {
	return &flow{NetworkFlow: &def, object: object}
}

// leave notes that a receiver left by IGMP.
func (f *flow) leave(r uuid.UUID) {
	if f.left == nil {
		f.left = map[uuid.UUID]struct{}{}
	}
	f.left[r] = struct{}{}
}

func (f *flow) hasLeft(r uuid.UUID) bool {
	_, left := f.left[r]
	return left
}

// authorises reports whether an endpoint is on the list of receivers. Who has a place is; a join needs that place, and mostly nothing else of the list.
func (f *flow) authorises(e *endpoint) bool {
	_, placed := f.place.at.get(e.ID)
	return placed || f.Lists(e.ID)
}

func (f *flow) holder() topology.Holder { return topology.Holder(f.object) }

// putFlow creates a network flow: nothing, or all of it.
func (s *State) putFlow(t Ticket, def flows.NetworkFlow) *Refusal {
	if why := s.checkFlow(def); why != nil {
		return why
	}
	object, err := s.objects.take()
	if err != nil {
		return refuse(Busy, "", "cannot hold another flow: %v", err)
	}
	def.Created = s.stamp()
	def.Updated = def.Created
	def.Receivers = slices.Clone(def.Receivers)
	f := newFlow(def, object)
	s.addFlow(f)
	if why := s.admit(f); why != nil {
		s.dropFlow(f)
		return why
	}
	op := s.begin(&operation{
		ticket: t, keys: []uuid.UUID{f.ID}, owners: f.owners(),
		commit: func() Result { return s.commitFlow(f, "flow created") },
		undo: func() {
			s.dropFlow(f)
			s.withdrawFlow(f)
		},
	})
	s.program(f, op)
	return nil
}

// checkFlow says why a flow may not be created, whatever room there is.
func (s *State) checkFlow(def flows.NetworkFlow) *Refusal {
	if _, taken := s.flows[def.ID]; taken {
		return refuse(Exists, "id", "network flow %s exists already; change it with PATCH", def.ID)
	}
	if len(s.flows) >= s.cfg.MaxFlows {
		return refuse(Busy, "", "%d network flows are held, the most that this controller may hold", len(s.flows))
	}
	if s.isInfrastructure(def.Group) {
		return refuse(Invalid, "multicast_address", "multicast_address: %s is an infrastructure group, which every host gets without a flow", def.Group)
	}
	if err := flows.CheckGroup(def.Group); err != nil {
		return refuse(Invalid, "multicast_address", "multicast_address: %v", err)
	}
	if why := checkBandwidth(def.Bandwidth); why != nil {
		return why
	}
	sender, known := s.endpoints[def.Sender]
	if !known {
		return refuse(Invalid, "sender_endpoint_id", "sender_endpoint_id: no endpoint %s is registered; register it first", def.Sender)
	}
	if !sender.Role.MaySend() {
		return refuse(Invalid, "sender_endpoint_id", "sender_endpoint_id: endpoint %s has role %q and may not send", def.Sender, sender.Role)
	}
	if sender.Addr.Is4() != def.Group.Is4() {
		return refuse(Invalid, "multicast_address", "multicast_address: %s is an %s group, and the sender, endpoint %s, has the %s address %s",
			def.Group, flows.Family(def.Group), sender.ID, flows.Family(sender.Addr), sender.Addr)
	}
	for other := range s.flowsTo(def.Group) {
		if other.Sender == def.Sender {
			why := refuse(Conflict, "multicast_address", "multicast_address: network flow %s has the same sender and group; <S,G> is the flow", other.ID)
			why.Other = other.ID
			return why
		}
	}
	if why := s.checkReceivers(def, def.Receivers); why != nil {
		return why
	}
	return sender.checkMaxBandwidth(def.Bandwidth, 0)
}

// maxBandwidth is far above any link, and so far below what 64 bits hold that neither a profile's peak nor the sum of all flows overflows.
const maxBandwidth = 100_000 * topology.Gbit

func checkBandwidth(b topology.Bandwidth) *Refusal {
	if b > maxBandwidth {
		return refuse(Invalid, "bandwidth", "bandwidth: %s is more than any link has; at most %s", b, maxBandwidth)
	}
	return nil
}

// checkReceivers says why endpoints may not become receivers of a flow. One of the other IP version could never join it.
func (s *State) checkReceivers(f flows.NetworkFlow, receivers []uuid.UUID) *Refusal {
	const field = "receiver_endpoint_ids"
	for _, r := range receivers {
		e, known := s.endpoints[r]
		switch {
		case !known:
			return refuse(Invalid, field, "%s: no endpoint %s is registered; register it first", field, r)
		case !e.Role.MayReceive():
			return refuse(Invalid, field, "%s: endpoint %s has role %q and may not receive", field, r, e.Role)
		case r == f.Sender:
			return refuse(Invalid, field, "%s: endpoint %s is the flow's sender", field, r)
		case e.Addr.Is4() != f.Group.Is4():
			return refuse(Invalid, field, "%s: endpoint %s has the %s address %s, and %s is an %s group; register the host's other address as an endpoint too",
				field, r, flows.Family(e.Addr), e.Addr, f.Group, flows.Family(f.Group))
		}
	}
	return nil
}

// checkMaxBandwidth holds a sender to the most that it may send in all, with a flow's bandwidth as it would be instead of as it is.
func (e *endpoint) checkMaxBandwidth(next, now topology.Bandwidth) *Refusal {
	sum := e.sends - now + next // does not overflow: see checkBandwidth and Config.MaxFlows
	if e.MaxBandwidth != nil && sum > *e.MaxBandwidth {
		return refuse(NoCapacity, "bandwidth", "bandwidth: endpoint %s would send %s in all, and its max_bandwidth is %s", e.ID, sum, *e.MaxBandwidth)
	}
	return nil
}

// admit finds a place for all receivers that are in the network and reserves it, or says why one has none. Receivers not seen yet wait,
// and those that a failure left without a place before do not stand in the way.
func (s *State) admit(f *flow) *Refusal {
	p := s.place(f)
	if why := f.wouldBeRefused(p); why != nil {
		return why
	}
	s.settleIn(f, p)
	return nil
}

// wouldBeRefused says of which receiver that has a place, or is new, the way is not there.
func (f *flow) wouldBeRefused(p placement) *Refusal {
	for _, r := range f.Receivers {
		why, out := p.out[r]
		if _, before := f.place.out[r]; out && !before && why.state != Unverified {
			return refuse(why.kind, "receiver_endpoint_ids", "%s", why.reason)
		}
	}
	return nil
}

// settleIn gives a flow a place, and reserves it beside the one that it has.
func (s *State) settleIn(f *flow, p placement) {
	before := s.ledger.Held(f.holder())
	f.place = p
	s.reserve(f, before)
	s.noteLeftOut(f)
}

// addFlow puts a flow into every index.
func (s *State) addFlow(f *flow) {
	f.peaks = &s.cfg.Peaks
	f.sender = s.endpoints[f.Sender]
	f.sender.sends += f.Bandwidth
	s.flows[f.ID] = f
	s.changed.groups.add(f.Group)
	s.objects.hold(f.object, object{flow: f})
	before, after := s.around(f)
	f.next = after
	s.chain(f.Group, before, f)
	s.use(f, f.Sender)
	for _, r := range f.Receivers {
		s.use(f, r)
	}
	s.pairByLabel(f)
}

// dropFlow takes a flow out of every index and gives back what it reserved. Its entries are withdrawn by the caller.
func (s *State) dropFlow(f *flow) {
	delete(s.flows, f.ID)
	f.sender.sends -= f.Bandwidth
	s.changed.flows.add(f.ID)
	s.changed.groups.add(f.Group)
	s.changed.reserved(s.ledger.Held(f.holder()))
	delete(s.unturned, f)
	s.unpairFlow(f)
	delete(s.leftOut, f.ID)
	before, _ := s.around(f)
	s.chain(f.Group, before, f.next)
	s.unuse(f, f.Sender)
	for _, r := range f.Receivers {
		s.unuse(f, r)
	}
	s.ledger.Release(f.holder())
	s.objects.free(f.object)
	s.soon(&s.timers.replan, settleTime)
}

// flowsTo goes through the flows to a group, by id.
func (s *State) flowsTo(group netip.Addr) iter.Seq[*flow] {
	return func(yield func(*flow) bool) {
		for f := s.byGroup[group]; f != nil && yield(f); f = f.next {
		}
	}
}

// around finds the flows to the same group with the next smaller and the next larger id; nil: there is none.
func (s *State) around(f *flow) (before, after *flow) {
	for other := range s.flowsTo(f.Group) {
		switch bytes.Compare(other.ID[:], f.ID[:]) {
		case -1:
			before = other
		case 1:
			return before, other
		}
	}
	return before, nil
}

// chain has a flow, or none, be the next to a group after another; nil: it is the first.
func (s *State) chain(group netip.Addr, before, next *flow) {
	switch {
	case before != nil:
		before.next = next
	case next != nil:
		s.byGroup[group] = next
	default:
		delete(s.byGroup, group)
	}
}

func (s *State) use(f *flow, e uuid.UUID) {
	if s.uses[e] == nil {
		s.uses[e] = map[*flow]struct{}{}
	}
	s.uses[e][f] = struct{}{}
}

func (s *State) unuse(f *flow, e uuid.UUID) {
	if delete(s.uses[e], f); len(s.uses[e]) == 0 {
		delete(s.uses, e)
	}
}

// commitFlow makes what the switches confirmed visible and durable.
func (s *State) commitFlow(f *flow, what string) Result {
	s.reserve(f, nil)
	f.visible = f.NetworkFlow
	s.saveFlow(f)
	s.note(true, false, what, "flow", f.ID.String(), "group", f.Group.String(), "sender", f.Sender.String(),
		"receivers", fmt.Sprint(len(f.Receivers)), "bandwidth", f.Bandwidth.String())
	return Result{Flow: f.visible}
}

// changeFlow carries out a change of a flow's definition, whole or not at all. change must not keep what it is given.
func (s *State) changeFlow(t Ticket, f *flow, removes bool, what string, change func(*flow)) *Refusal {
	restore, why := s.redefine(f, removes, change)
	if why != nil {
		return why
	}
	op := s.begin(&operation{
		ticket: t, keys: []uuid.UUID{f.ID}, owners: f.owners(), removes: removes,
		commit: func() Result { return s.commitFlow(f, what) },
		undo: func() {
			restore()
			s.replan(f) // the network may have changed meanwhile
		},
	})
	s.program(f, op)
	return nil
}

// redefine changes a flow's definition and finds it a place, or leaves it as it was. A change that only removes receivers is never refused for those that
// stay: what a failure has taken from them, it has taken. change must not keep what it is given.
func (s *State) redefine(f *flow, removes bool, change func(*flow)) (restore func(), why *Refusal) {
	def, place, left := f.NetworkFlow, f.place, maps.Clone(f.left)
	restore = func() {
		s.relist(f, f.Receivers, def.Receivers)
		f.sender.sends += def.Bandwidth - f.Bandwidth
		f.NetworkFlow, f.place, f.left = def, place, left
		s.pairByLabel(f)
	}
	next := *def
	next.Receivers = slices.Clone(def.Receivers)
	f.NetworkFlow = &next
	change(f)
	f.sender.sends += f.Bandwidth - def.Bandwidth
	s.relist(f, def.Receivers, f.Receivers)
	s.pairByLabel(f)
	f.Updated = s.stamp()
	p := s.place(f)
	if why := f.wouldBeRefused(p); why != nil && !removes {
		restore()
		return nil, why
	}
	s.settleIn(f, p)
	return restore, nil
}

// relist keeps the index of who uses which endpoint when a flow's receivers change.
func (s *State) relist(f *flow, before, after []uuid.UUID) {
	s.changed.groups.add(f.Group)
	for _, r := range before {
		s.unuse(f, r)
	}
	for _, r := range after {
		s.use(f, r)
	}
}

// patchFlow changes a flow's attributes.
func (s *State) patchFlow(t Ticket, c PatchFlow) *Refusal {
	f, known := s.flows[c.ID]
	if !known {
		return noFlow(c.ID)
	}
	if b := c.Patch.Bandwidth; b != nil {
		if why := checkBandwidth(*b); why != nil {
			return why
		}
		if why := f.sender.checkMaxBandwidth(*b, f.Bandwidth); why != nil {
			return why
		}
	}
	return s.changeFlow(t, f, false, "flow changed", func(f *flow) {
		assign(&f.Bandwidth, c.Patch.Bandwidth)
		assign(&f.Profile, c.Patch.Profile)
		assign(&f.DSCP, c.Patch.DSCP)
		if c.Patch.Label != nil {
			f.Label = c.Patch.Label
		}
		if c.Patch.Forward != nil {
			f.Forward = *c.Patch.Forward
			f.left = nil // forwarded anew to everyone listed
		}
	})
}

func assign[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// deleteFlow removes a flow. Switches that are away drop it when they are back.
func (s *State) deleteFlow(t Ticket, id uuid.UUID) *Refusal {
	f, known := s.flows[id]
	if !known {
		return noFlow(id)
	}
	op := s.begin(&operation{
		ticket: t, keys: []uuid.UUID{id}, owners: f.owners(), removes: true,
		commit: func() Result {
			s.dropFlow(f)
			s.save(RecordFlow, id.String(), nil)
			s.note(true, false, "flow deleted", "flow", id.String(), "group", f.Group.String())
			return Result{}
		},
		undo: func() {
			f.deleting, f.unknown = false, true
			s.replan(f)
		},
	})
	f.deleting = true
	s.withdrawFlow(f, op)
	return nil
}

// addReceivers authorises more receivers.
func (s *State) addReceivers(t Ticket, c AddReceivers) *Refusal {
	f, known := s.flows[c.Flow]
	if !known {
		return noFlow(c.Flow)
	}
	if why := s.checkReceivers(*f.NetworkFlow, c.Receivers); why != nil {
		return why
	}
	return s.changeFlow(t, f, false, "receivers added", func(f *flow) {
		for _, r := range c.Receivers {
			delete(f.left, r)
			if !f.Lists(r) {
				f.Receivers = append(f.Receivers, r)
			}
		}
	})
}

// removeReceiver takes a receiver's authorisation away.
func (s *State) removeReceiver(t Ticket, c RemoveReceiver) *Refusal {
	f, known := s.flows[c.Flow]
	if !known {
		return noFlow(c.Flow)
	}
	if !f.Lists(c.Receiver) {
		return refuse(NotFound, "", "endpoint %s is no receiver of network flow %s", c.Receiver, c.Flow)
	}
	return s.changeFlow(t, f, true, "receiver removed", func(f *flow) {
		delete(f.left, c.Receiver)
		f.Receivers = slices.DeleteFunc(f.Receivers, func(r uuid.UUID) bool { return r == c.Receiver })
	})
}

func noFlow(id uuid.UUID) *Refusal {
	return refuse(NotFound, "", "no network flow %s exists", id)
}

func (s *State) sortedFlows() []*flow { return slices.SortedFunc(maps.Values(s.flows), byClass) }
