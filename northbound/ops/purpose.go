package ops

import (
	"fmt"
	"strconv"
	"strings"

	"crosspoint/flows"
	"crosspoint/openflow"
)

// purposes tells what the lines of a switch's tables are there for.
type purposes struct {
	flows     map[flows.ObjectID]FlowRef
	endpoints map[flows.ObjectID]EndpointRef
}

func purposesOf(x *index) purposes {
	p := purposes{
		flows:     make(map[flows.ObjectID]FlowRef, len(x.Flows)),
		endpoints: make(map[flows.ObjectID]EndpointRef, len(x.Endpoints)),
	}
	for _, f := range x.Flows {
		p.flows[f.Object] = x.flow(f.ID)
	}
	for _, e := range x.Endpoints {
		p.endpoints[e.Object] = x.endpoint(e.ID)
	}
	return p
}

func (p purposes) line(l flows.Line) TableLine {
	line := TableLine{Text: l.Text, Kind: l.Owner.Kind.String(), Purpose: l.Owner.Kind.String()}
	switch l.Owner.Kind {
	case flows.KindBase:
		line.Purpose = basePurpose(l.Text)
	case flows.KindFlow:
		if f, ok := p.flows[l.Owner.Object]; ok {
			line.Flow, line.Purpose = &f, f.String()
		} else {
			line.Purpose = fmt.Sprintf("a flow that is gone (object %d)", l.Owner.Object)
		}
	case flows.KindHost:
		if e, ok := p.endpoints[l.Owner.Object]; ok {
			line.Endpoint, line.Purpose = &e, e.full()
		} else {
			line.Purpose = fmt.Sprintf("an endpoint that is gone (object %d)", l.Owner.Object)
		}
	case flows.KindInfrastructure:
		line.Purpose = "PTP, mDNS and other infrastructure groups"
		if strings.Contains(l.Text, "icmp6") {
			line.Purpose = "IPv6 routers and hosts find each other"
		}
	case flows.KindForeign:
		line.Purpose = "not ours"
	}
	return line
}

// basePurpose names the traffic that a line of flows.Base is about. All those lines have the same owner, so it goes by what they match;
// a test holds it to the pipeline.
func basePurpose(text string) string {
	has := func(s string) bool { return strings.Contains(text, s) }
	toController := has("CONTROLLER")
	switch {
	case has("0x88cc"):
		return "LLDP to controller"
	case has("table=4,"):
		return saidByHosts("IGMP and MLD", has("in_port="), toController)
	case has("table=5,"):
		return saidByHosts("ARP and neighbour discovery", has("in_port="), toController)
	case has("igmp") || has("nw_proto=2"):
		return "IGMP to the limit of its port"
	case has("arp"):
		return "ARP to the limit of its port"
	case has("icmp6"):
		return icmpv6Purpose(text, toController)
	case has("nw_dst=224.0.0.0/24"):
		return "link-local control groups dropped"
	case has("nw_dst=224.0.0.0/4"):
		return "multicast to sender guard"
	case has("ipv6_dst="):
		return ipv6Purpose(text)
	case has("dl_dst=01:00:00:00:00:00/01:00:00:00:00:00"):
		return "other multicast and broadcast dropped"
	case has("in_port=") && has("table=1,"):
		return "multicast from another switch, guarded there"
	case has("in_port="):
		return "unicast from another switch"
	case toController:
		return "unauthorised senders sampled to controller"
	case has("priority=0 "):
		return "what nothing else matches, dropped"
	}
	return meterPurpose(text)
}

// icmpv6Purpose goes by the type (RFC 4861 §4, RFC 3810 §5).
func icmpv6Purpose(text string, toController bool) string {
	_, kind, _ := strings.Cut(text, "icmp_type=")
	kind, _, _ = strings.Cut(kind, " ")
	switch kind {
	case "130":
		return "MLD queries to the limit of their port"
	case "131":
		return "MLDv1 reports to the limit of their port"
	case "132":
		return "MLDv1 dones to the limit of their port"
	case "133":
		return "router solicitations dropped"
	case "134":
		if toController {
			return "spoofed router advertisements sampled to controller"
		}
		if strings.Contains(text, "goto_table") {
			return "router advertisements to one host"
		}
		return "router advertisements from another switch dropped"
	case "135":
		return "neighbour solicitations to the limit of their port"
	case "136":
		return "neighbour advertisements to the limit of their port"
	case "137":
		return "redirects dropped"
	case "143":
		return "MLDv2 reports to the limit of their port"
	}
	return flows.KindBase.String()
}

// ipv6Purpose goes by the groups.
func ipv6Purpose(text string) string {
	switch _, groups, _ := strings.Cut(text, "ipv6_dst="); {
	case strings.HasPrefix(groups, "ff00::/8"):
		return "IPv6 multicast to sender guard"
	case strings.HasPrefix(groups, "ff01::/16"):
		return "interface-local IPv6 groups dropped"
	default:
		return "link-local IPv6 groups dropped"
	}
}

// saidByHosts names an entry of a table that bounds by port what hosts say for the controller.
func saidByHosts(what string, ofPort, toController bool) string {
	switch {
	case !toController:
		return what + " from another switch dropped"
	case ofPort:
		return what + " of a port to controller"
	default:
		return what + " of ports not known yet to controller"
	}
}

// meterPurpose names what one of the meters towards the controller bounds.
func meterPurpose(text string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(text, "meter="), " ")
	number, err := strconv.ParseUint(id, 10, 32)
	if err != nil {
		return flows.KindBase.String()
	}
	if bounded := flows.MeteredToController(openflow.MeterID(number)); bounded != "" {
		return "limit of " + bounded
	}
	return flows.KindBase.String()
}
