package ops

import (
	"strconv"
	"strings"
)

// String gives the switch and the port by name, or by number where the name is unknown: "lf1:lf1-eth3".
func (r PortRef) String() string {
	sw, port := r.SwitchText(), r.PortName
	if port == "" {
		port = strconv.FormatUint(uint64(r.Port), 10)
	}
	return sw + ":" + port
}

// SwitchText gives the switch by name, or by id where the name is unknown.
func (r PortRef) SwitchText() string {
	if r.SwitchName == "" {
		return r.Switch.String()
	}
	return r.SwitchName
}

// String gives the label, or the address, or the id: the first that there is.
func (r EndpointRef) String() string {
	switch {
	case r.Label != "":
		return r.Label
	case r.Addr.IsValid():
		return r.Addr.String()
	}
	return r.ID.String()
}

// full adds the address to a label, for labels need not be unique.
func (r EndpointRef) full() string {
	if r.Label != "" && r.Addr.IsValid() {
		return r.Label + " (" + r.Addr.String() + ")"
	}
	return r.String()
}

// String gives the label, or "<source> → <group>", or the id: the first that there is.
func (r FlowRef) String() string {
	switch {
	case r.Label != "":
		return r.Label
	case r.Group.IsValid() && r.Source.IsValid():
		return r.Source.String() + " → " + r.Group.String()
	case r.Group.IsValid():
		return "? → " + r.Group.String()
	}
	return r.ID.String()
}

// PathText gives a path by the ports that it leaves switches by, and the switch where it ends:
// "lf1:lf1-eth1 → sp1:sp1-eth2 → lf2". It is "" for an empty path.
func PathText(path []Hop) string {
	if len(path) == 0 {
		return ""
	}
	var b strings.Builder
	for _, h := range path {
		b.WriteString(h.From.String())
		b.WriteString(" → ")
	}
	b.WriteString(path[len(path)-1].To.SwitchText())
	return b.String()
}
