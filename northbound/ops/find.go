package ops

import (
	"strconv"
	"strings"

	"crosspoint/controller/core"
	"crosspoint/topology"
)

// findSwitch finds a switch by its name or its id. A name goes before an id, for "b1" may be both.
func (x *index) findSwitch(name string) (*core.SwitchView, error) {
	var named []*core.SwitchView
	for _, sw := range x.Switches {
		if sw.Name == name {
			named = append(named, sw)
		}
	}
	switch {
	case len(named) == 1:
		return named[0], nil
	case len(named) > 1:
		ids := mapped(named, func(s *core.SwitchView) string { return s.ID.String() })
		return nil, badRequest("%d switches are named %q: give the id of one: %s", len(named), clip(name), describe(ids))
	}
	if id, err := topology.ParseSwitchID(name); err == nil && x.Switch(id) != nil {
		return x.Switch(id), nil
	}
	known := mapped(x.Switches, func(s *core.SwitchView) string { return s.Name })
	return nil, notFound("no switch is named %q; there are: %s", clip(name), describe(known))
}

// findPort finds a port of a switch by its name or its number. A name goes before a number, for "1" may be both.
func findPort(sw *core.SwitchView, name string) (topology.PortID, error) {
	for _, p := range sw.Ports {
		if p.Port.Name == name {
			return p.ID, nil
		}
	}
	if n, err := strconv.ParseUint(name, 10, 32); err == nil && sw.Port(topology.PortID(n)) != nil {
		return topology.PortID(n), nil
	}
	known := mapped(sw.Ports, func(p core.PortView) string { return p.Port.Name })
	return 0, notFound("switch %s has no port %q; there are: %s", sw.Name, clip(name), describe(known))
}

// findFlow finds a flow by its id, an unambiguous start of it, or its label.
func (x *index) findFlow(name string) (*core.FlowView, error) { return x.flowNames.find(name) }

// findEndpoint finds an endpoint by its id, an unambiguous start of it, its label or its address.
func (x *index) findEndpoint(name string) (*core.EndpointView, error) {
	return x.endpointNames.find(name)
}

// clip keeps a client's text in an answer short.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
