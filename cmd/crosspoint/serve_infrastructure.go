package main

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"crosspoint/controller/core"
	"crosspoint/flows"
)

// infrastructureOptions say which groups every host gets without a flow, and where there are IPv6 routers.
type infrastructureOptions struct {
	groups, ports []string
	rate          uint32
	routers       []string
}

func (o *infrastructureOptions) addFlags(cmd *cobra.Command) {
	f, defaults := cmd.Flags(), flows.DefaultInfrastructure()
	var groups []string
	for _, g := range defaults.Groups {
		groups = append(groups, g.String())
	}
	f.StringSliceVar(&o.groups, "infrastructure", groups, "multicast groups that every host gets over one tree; \"\" for none")
	f.StringArrayVar(&o.ports, "infrastructure-port", nil, "edge port that takes part in them, as SWITCH:PORT; may be given again; without it all do")
	f.Uint32Var(&o.rate, "infrastructure-rate", defaults.Rate, "packets a second that one edge port may send to them")
	f.StringArrayVar(&o.routers, "router-port", nil, "edge port at which an IPv6 router may advertise itself, as SWITCH:PORT; may be given again; without it none may")
}

// apply puts the options into the state machine's settings.
func (o *infrastructureOptions) apply(c *core.Config) error {
	c.Infrastructure = flows.Infrastructure{Rate: o.rate}
	for _, text := range o.groups {
		group, err := netip.ParseAddr(text)
		if err != nil {
			return fmt.Errorf("--infrastructure %q: want multicast groups, like 224.0.1.129", text)
		}
		c.Infrastructure.Groups = append(c.Infrastructure.Groups, group)
	}
	for _, text := range o.ports {
		name, err := parsePortName(text)
		if err != nil {
			return fmt.Errorf("--infrastructure-port %q: %w", text, err)
		}
		if c.InfrastructurePorts == nil {
			c.InfrastructurePorts = map[core.PortName]struct{}{}
		}
		c.InfrastructurePorts[name] = struct{}{}
	}
	for _, text := range o.routers {
		name, err := parsePortName(text)
		if err != nil {
			return fmt.Errorf("--router-port %q: %w", text, err)
		}
		if c.RouterPorts == nil {
			c.RouterPorts = map[core.PortName]struct{}{}
		}
		c.RouterPorts[name] = struct{}{}
	}
	return nil
}

// parsePortName reads "lf1:lf1-eth1": the switch by name or id, its port by name or number.
func parsePortName(text string) (core.PortName, error) {
	at := strings.LastIndexByte(text, ':')
	if at <= 0 || at == len(text)-1 {
		return core.PortName{}, fmt.Errorf("%q names no port: want SWITCH:PORT, like lf1:lf1-eth1", text)
	}
	return core.PortName{Switch: text[:at], Port: text[at+1:]}, nil
}
