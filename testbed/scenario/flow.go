package scenario

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/google/uuid"
)

// flowVerb creates a network flow over IS-06.
type flowVerb struct {
	name, from string
	to         netip.Addr
	receivers  []string
	attributes
}

// attributes are what can be patched, too. What is not given is nil.
type attributes struct {
	bandwidth, profile, dscp, label string
	forward                         *bool
}

// attribute takes a clause that a new flow and a patch have in common; false when it is none.
func (a *attributes) attribute(clause string, w *words) bool {
	switch clause {
	case "bandwidth":
		a.bandwidth = w.take("bandwidth")
	case "profile":
		a.profile = w.take("profile")
	case "dscp":
		a.dscp = w.take("dscp")
	case "label":
		a.label = w.take("label")
	case "forward":
		yes := w.oneOf("forward", "yes", "no") == "yes"
		a.forward = &yes
	default:
		return false
	}
	return true
}

func (a *attributes) addTo(body map[string]any) {
	for name, value := range map[string]string{"bandwidth": a.bandwidth, "profile": a.profile, "dscp": a.dscp, "label": a.label} {
		if value != "" {
			body[name] = value
		}
	}
	if a.forward != nil {
		body["forward_flow"] = *a.forward
	}
}

func parseFlow(w *words) verb {
	v := flowVerb{name: w.take("name of the flow")}
	for w.more() {
		switch clause := w.take("clause"); {
		case clause == "from":
			v.from = w.host()
		case clause == "to":
			v.to = w.group()
		case clause == "receivers":
			v.receivers = w.hostList()
		case v.attribute(clause, w):
		default:
			w.unknown(clause, "from", "to", "receivers", "bandwidth", "forward", "dscp", "profile", "label")
		}
	}
	switch {
	case v.from == "" || !v.to.IsValid():
		w.fail("a flow needs a sender and a group: from HOST to GROUP")
	case v.bandwidth == "":
		w.fail("a flow needs a bandwidth")
	case w.scope.hosts[v.name]:
		w.fail("%q is a host's name", v.name)
	}
	w.scope.flows[v.name] = true
	return v
}

func (v flowVerb) run(ctx context.Context, r *Runner) error {
	body := map[string]any{
		"id": FlowID(v.name), "multicast_address": v.to, "sender_endpoint_id": endpointFor(v.to, v.from),
		"receiver_endpoint_ids": endpointIDs(v.to, v.receivers),
	}
	v.addTo(body)
	if err := r.api.do(ctx, http.MethodPut, flowPath(v.name), body, http.StatusCreated); err != nil {
		return err
	}
	r.account.putFlow(v.name, v.from, v.to, v.forward == nil || *v.forward, v.receivers)
	return nil
}

func endpointIDs(group netip.Addr, hosts []string) []uuid.UUID {
	ids := []uuid.UUID{}
	for _, h := range hosts {
		ids = append(ids, endpointFor(group, h))
	}
	return ids
}

// patchVerb changes attributes of a flow.
type patchVerb struct {
	flow string
	attributes
}

func parsePatch(w *words) verb {
	v := patchVerb{flow: w.flow()}
	for w.more() {
		if clause := w.take("clause"); !v.attribute(clause, w) {
			w.unknown(clause, "bandwidth", "forward", "dscp", "profile", "label")
		}
	}
	return v
}

func (v patchVerb) run(ctx context.Context, r *Runner) error {
	body := map[string]any{}
	v.addTo(body)
	if err := r.api.do(ctx, http.MethodPatch, flowPath(v.flow), body, http.StatusOK); err != nil {
		return err
	}
	if v.forward != nil {
		r.account.setForward(v.flow, *v.forward)
	}
	return nil
}

// receiversVerb authorises receivers of a flow, or takes that back.
type receiversVerb struct {
	flow  string
	add   bool
	hosts []string
}

func parseReceivers(w *words) verb {
	return receiversVerb{flow: w.flow(), add: w.oneOf("what to do with receivers", "add", "remove") == "add", hosts: w.hostList()}
}

func (v receiversVerb) run(ctx context.Context, r *Runner) error {
	path := flowPath(v.flow) + "/receivers"
	group := r.account.groupOf(v.flow)
	if v.add {
		body := map[string]any{"receiver_endpoint_ids": endpointIDs(group, v.hosts)}
		if err := r.api.do(ctx, http.MethodPost, path, body, http.StatusNoContent); err != nil {
			return err
		}
		r.account.addReceivers(v.flow, v.hosts)
		return nil
	}
	for _, h := range v.hosts {
		if err := r.api.do(ctx, http.MethodDelete, path+"/"+endpointFor(group, h).String(), nil, http.StatusNoContent); err != nil {
			return err
		}
		r.account.removeReceiver(v.flow, h)
	}
	return nil
}
