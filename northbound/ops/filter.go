package ops

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"crosspoint/topology"
)

// The query parameters that narrow a list.
const (
	paramSwitch = "switch"
	paramFlow   = "flow"
	paramSide   = "side"
	paramRates  = "rates"
	paramPort   = "port" // of what is drained
)

var (
	switchFilter = []string{paramSwitch}
	flowFilter   = []string{paramFlow}
	bothFilters  = []string{paramSwitch, paramFlow}
	portFilters  = append(slices.Clone(switchFilter), paramRates)
	linkFilters  = append(slices.Clone(bothFilters), paramRates)
)

// filter narrows a list to what has to do with a switch, a flow, or both. The zero value keeps everything.
type filter struct {
	sw    *topology.SwitchID
	flow  *Flow
	rates bool // have the switches' port counters read too
}

func parseFilter(x *index, q url.Values, known []string) (filter, error) {
	if err := checkParams(q, known); err != nil {
		return filter{}, err
	}
	var f filter
	switch q.Get(paramRates) {
	case "true":
		f.rates = true
	case "", "false":
	default:
		return filter{}, badRequest("parameter %q: want true or false", paramRates)
	}
	if name := q.Get(paramSwitch); name != "" {
		sw, err := x.findSwitch(name)
		if err != nil {
			return filter{}, err
		}
		f.sw = &sw.ID
	}
	if name := q.Get(paramFlow); name != "" {
		view, err := x.findFlow(name)
		if err != nil {
			return filter{}, err
		}
		flow := x.flowView(view)
		f.flow = &flow
	}
	return f, nil
}

// checkParams refuses what would otherwise be ignored: a misspelt or empty parameter, or one given twice.
func checkParams(q url.Values, known []string) error {
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if !slices.Contains(known, name) {
			if len(known) == 0 {
				return badRequest("unknown parameter %q: this resource takes none", name)
			}
			return badRequest("unknown parameter %q: this resource takes %s", name, strings.Join(known, ", "))
		}
		if len(q[name]) != 1 || q.Get(name) == "" {
			return badRequest("parameter %q needs exactly one value", name)
		}
	}
	return nil
}

func (f filter) at(ref *PortRef) bool { return f.sw == nil || (ref != nil && ref.Switch == *f.sw) }

func (f filter) of(endpoint uuid.UUID) bool { return f.flow == nil || f.flow.names(endpoint) }

func (f filter) to(group netip.Addr) bool { return f.flow == nil || f.flow.Group == group }

func keepSwitch(f filter, s Switch) bool { return f.sw == nil || *f.sw == s.ID }

func keepPort(f filter, p Port) bool { return f.at(&p.PortRef) }

func keepLink(f filter, l Link) bool {
	return (f.at(&l.From) || f.at(&l.To)) && (f.flow == nil || slices.Contains(f.flow.Tree, l.Hop))
}

func keepHost(f filter, h Host) bool {
	return f.at(&h.At) && (f.flow == nil || (h.Endpoint != nil && f.flow.names(h.Endpoint.ID)))
}

func keepEndpoint(f filter, e Endpoint) bool { return f.at(e.Bound) && f.of(e.ID) }

func keepFlow(f filter, flow Flow) bool {
	return flow.touches(f) && (f.flow == nil || f.flow.ID == flow.ID)
}

func keepMembership(f filter, m Membership) bool { return f.at(&m.At) && f.to(m.Group) }

func keepDenial(f filter, d Denial) bool { return f.at(&d.At) && f.to(d.Group) }

// names reports whether an endpoint is the flow's sender or one of its receivers.
func (f *Flow) names(endpoint uuid.UUID) bool {
	return f.Sender.ID == endpoint ||
		slices.ContainsFunc(f.Receivers, func(r Receiver) bool { return r.Endpoint.ID == endpoint })
}

// touches reports whether the flow has to do with the filter's switch: its tree passes it, or its sender or a receiver is there.
func (f *Flow) touches(by filter) bool {
	return by.at(f.SenderAt) ||
		slices.ContainsFunc(f.Tree, func(h Hop) bool { return by.at(&h.From) || by.at(&h.To) }) ||
		slices.ContainsFunc(f.Receivers, func(r Receiver) bool { return by.at(r.At) })
}

// describe lists names for an error message, cut where it would be too long to read.
func describe(names []string) string {
	const most = 20
	if len(names) == 0 {
		return "none"
	}
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
