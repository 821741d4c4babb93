package events

import (
	"bytes"
	"cmp"
	"slices"

	"crosspoint/controller/core"
	"crosspoint/northbound/is06"
	"crosspoint/topology"
)

// topology compares switches, and then links, whose documents have the names of ports.
func (d *diff) topology() {
	same := true
	pairs(d.before.Switches, d.after.Switches, false, func(a, b *core.SwitchView) int { return cmp.Compare(a.ID, b.ID) },
		func(before, after *core.SwitchView) {
			if before != nil && after != nil && sameDevice(before, after) {
				return
			}
			same = false
			d.renamed = d.renamed || before == nil || after == nil || !sameNames(before, after)
			document(d, rankDevices, Devices, before, after, func(sw *core.SwitchView) (string, []byte, error) {
				return read(is06.EncodeDevice(sw))
			})
		})
	if !same || !slices.EqualFunc(d.before.Links, d.after.Links, sameLink) {
		d.links()
	}
}

// sameDevice compares what IS-06 shows of a switch.
func sameDevice(a, b *core.SwitchView) bool {
	return a.Name == b.Name && a.Remote == b.Remote &&
		slices.EqualFunc(a.Ports, b.Ports, func(a, b core.PortView) bool { return a.Port == b.Port })
}

func sameNames(a, b *core.SwitchView) bool {
	return a.Name == b.Name &&
		slices.EqualFunc(a.Ports, b.Ports, func(a, b core.PortView) bool { return a.ID == b.ID && a.Port.Name == b.Port.Name })
}

// sameLink compares what IS-06 shows of a link.
func sameLink(a, b *core.LinkView) bool {
	return a == b || a.Link == b.Link && a.Usable == b.Usable && a.Capacity == b.Capacity
}

func (d *diff) links() {
	before, after := d.linksOf(d.before), d.linksOf(d.after)
	pairs(before, after, false, func(a, b *is06.Encoded) int { return bytes.Compare(a.ID[:], b.ID[:]) },
		func(before, after *is06.Encoded) {
			document(d, rankLinks, Links, before, after, func(e *is06.Encoded) (string, []byte, error) { return read(*e, nil) })
		})
}

func (d *diff) linksOf(s *core.Snapshot) []*is06.Encoded {
	all, err := is06.EncodeLinks(s)
	if err != nil && d.err == nil {
		d.err = err
	}
	sorted := make([]*is06.Encoded, len(all))
	for i := range all {
		sorted[i] = &all[i]
	}
	slices.SortFunc(sorted, func(a, b *is06.Encoded) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return sorted
}

// endpoint goes by the times that IS-06's cursors go by: every change of a resource moves the second.
func (d *diff) endpoint(before, after *core.EndpointView) {
	if before != nil && after != nil {
		if before.Created == after.Created && before.Updated == after.Updated && samePort(before.Bound, after.Bound) {
			return
		}
		if before.Created != after.Created { // deleted, and made again with the same id
			d.endpoint(before, nil)
			d.endpoint(nil, after)
			return
		}
	}
	for _, e := range []*core.EndpointView{before, after} {
		if e != nil {
			d.moved[e.ID] = true
		}
	}
	document(d, rankEndpoints, Endpoints, before, after, func(e *core.EndpointView) (string, []byte, error) {
		return read(is06.EncodeEndpoint(&e.Endpoint))
	})
}

func samePort(a, b *topology.PortRef) bool {
	return a == b || a != nil && b != nil && *a == *b
}

func (d *diff) flow(before, after *core.FlowView) {
	d.changed[cmp.Or(after, before).ID] = true
	if before != nil && after != nil && before.Created != after.Created {
		d.flow(before, nil)
		d.flow(nil, after)
		return
	}
	same := before != nil && after != nil && before.Updated == after.Updated
	if !same {
		document(d, rankFlows, Flows, before, after, func(f *core.FlowView) (string, []byte, error) {
			return read(is06.EncodeFlow(&f.NetworkFlow))
		})
	}
	d.receivers(before, after, same)
}

func read(e is06.Encoded, err error) (string, []byte, error) { return e.ID.String(), e.Text, err }
