package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"crosspoint/northbound/ops"
	"crosspoint/testbed"
	"crosspoint/testbed/scenario"
	"crosspoint/topology"
)

// api speaks to a controller as a broadcast controller does, over connections that it keeps.
type api struct {
	base string
	http *http.Client
}

func newAPI(base string) *api {
	return &api{base: base, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 30 * time.Second}}
}

func (a *api) close() { a.http.CloseIdleConnections() }

func (a *api) ops() ops.Client { return ops.Client{Base: a.base, HTTP: a.http} }

// put creates a resource of IS-06.
func (a *api) put(ctx context.Context, kind string, id uuid.UUID, body map[string]any) error {
	body["id"] = id
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode %s: %w", kind, err)
	}
	return a.do(ctx, http.MethodPut, kind+"/"+id.String(), text, http.StatusCreated)
}

func (a *api) do(ctx context.Context, method, path string, body []byte, want int) error {
	req, err := http.NewRequestWithContext(ctx, method, a.base+"/x-nmos/netctrl/v1.0/"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.http.Do(req)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	_ = resp.Body.Close()
	if err != nil {
		return fmt.Errorf("read answer to %s %s: %w", method, path, err)
	}
	if resp.StatusCode != want {
		return fmt.Errorf("%s %s: answered %d, not %d: %.300s", method, path, resp.StatusCode, want, answer)
	}
	return nil
}

func (a *api) putEndpoint(ctx context.Context, h testbed.Host) error {
	return a.put(ctx, "endpoints", scenario.EndpointID(h.Name), map[string]any{
		"chassis_id": nil, "port_id": topology.MAC(h.MAC).Dashed(), "ip_address": h.Addr,
	})
}

func (a *api) putFlow(ctx context.Context, f jobFlow) error {
	ids := []uuid.UUID{}
	for _, r := range f.receivers {
		ids = append(ids, scenario.EndpointID(r))
	}
	return a.put(ctx, "network-flows", scenario.FlowID(f.name), map[string]any{
		"multicast_address": f.group, "sender_endpoint_id": scenario.EndpointID(f.sender), "receiver_endpoint_ids": ids,
		"bandwidth": f.bandwidth, "forward_flow": !f.onJoin,
	})
}

// linksUp waits until all links of a topology are usable in both directions.
func (a *api) linksUp(ctx context.Context, t testbed.Topology) error {
	return until(ctx, "all links to be usable", func() (bool, error) {
		switches, err := a.ops().Switches(ctx, ops.Filter{})
		if err != nil {
			return false, err
		}
		ready := 0
		for _, s := range switches.Items {
			if s.Connected && s.InSync {
				ready++
			}
		}
		links, err := a.ops().Links(ctx, ops.Filter{})
		if err != nil {
			return false, err
		}
		usable := 0
		for _, l := range links.Items {
			if l.Usable {
				usable++
			}
		}
		return ready == len(t.Switches) && usable == 2*len(t.Links), nil
	})
}

// hostsFound waits until so many endpoints are served.
func (a *api) hostsFound(ctx context.Context, n int) error {
	return until(ctx, "all hosts to be found", func() (bool, error) {
		endpoints, err := a.ops().Endpoints(ctx, ops.Filter{})
		if err != nil {
			return false, err
		}
		bound := 0
		for _, e := range endpoints.Items {
			if e.Bound != nil {
				bound++
			}
		}
		return bound == n, nil
	})
}

// patience is how long the stand waits for a state of a contender.
const patience = 60 * time.Second

// until asks again and again, and says what it waited for in vain.
func until(ctx context.Context, what string, ok func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		done, err := ok()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w (last: %v)", what, ctx.Err(), err)
		case <-time.After(20 * time.Millisecond): // often enough for seconds, and rare enough not to keep a controller busy
		}
	}
}

// inParallel does n things with some clients; the first error ends it. It gives how long each took.
func inParallel(n, clients int, do func(i int) error) ([]time.Duration, error) {
	each := make([]time.Duration, n)
	work := make(chan int, n)
	for i := range n {
		work <- i
	}
	close(work)
	var wg sync.WaitGroup
	failed := make(chan error, clients)
	for range clients {
		wg.Go(func() {
			for i := range work {
				start := time.Now()
				if err := do(i); err != nil {
					failed <- err
					return
				}
				each[i] = time.Since(start)
			}
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		return nil, err
	default:
		return each, nil
	}
}
