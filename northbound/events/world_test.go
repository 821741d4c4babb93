package events

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/topology"
)

// world is a network that a test changes at will, with stamps as the controller gives them.
type world struct {
	last      core.Snapshot
	stamp     flows.TAI
	switches  map[topology.SwitchID]*core.SwitchView
	links     map[topology.Link]*core.LinkView
	endpoints map[uuid.UUID]*core.EndpointView
	flows     map[uuid.UUID]*core.FlowView
	drained   map[core.SwitchOrCable]bool
	pairs     map[string]core.PairView
}

func newWorld() *world {
	return &world{
		stamp: 1000, switches: map[topology.SwitchID]*core.SwitchView{}, links: map[topology.Link]*core.LinkView{},
		endpoints: map[uuid.UUID]*core.EndpointView{}, flows: map[uuid.UUID]*core.FlowView{},
		drained: map[core.SwitchOrCable]bool{}, pairs: map[string]core.PairView{},
	}
}

func (w *world) tick() flows.TAI {
	w.stamp++
	return w.stamp
}

func idOf(kind string, n int) uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "%s %d", kind, n))
}

func pick[T any](t *rapid.T, what string, list ...T) T { return rapid.SampledFrom(list).Draw(t, what) }

// snapshot copies the world, sorted and, where nothing changed, shared with the last as the controller does.
func (w *world) snapshot() *core.Snapshot {
	s := &core.Snapshot{}
	for _, sw := range w.switches {
		view := *sw
		view.Ports = slices.Clone(sw.Ports)
		s.Switches = append(s.Switches, reuse(w.last.Switches, &view))
	}
	for _, l := range w.links {
		view := *l
		s.Links = append(s.Links, reuse(w.last.Links, &view))
	}
	for _, e := range w.endpoints {
		view := *e
		s.Endpoints = append(s.Endpoints, reuse(w.last.Endpoints, &view))
	}
	for _, f := range w.flows {
		view := *f
		view.Receivers, view.Delivery = slices.Clone(f.Receivers), slices.Clone(f.Delivery)
		s.Flows = append(s.Flows, reuse(w.last.Flows, &view))
	}
	slices.SortFunc(s.Switches, func(a, b *core.SwitchView) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Links, func(a, b *core.LinkView) int { return a.Link.Compare(b.Link) })
	slices.SortFunc(s.Endpoints, func(a, b *core.EndpointView) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	slices.SortFunc(s.Flows, func(a, b *core.FlowView) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	s.Drained = slices.SortedFunc(maps.Keys(w.drained), func(a, b core.SwitchOrCable) int {
		return cmp.Or(cmp.Compare(a.Switch, b.Switch), cmp.Compare(a.Port, b.Port))
	})
	for _, name := range slices.Sorted(maps.Keys(w.pairs)) {
		s.Pairs = append(s.Pairs, w.pairs[name])
	}
	w.last = *s
	return s
}

// reuse gives the view that there was, if it is the same.
func reuse[V any](old []*V, view *V) *V {
	for _, was := range old {
		if reflect.DeepEqual(was, view) {
			return was
		}
	}
	return view
}

// change does one thing at random.
func (w *world) change(t *rapid.T) {
	pick(t, "what", w.changeSwitch, w.changeLink, w.changeEndpoint, w.changeEndpoint, w.changeFlow, w.changeFlow, w.changeDelivery, w.changeDelivery, w.changeDrained, w.changePair)(t)
}

func (w *world) changeSwitch(t *rapid.T) {
	id := topology.SwitchID(rapid.IntRange(1, 3).Draw(t, "switch"))
	sw := w.switches[id]
	if sw == nil {
		w.switches[id] = &core.SwitchView{ID: id, Name: fmt.Sprint("s", id), Created: w.tick(), Updated: w.stamp}
		return
	}
	switch pick(t, "how", "remote", "name", "port", "up", "flows") {
	case "remote":
		sw.Remote = pick(t, "remote", "10.0.0.1:1", "10.0.0.2:1", "")
	case "name":
		sw.Name = pick(t, "name", "lf", "sp")
	case "port":
		n := topology.PortID(len(sw.Ports) + 1)
		sw.Ports, sw.Updated = append(sw.Ports, core.PortView{Port: topology.Port{ID: n, Name: fmt.Sprint("eth", n), Speed: topology.Gbit}}), w.tick()
	case "up":
		if len(sw.Ports) > 0 {
			sw.Ports[0].LinkUp, sw.Updated = !sw.Ports[0].LinkUp, w.tick()
		}
	case "flows":
		sw.Flows++ // of no interest to IS-06
	}
}

func (w *world) changeLink(t *rapid.T) {
	l := topology.Link{
		From: topology.PortRef{Switch: 1, Port: topology.PortID(rapid.IntRange(1, 2).Draw(t, "from"))},
		To:   topology.PortRef{Switch: 2, Port: topology.PortID(rapid.IntRange(1, 2).Draw(t, "to"))},
	}
	if rapid.Bool().Draw(t, "back") {
		l = l.Reverse()
	}
	if v := w.links[l]; v != nil && rapid.Bool().Draw(t, "change") {
		v.Usable, v.Capacity, v.Reserved = rapid.Bool().Draw(t, "usable"), pick(t, "capacity", topology.Gbit, 10*topology.Gbit), v.Reserved+1
		return
	} else if v != nil {
		delete(w.links, l)
		return
	}
	w.links[l] = &core.LinkView{Link: l, Usable: true, Capacity: topology.Gbit, Created: w.tick(), Updated: w.stamp}
}

func (w *world) changeEndpoint(t *rapid.T) {
	n := rapid.IntRange(1, 4).Draw(t, "endpoint")
	id := idOf("endpoint", n)
	e := w.endpoints[id]
	if e == nil {
		w.endpoints[id] = &core.EndpointView{Endpoint: flows.Endpoint{
			ID: id, MAC: topology.MAC{2, 0, 0, 0, 0, byte(n)}, Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), Role: flows.RoleBoth,
			Created: w.tick(), Updated: w.stamp,
		}}
		return
	}
	switch pick(t, "how", "label", "bind", "delete", "again", "seen") {
	case "label":
		label := pick(t, "label", "a", "b")
		e.Label, e.Updated = &label, w.tick()
	case "bind":
		e.Bound, e.Updated = &topology.PortRef{Switch: 1, Port: topology.PortID(rapid.IntRange(1, 3).Draw(t, "port"))}, w.tick()
	case "delete":
		delete(w.endpoints, id)
	case "again":
		e.Created, e.Updated = w.tick(), w.stamp
	case "seen":
		e.Seen = e.Seen.Add(time.Second) // of no interest
	}
}

func (w *world) changeFlow(t *rapid.T) {
	id := idOf("flow", rapid.IntRange(1, 3).Draw(t, "flow"))
	f := w.flows[id]
	if f == nil {
		w.flows[id] = &core.FlowView{NetworkFlow: flows.NetworkFlow{
			ID: id, Group: netip.MustParseAddr("239.1.1.1"), Sender: idOf("endpoint", 1), Bandwidth: topology.Mbit, Profile: flows.ProfileConstant,
			Forward: true, DSCP: flows.DSCPDefault, Created: w.tick(), Updated: w.stamp,
		}, Source: netip.MustParseAddr("10.0.0.1")}
		w.list(t, w.flows[id])
		return
	}
	switch pick(t, "how", "label", "receivers", "delete", "again") {
	case "label":
		label := pick(t, "label", "a", "b")
		f.Label, f.Updated = &label, w.tick()
	case "receivers":
		w.list(t, f)
		f.Updated = w.tick()
	case "delete":
		delete(w.flows, id)
	case "again":
		f.Created, f.Updated = w.tick(), w.stamp
	}
}

// changeDrained takes a switch or a cable out of use, or gives it back.
func (w *world) changeDrained(t *rapid.T) {
	part := core.SwitchOrCable{Switch: topology.SwitchID(rapid.IntRange(1, 2).Draw(t, "switch")), Port: topology.PortID(rapid.IntRange(0, 2).Draw(t, "port"))}
	if w.drained[part] {
		delete(w.drained, part)
	} else {
		w.drained[part] = true
	}
}

// changePair pairs flows, parts them, or changes how far their trees are apart.
func (w *world) changePair(t *rapid.T) {
	name := pick(t, "pair", "a", "b")
	p, there := w.pairs[name]
	switch {
	case !there:
		w.pairs[name] = core.PairView{Name: name, Legs: [2]uuid.UUID{idOf("flow", 1), idOf("flow", rapid.IntRange(2, 3).Draw(t, "leg"))}}
	case rapid.Bool().Draw(t, "part"):
		delete(w.pairs, name)
	default:
		p.Shared.Switches = append([]topology.SwitchID{2}, p.Shared.Switches...)[:rapid.IntRange(0, 1).Draw(t, "shared")]
		w.pairs[name] = p
	}
	if f := w.flows[idOf("flow", 1)]; f != nil && rapid.Bool().Draw(t, "with path") {
		f.Channels = []topology.Channel{{PortRef: topology.PortRef{Switch: 1, Port: 1}}}
	}
}

// list gives a flow other receivers, in any order.
func (w *world) list(t *rapid.T, f *core.FlowView) {
	f.Receivers, f.Delivery = nil, nil
	for _, n := range rapid.Permutation([]int{2, 3, 4}).Draw(t, "receivers")[:rapid.IntRange(0, 3).Draw(t, "n")] {
		f.Receivers = append(f.Receivers, idOf("endpoint", n))
		f.Delivery = append(f.Delivery, core.ReceiverView{Endpoint: idOf("endpoint", n), State: core.Programming})
	}
}

func (w *world) changeDelivery(t *rapid.T) {
	for _, f := range w.flows {
		for i := range f.Delivery {
			if !rapid.Bool().Draw(t, "this") {
				continue
			}
			r := &f.Delivery[i]
			r.State, r.Joined = pick(t, "state", core.Forwarding, core.Reserved, core.NoPathNow), rapid.Bool().Draw(t, "joined")
			r.Path = [][]topology.Link{nil, {{From: topology.PortRef{Switch: 1, Port: 1}, To: topology.PortRef{Switch: 2, Port: 1}}}}[rapid.IntRange(0, 1).Draw(t, "path")]
		}
	}
}
