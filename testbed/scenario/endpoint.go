package scenario

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"crosspoint/testbed"
)

// endpointVerb registers hosts over IS-06, each as an endpoint of its own.
type endpointVerb struct {
	hosts []string
	role  string
	label string
	at    string     // switch port; "": the controller is to determine it
	max   string     // bandwidth; "": no bound
	over  netip.Addr // IPv6: its IPv6 address; otherwise IPv4
}

func parseEndpoint(w *words) verb {
	v := endpointVerb{hosts: w.hostList(), role: "both"}
	for w.more() {
		switch clause := w.take("clause"); clause {
		case "role":
			v.role = w.oneOf("role", "sender", "receiver", "both")
		case "label":
			v.label = w.take("label")
		case "at":
			v.at = w.known("switch port", w.scope.ports)
		case "max":
			v.max = w.take("bandwidth")
		case "over":
			v.over = w.version()
		default:
			w.unknown(clause, "role", "label", "at", "max", "over")
		}
	}
	return v
}

func (v endpointVerb) run(ctx context.Context, r *Runner) error {
	for _, name := range v.hosts {
		body, err := v.body(ctx, r, r.hosts[name])
		if err != nil {
			return err
		}
		if err := r.api.do(ctx, http.MethodPut, "endpoints/"+endpointFor(v.over, name).String(), body, http.StatusCreated); err != nil {
			return fmt.Errorf("register %s: %w", name, err)
		}
	}
	return nil
}

func (v endpointVerb) body(ctx context.Context, r *Runner, host testbed.Host) (map[string]any, error) {
	body := map[string]any{
		"id": endpointFor(v.over, host.Name), "chassis_id": nil, "role": v.role,
		"port_id":    strings.ReplaceAll(net.HardwareAddr(host.MAC[:]).String(), ":", "-"),
		"ip_address": host.AddrFor(v.over),
	}
	if v.label != "" {
		body["label"] = v.label
	}
	if v.max != "" {
		body["max_bandwidth"] = v.max
	}
	if v.at == "" {
		return body, nil
	}
	at, err := r.attachment(ctx, v.at)
	body["attached_network_device"] = at
	return body, err
}

// deleteVerb takes an endpoint or a flow away.
type deleteVerb struct {
	host, flow string
	over       netip.Addr // IPv6: the endpoint with the IPv6 address
}

func parseDelete(w *words) verb {
	switch what := w.take("what to delete"); what {
	case "endpoint":
		return deleteVerb{host: w.host(), over: w.over()}
	case "flow":
		return deleteVerb{flow: w.flow()}
	default:
		w.unknown(what, "endpoint", "flow")
		return nil
	}
}

func (v deleteVerb) run(ctx context.Context, r *Runner) error {
	if v.host != "" {
		return r.api.do(ctx, http.MethodDelete, "endpoints/"+endpointFor(v.over, v.host).String(), nil, http.StatusNoContent)
	}
	if err := r.api.do(ctx, http.MethodDelete, flowPath(v.flow), nil, http.StatusNoContent); err != nil {
		return err
	}
	r.account.deleteFlow(v.flow)
	return nil
}
