package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// The job: a flow with four receivers, one of them on the sender's leaf, on two spines and four leaves.
var receivers = []string{"h2", "h4", "h7", "h10"}

func fabricUnderTest() testbed.Topology { return testbed.LeafSpine(2, 4, 3) }

func id(name string) uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)) }

// BenchmarkPutFlow is PUT of that flow over IS-06, from the request to its 201: admitted, confirmed by every switch, on disk.
func BenchmarkPutFlow(b *testing.B) {
	topo := fabricUnderTest()
	c := startCrosspoint(b)
	openVSwitch(b, topo, c.openflow)
	c.until(b, "links", func(s *core.Snapshot) bool {
		usable := 0
		for _, l := range s.Links {
			if l.Usable {
				usable++
			}
		}
		return usable == 2*len(topo.Links)
	})
	for _, h := range topo.Hosts {
		put(b, client(), c.http, "endpoints", id(h.Name), map[string]any{
			"id": id(h.Name), "chassis_id": nil, "port_id": topology.MAC(h.MAC).Dashed(), "ip_address": h.Addr.String(),
		})
	}
	c.until(b, "hosts", func(s *core.Snapshot) bool {
		for _, e := range s.Endpoints {
			if e.Bound == nil {
				return false
			}
		}
		return len(s.Endpoints) == len(topo.Hosts)
	})
	next := 0
	for _, clients := range []int{1, 16} {
		b.Run(fmt.Sprintf("%d clients", clients), func(b *testing.B) {
			first := next
			next += b.N
			each := inParallel(b.N, clients, func(web *http.Client, i int) { putFlow(b, web, c.http, first+i) })
			report(b, each)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "flows/s")
		})
	}
}

// inParallel does n things with some clients and gives how long each took.
func inParallel(n, clients int, do func(web *http.Client, i int)) []time.Duration {
	each := make([]time.Duration, n)
	work := make(chan int)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			web := client()
			for i := range work {
				start := time.Now()
				do(web, i)
				each[i] = time.Since(start)
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
	return each
}

func group(i int) netip.Addr { return netip.AddrFrom4([4]byte{239, 10, byte(i >> 8), byte(i)}) }

func putFlow(b *testing.B, web *http.Client, base string, i int) {
	ids := []uuid.UUID{}
	for _, r := range receivers {
		ids = append(ids, id(r))
	}
	flow := id(fmt.Sprint("flow", i))
	put(b, web, base, "network-flows", flow, map[string]any{
		"id": flow, "multicast_address": group(i).String(), "sender_endpoint_id": id("h1"), "receiver_endpoint_ids": ids, "bandwidth": "10kbit/s",
	})
}

func put(b *testing.B, web *http.Client, base, kind string, id uuid.UUID, body any) {
	text, err := json.Marshal(body)
	require.NoError(b, err)
	req, err := http.NewRequest(http.MethodPut, base+"/x-nmos/netctrl/v1.0/"+kind+"/"+id.String(), bytes.NewReader(text))
	require.NoError(b, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := web.Do(req)
	require.NoError(b, err)
	answer, err := io.ReadAll(resp.Body)
	require.NoError(b, err)
	require.NoError(b, resp.Body.Close())
	require.Equal(b, http.StatusCreated, resp.StatusCode, "%s", answer)
}

// BenchmarkFloor sends the switches what BenchmarkPutFlow does for a flow, in parallel, and waits for their barriers: nothing is decided,
// looked up, saved or answered.
func BenchmarkFloor(b *testing.B) {
	topo := fabricUnderTest()
	ctx, cancel := context.WithCancel(context.Background())
	listener, err := ofconn.Listen(ctx, "127.0.0.1:0", ofconn.Config{})
	require.NoError(b, err)
	conns := make(chan *ofconn.Conn, len(topo.Switches))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = listener.Serve(ctx, func(nc net.Conn) { // ends with ctx
			if conn, err := ofconn.Connect(ctx, nc, ofconn.Config{}); err == nil {
				conns <- conn
				_ = conn.Serve(ofconn.HandlerFunc(func(openflow.Header, openflow.Message) {}))
			}
		})
	}()
	b.Cleanup(func() { cancel(); <-ended })
	openVSwitch(b, topo, listener.Addr().String())
	by := map[topology.SwitchID]*ofconn.Conn{}
	for len(by) < len(topo.Switches) {
		conn := <-conns
		by[topology.SwitchID(conn.Features().DatapathID)] = conn
	}
	next := 0
	b.Run("1 client", func(b *testing.B) {
		each := make([]time.Duration, 0, b.N)
		for range b.N {
			batches := rawFlow(next)
			next++
			start := time.Now()
			done := make(chan ofconn.BatchResult, len(batches))
			for sw, batch := range batches {
				by[sw].Batch(batch.Stages, func(r ofconn.BatchResult) { done <- r })
			}
			for range batches {
				r := <-done
				require.NoError(b, r.Err)
				require.Empty(b, r.Refused)
			}
			each = append(each, time.Since(start))
		}
		report(b, each)
	})
}

// rawFlow is what the job's switches get: by way of the first spine.
func rawFlow(i int) map[topology.SwitchID]flows.Batch {
	s := flows.Stream{
		Object: flows.FirstObject + flows.ObjectID(i), Source: netip.MustParseAddr("10.0.0.1"), Group: group(i),
		SenderMAC: topology.MAC{0, 0, 0, 0, 0, 1}, Rate: 10 * topology.Kbit, DSCP: flows.DSCPDefault,
	}
	parts := map[topology.SwitchID]flows.Part{
		1: {In: 1, Links: []topology.PortID{2, 3, 4}},
		3: {In: 3, Sender: true, Links: []topology.PortID{1}, Edges: []topology.PortID{4}},
		4: {In: 1, Edges: []topology.PortID{3}}, 5: {In: 1, Edges: []topology.PortID{3}}, 6: {In: 1, Edges: []topology.PortID{3}},
	}
	out := map[topology.SwitchID]flows.Batch{}
	for sw, p := range parts {
		t := flows.NewTracker()
		t.Observe(flows.NewTables())
		t.Set(flows.BranchesOf(s.Object, 0), flows.Compile(s, 0, p))
		if p.Sender {
			t.Set(flows.GuardOf(s.Object), flows.CompileGuard(s, 0, p.In))
		}
		out[sw], _ = t.Next(100)
	}
	return out
}
