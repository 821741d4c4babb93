package is06

import (
	"cmp"
	"iter"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/topology"
)

func links(s *core.Snapshot) iter.Seq[networkLink] { return byKey(networkLinks(s)) }

// networkLinks pairs the usable directions of each link.
func networkLinks(s *core.Snapshot) []networkLink {
	usable := make(map[topology.Link]*core.LinkView, len(s.Links))
	for i := range s.Links {
		if s.Links[i].Usable {
			usable[s.Links[i].Link] = &s.Links[i]
		}
	}
	names := portNames(s)
	all := []networkLink{}
	for i := range s.Links {
		there := usable[s.Links[i].Link]
		back := usable[s.Links[i].Reverse()]
		if there != nil && back != nil && there.From.Compare(there.To) < 0 {
			all = append(all, wireLink(there, back, names))
		}
	}
	return all
}

func findLink(s *core.Snapshot, id uuid.UUID) (networkLink, bool) {
	all := networkLinks(s)
	i := slices.IndexFunc(all, func(l networkLink) bool { return l.ID == id })
	if i < 0 {
		return networkLink{}, false
	}
	return all[i], true
}

func wireLink(there, back *core.LinkView, names map[topology.PortRef]string) networkLink {
	from, to := there.From, there.To
	fromName := cmp.Or(names[from], portID(topology.Port{ID: from.Port}))
	toName := cmp.Or(names[to], portID(topology.Port{ID: to.Port}))
	return networkLink{
		ID:    linkID(end{from.Switch.ChassisID(), fromName}, end{to.Switch.ChassisID(), toName}),
		Peers: [2]peer{{deviceID(from.Switch), fromName}, {deviceID(to.Switch), toName}},
		Speed: min(there.Capacity, back.Capacity),
		times: times{max(there.Created, back.Created), max(there.Updated, back.Updated)},
	}
}

// portID is what our LLDP frames carry: the port's name, or its number if it has none.
func portID(p topology.Port) string { return cmp.Or(p.Name, strconv.FormatUint(uint64(p.ID), 10)) }

func portNames(s *core.Snapshot) map[topology.PortRef]string {
	names := make(map[topology.PortRef]string)
	for _, sw := range s.Switches {
		for _, port := range sw.Ports {
			names[topology.PortRef{Switch: sw.ID, Port: port.ID}] = portID(port.Port)
		}
	}
	return names
}
