package ops

import (
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

// shortestID is how much of a flow's id must be given at least.
const shortestID = 4

// findFlow finds a flow by its id, an unambiguous start of it, or its label.
func (x *index) findFlow(name string) (*core.FlowView, error) {
	var found []*core.FlowView
	for _, f := range x.Flows {
		id := f.ID.String()
		if strings.EqualFold(id, name) {
			return f, nil
		}
		if textOf(f.Label) == name || (len(name) >= shortestID && len(name) < len(id) && strings.EqualFold(id[:len(name)], name)) {
			found = append(found, f)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		ids := mapped(found, func(f *core.FlowView) string { return f.ID.String() })
		return nil, badRequest("%d flows go by %q: give the whole id of one: %s", len(found), clip(name), describe(ids))
	}
	if len(x.Flows) == 0 {
		return nil, notFound("no flow goes by %q; there are none at all", clip(name))
	}
	known := mapped(x.Flows, func(f *core.FlowView) string { return f.ID.String()[:8] + " (" + x.flow(f.ID).String() + ")" })
	return nil, notFound("no flow goes by %q; there are: %s", clip(name), describe(known))
}

// clip keeps a client's text in an answer short.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
