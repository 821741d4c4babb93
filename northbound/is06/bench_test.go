package is06

import (
	"bytes"
	"context"
	"encoding/binary"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/northbound"
	"crosspoint/topology"
)

const manyFlows = 10_000

// frozen is a controller that has one snapshot.
type frozen struct{ snapshot *core.Snapshot }

func (frozen) Submit(context.Context, core.Change) (core.Result, error) { return core.Result{}, nil }

func (s *frozen) Snapshot(context.Context) (*core.Snapshot, error) { return s.snapshot, nil }

// touch makes the next snapshot, as a PATCH of one flow would; what that costs the controller is measured there.
func (s *frozen) touch(i int) {
	next := *s.snapshot
	next.Flows = slices.Clone(next.Flows)
	f := *next.Flows[i]
	next.Revision++
	f.Updated = flows.TAI(time.Hour) + flows.TAI(next.Revision)
	next.Flows[i] = &f
	s.snapshot = next.Arrange()
}

// withManyFlows has flows of four receivers each.
func withManyFlows() *frozen {
	s := &core.Snapshot{Flows: make([]*core.FlowView, manyFlows)}
	for i := range s.Flows {
		f := flows.NetworkFlow{
			ID: flowID(i), Group: groupOf(i), Sender: endpointID(i % 100), Bandwidth: 100 * topology.Mbit, Profile: flows.Profiles()[i%4],
			Forward: i%2 == 0, DSCP: flows.DSCPs()[i%21], Label: new("flow " + groupOf(i).String()), Created: flows.TAI(2*i + 1), Updated: flows.TAI(2*i + 2),
		}
		for r := range 4 {
			f.Receivers = append(f.Receivers, endpointID(100+(i+r)%100))
		}
		s.Flows[i] = &core.FlowView{NetworkFlow: f}
	}
	slices.SortFunc(s.Flows, func(a, b *core.FlowView) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return &frozen{s.Arrange()}
}

func groupOf(i int) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 239<<24|1<<16|uint32(i))))
}

func serverOf(c Controller) *northbound.Server {
	return northbound.New(northbound.Config{APIs: []northbound.API{New(c)}})
}

// askPage asks for one page and gives where the page before it is.
func askPage(t testing.TB, server *northbound.Server, target string) (items int, before string) {
	rec := httptest.NewRecorder()
	server.ServeHTTP(rec, httptest.NewRequest("GET", target, nil))
	require.Equal(t, 200, rec.Code)
	return strings.Count(rec.Body.String(), `"id":`), linkTo(t, answer{t: t, header: rec.Result().Header}, "prev")
}

// cpu is the processor time that the test has used: the wall clock also counts what else the machine does.
func cpu(b *testing.B) time.Duration {
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkPages lists 10,000 flows page by page; an op is one page.
func BenchmarkPages(b *testing.B) {
	for name, query := range map[string]string{
		"all": "", "limit=1000": "paging.limit=1000", "create": "paging.order=create",
		"half": "forward_flow=true", "array": "receiver_endpoint_ids=" + endpointID(150).String(),
		"rare": "multicast_address=" + groupOf(5).String(), "none": "label=nothing", "two": "forward_flow=true&dscp=EF",
	} {
		for _, write := range []bool{false, true} {
			s := withManyFlows()
			server := serverOf(s)
			label := name
			if write {
				label += ",a write before each"
			}
			b.Run(label, func(b *testing.B) {
				target := flowsPath + "?" + query
				var spent time.Duration
				for i := 0; b.Loop(); i++ {
					if write {
						b.StopTimer()
						s.touch(i * 7 % manyFlows)
						b.StartTimer()
					}
					start := cpu(b)
					items, before := askPage(b, server, target)
					if target = before; items == 0 {
						target = flowsPath + "?" + query
					}
					spent += cpu(b) - start
				}
				b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "cpu-µs/op")
			})
		}
	}
}

// BenchmarkFirstPage is what the first request after a start pays.
func BenchmarkFirstPage(b *testing.B) {
	s := withManyFlows()
	b.ResetTimer()
	for b.Loop() {
		askPage(b, serverOf(s), flowsPath)
	}
}

// BenchmarkReadFlow decodes and checks a PUT of a flow with four receivers.
func BenchmarkReadFlow(b *testing.B) {
	body := edit(b, flowBody(1), map[string]any{
		"receiver_endpoint_ids": []uuid.UUID{endpointID(2), endpointID(3), endpointID(4), endpointID(5)},
		"label":                 "camera 1", "dscp": "AF41", "profile": "constant-rate", "forward_flow": true,
	})
	c := theContract()
	b.ReportAllocs()
	start := cpu(b)
	for b.Loop() {
		req := httptest.NewRequest("PUT", flowPath(1), strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		if _, err := parse(req, c.putFlow, readFlow(flowID(1))); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu(b)-start).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
}

// BenchmarkReadEndpoint is the same for an endpoint.
func BenchmarkReadEndpoint(b *testing.B) {
	c := theContract()
	id := uuid.MustParse("d9c88a0a-c0c8-4ec8-ade5-fde9106e5040")
	b.ReportAllocs()
	start := cpu(b)
	for b.Loop() {
		req := httptest.NewRequest("PUT", endpointAPath, strings.NewReader(endpointA))
		req.Header.Set("Content-Type", "application/json")
		if _, err := parse(req, c.putEndpoint, readEndpoint(id)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu(b)-start).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
}
