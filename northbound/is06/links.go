package is06

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/topology"
)

func links() list[cable, networkLink] {
	return list[cable, networkLink]{in: cablesInOrder, at: (*cable).at, wire: wireLink, attributes: linkAttributes()}
}

// cable is a link of which both directions are usable.
type cable struct{ there, back *core.LinkView }

func (c *cable) at(o order) flows.TAI {
	return o.of(max(c.there.Created, c.back.Created), max(c.there.Updated, c.back.Updated))
}

// cables pairs the usable directions of each link.
func cables(s *core.Snapshot) []*cable {
	var all []*cable
	for _, there := range s.Links {
		if !there.Usable || there.From.Compare(there.To) >= 0 {
			continue
		}
		if back := s.Link(there.Reverse()); back != nil && back.Usable {
			all = append(all, &cable{there, back})
		}
	}
	return all
}

// cablesInOrder sorts them anew: there are few.
func cablesInOrder(s *core.Snapshot, o order) []*cable {
	all := cables(s)
	slices.SortFunc(all, func(a, b *cable) int { return cmp.Compare(a.at(o), b.at(o)) })
	return all
}

func findLink(s *core.Snapshot, id uuid.UUID) (networkLink, bool) {
	for _, c := range cables(s) {
		if l := wireLink(s, c); l.ID == id {
			return l, true
		}
	}
	return networkLink{}, false
}

func wireLink(s *core.Snapshot, c *cable) networkLink {
	from, to := c.there.From, c.there.To
	fromName, toName := portName(s, from), portName(s, to)
	return networkLink{
		ID:    linkID(end{from.Switch.ChassisID(), fromName}, end{to.Switch.ChassisID(), toName}),
		Peers: [2]peer{{deviceID(from.Switch), fromName}, {deviceID(to.Switch), toName}},
		Speed: min(c.there.Capacity, c.back.Capacity),
	}
}

// portID is what our LLDP frames carry: the port's name, or its number if it has none.
func portID(p topology.Port) string { return cmp.Or(p.Name, strconv.FormatUint(uint64(p.ID), 10)) }

func portName(s *core.Snapshot, at topology.PortRef) string {
	if sw := s.Switch(at.Switch); sw != nil {
		if p := sw.Port(at.Port); p != nil {
			return portID(p.Port)
		}
	}
	return portID(topology.Port{ID: at.Port})
}
