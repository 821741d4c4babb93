package scenario

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// swapVerb plugs two hosts in at each other's place. One that takes no part is a free port.
type swapVerb struct{ a, b string }

func parseSwap(w *words) verb { return swapVerb{w.host(), w.host()} }

func (v swapVerb) run(ctx context.Context, r *Runner) error {
	began := time.Now()
	if err := r.fabric.SwapHosts(ctx, v.a, v.b); err != nil {
		return err
	}
	r.ports[v.a], r.ports[v.b] = r.ports[v.b], r.ports[v.a]
	r.say("%s is at %s and %s at %s, after %v", v.a, r.ports[v.a], v.b, r.ports[v.b], roundGap(time.Since(began)))
	return nil
}

// attachVerb tells the controller at which port an endpoint is.
type attachVerb struct{ host, at string }

func parseAttach(w *words) verb {
	v := attachVerb{host: w.host()}
	w.oneOf("where it is", "at")
	v.at = w.known("switch port", w.scope.ports)
	return v
}

func (v attachVerb) run(ctx context.Context, r *Runner) error {
	at, err := r.attachment(ctx, v.at)
	if err != nil {
		return err
	}
	body := map[string]any{"attached_network_device": at}
	return r.api.do(ctx, http.MethodPatch, "endpoints/"+EndpointID(v.host).String(), body, http.StatusOK)
}

// attachment is a switch port as IS-06 names it.
func (r *Runner) attachment(ctx context.Context, port string) (map[string]any, error) {
	name, _, _ := strings.Cut(port, "-")
	sw, err := r.ops.Switch(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("find the switch of %s: %w", port, err)
	}
	return map[string]any{"chassis_id": sw.ChassisID, "port_id": port}, nil
}
