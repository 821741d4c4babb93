package controller_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"crosspoint/controller/core"
	"crosspoint/controller/store"
	"crosspoint/flows"
	"crosspoint/testbed"
	"crosspoint/testbed/onsim"
	"crosspoint/topology"
)

// What the clients of a history work on: network flows and receiving endpoints, by number.
const (
	someFlows     = 3
	someReceivers = 3
	// groups may be fewer than flows: then some flows have one group, and only one of them can be there at a time.
	groups = 2
)

// model is the state that clients should see, as a value: two are the same state when they are equal.
type model struct {
	flows     [someFlows]modelFlow
	receivers [someReceivers]modelReceiver
}

type modelFlow struct {
	there            bool
	label, bandwidth int
	receivers        string // their digits, in order
}

type modelReceiver struct {
	there bool
	label int
}

func (f modelFlow) String() string {
	if !f.there {
		return "none"
	}
	return fmt.Sprintf("label %d, %d Mbit/s to [%s]", f.label, f.bandwidth, f.receivers)
}

func (r modelReceiver) String() string {
	if !r.there {
		return "none"
	}
	return fmt.Sprintf("label %d", r.label)
}

// verb is what a client asks for.
type verb int

const (
	putFlow verb = iota
	patchFlow
	deleteFlow
	addReceiver
	removeReceiver
	putEndpoint
	patchEndpoint
	deleteEndpoint
	take // moves the receiver from the flow to the next one
	swap // the same, and the next receiver the other way round
	readAll
	verbs
)

func (v verb) String() string {
	return [...]string{
		"put flow", "patch flow", "delete flow", "add receiver", "remove receiver", "put endpoint", "patch endpoint", "delete endpoint", "take", "swap", "read",
	}[v]
}

// request is one thing that a client asks for.
type request struct {
	verb           verb
	flow, receiver int
	value          int // for labels and bandwidths; no two requests have the same
}

func (r request) String() string {
	return fmt.Sprintf("%s (flow %d, receiver %d, value %d)", r.verb, r.flow, r.receiver, r.value)
}

// apply says what a request makes of a state when nobody else is there, and what it is answered.
func (m model) apply(r request) (model, string) {
	f, e, digit := &m.flows[r.flow], &m.receivers[r.receiver], fmt.Sprint(r.receiver)
	switch r.verb {
	case readAll:
		return m, fmt.Sprint(m.flows, m.receivers)
	case putEndpoint:
		if e.there {
			return m, refused(core.Exists)
		}
		*e = modelReceiver{true, r.value}
		return m, e.String()
	case patchEndpoint, deleteEndpoint:
		return m.applyToEndpoint(r)
	case take, swap:
		return m.applySalvo(r)
	case putFlow:
		if f.there {
			return m, refused(core.Exists)
		}
		for i, other := range m.flows {
			if other.there && i%groups == r.flow%groups {
				return m, refused(core.Conflict)
			}
		}
		if !e.there {
			return m, refused(core.Invalid)
		}
		*f = modelFlow{true, r.value, r.value, digit}
		return m, f.String()
	}
	if !f.there {
		return m, refused(core.NotFound)
	}
	switch r.verb {
	case patchFlow:
		f.label, f.bandwidth = r.value, r.value
	case deleteFlow:
		*f = modelFlow{}
	case addReceiver:
		if !e.there {
			return m, refused(core.Invalid)
		}
		if !strings.Contains(f.receivers, digit) {
			f.receivers += digit
		}
	case removeReceiver:
		if !strings.Contains(f.receivers, digit) {
			return m, refused(core.NotFound)
		}
		f.receivers = strings.ReplaceAll(f.receivers, digit, "")
	}
	return m, f.String()
}

func (m model) applyToEndpoint(r request) (model, string) {
	e := &m.receivers[r.receiver]
	if !e.there {
		return m, refused(core.NotFound)
	}
	if r.verb == patchEndpoint {
		e.label = r.value
		return m, e.String()
	}
	for _, f := range m.flows {
		if strings.Contains(f.receivers, fmt.Sprint(r.receiver)) {
			return m, refused(core.InUse)
		}
	}
	*e = modelReceiver{}
	return m, e.String()
}

// takes are what a salvo is made of: receiver, from and to.
func (r request) takes() [][3]int {
	next := (r.flow + 1) % someFlows
	all := [][3]int{{r.receiver, r.flow, next}}
	if r.verb == swap {
		all = append(all, [3]int{(r.receiver + 1) % someReceivers, next, r.flow})
	}
	return all
}

// applySalvo takes all receivers, or none.
func (m model) applySalvo(r request) (model, string) {
	before := m
	for _, t := range r.takes() {
		from, to, digit := before.flows[t[1]], before.flows[t[2]], fmt.Sprint(t[0])
		switch {
		case !from.there:
			return before, refused(core.NotFound)
		case !strings.Contains(from.receivers, digit):
			return before, refused(core.Invalid)
		case !to.there:
			return before, refused(core.NotFound)
		}
		m.flows[t[1]].receivers = strings.ReplaceAll(m.flows[t[1]].receivers, digit, "")
		if !strings.Contains(m.flows[t[2]].receivers, digit) {
			m.flows[t[2]].receivers += digit
		}
	}
	return m, "taken"
}

func refused(kind core.RefusalKind) string { return fmt.Sprintf("refused: kind %d", kind) }

// call is one request of a history: when it was sent and answered, by one clock for all, and the answer.
type call struct {
	client         int
	request        request
	sent, answered int64
	answer         string
}

func (c call) String() string {
	return fmt.Sprintf("%3d to %3d, client %d: %s → %s", c.sent, c.answered, c.client, c.request, c.answer)
}

// linearizable looks for one order of all calls, in which each takes effect between its sending and its answer and every answer is right
// (Wing and Gong 1993): it tries every call that no other precedes for sure, and remembers from where that led nowhere. At most 64 calls.
func linearizable(start model, calls []call) bool {
	type point struct {
		done  uint64
		state model
	}
	deadEnds := map[point]bool{}
	all := uint64(math.MaxUint64) >> (64 - len(calls))
	var search func(point) bool
	search = func(at point) bool {
		if at.done == all {
			return true
		}
		if deadEnds[at] {
			return false
		}
		firstAnswer := int64(math.MaxInt64)
		for i, c := range calls {
			if at.done&(1<<i) == 0 {
				firstAnswer = min(firstAnswer, c.answered)
			}
		}
		for i, c := range calls {
			if at.done&(1<<i) != 0 || c.sent > firstAnswer {
				continue
			}
			state, answer := at.state.apply(c.request)
			if answer == c.answer && search(point{at.done | 1<<i, state}) {
				return true
			}
		}
		deadEnds[at] = true
		return false
	}
	return search(point{0, start})
}

// TestCheckerTellsRightFromWrong: what it has to find, and what it must let pass.
func TestCheckerTellsRightFromWrong(t *testing.T) {
	start := model{}
	start.receivers[0].there = true
	put := func(client int, sent, answered int64, value int) call {
		_, answer := start.apply(request{putFlow, 0, 0, value})
		return call{client, request{putFlow, 0, 0, value}, sent, answered, answer}
	}
	reading := func(client int, sent, answered int64, m model) call {
		_, answer := m.apply(request{verb: readAll})
		return call{client, request{verb: readAll}, sent, answered, answer}
	}
	with, _ := start.apply(request{putFlow, 0, 0, 7})
	patch := func(client int, sent, answered int64, value int) call {
		_, answer := with.apply(request{patchFlow, 0, 0, value})
		return call{client, request{patchFlow, 0, 0, value}, sent, answered, answer}
	}
	patched, _ := with.apply(request{patchFlow, 0, 0, 8})
	assert.True(t, linearizable(start, []call{put(1, 1, 4, 7), reading(2, 2, 3, start)}), "read before it took effect")
	assert.True(t, linearizable(start, []call{put(1, 1, 4, 7), reading(2, 2, 3, with)}), "read after it took effect")
	assert.False(t, linearizable(start, []call{put(1, 1, 2, 7), reading(2, 3, 4, start)}), "stale read")
	assert.False(t, linearizable(start, []call{put(1, 1, 6, 7), reading(2, 2, 3, with), reading(2, 4, 5, start)}), "back in time")
	assert.False(t, linearizable(start, []call{put(1, 1, 4, 7), put(2, 2, 3, 8)}), "two creations of one flow")
	assert.False(t, linearizable(start, []call{put(1, 1, 2, 7), patch(1, 3, 6, 8), patch(2, 4, 5, 9), reading(1, 7, 8, with)}), "both lost")
	assert.True(t, linearizable(start, []call{put(1, 1, 2, 7), patch(1, 3, 6, 8), patch(2, 4, 5, 9), reading(1, 7, 8, patched)}))
}

// TestConcurrentClientsAreLinearizable runs generated schedules of several clients against a controller with a store and a switch, and
// holds that everything that they were answered could have happened one request after the other. A lost update, an answer that a later
// one contradicts, or a request that is never answered, breaks that.
func TestConcurrentClientsAreLinearizable(t *testing.T) {
	kept, err := store.Open(filepath.Join(t.TempDir(), "x.db"))
	require.NoError(t, err)
	defer kept.Close()
	r := onsim.Start(t, kept)
	defer r.Stop()
	topo := testbed.Single(1 + someReceivers)
	r.Connect(topo)
	r.Until("switch there", func(s *core.Snapshot) bool { return len(s.Switches) == 1 && !s.Switches[0].Verified.IsZero() })
	r.Register(topo)
	overlaps, salvos := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		h := &history{controller: r, topo: topo}
		h.reset(t)
		clients := h.draw(t)
		h.run(clients)
		for _, c := range h.calls {
			if strings.HasPrefix(c.answer, "no answer") {
				t.Fatalf("%s", c)
			}
			if c.answer == "taken" {
				salvos++
			}
		}
		overlaps += h.overlaps()
		if start := firstState(); !linearizable(start, h.calls) {
			t.Fatalf("no order of these explains them all:\n%s", h)
		}
	})
	t.Logf("%d pairs of requests overlapped, and %d salvos were carried out", overlaps, salvos)
	assert.Positive(t, overlaps)
	assert.Positive(t, salvos)
}

// history is what some clients asked for and were answered.
type history struct {
	controller *onsim.Network
	topo       testbed.Topology
	clock      atomic.Int64

	mu    sync.Mutex // guards calls, which all clients write
	calls []call
}

// draw generates what each client asks for, one thing after the other; the last reads when all others are through.
func (h *history) draw(t *rapid.T) [][]request {
	value := 0
	one := rapid.Custom(func(t *rapid.T) request {
		return request{
			verb: verb(rapid.IntRange(0, int(verbs)-1).Draw(t, "verb")),
			flow: rapid.IntRange(0, someFlows-1).Draw(t, "flow"), receiver: rapid.IntRange(0, someReceivers-1).Draw(t, "receiver"),
		}
	})
	clients := make([][]request, rapid.IntRange(2, 6).Draw(t, "clients"))
	for i := range clients {
		clients[i] = rapid.SliceOfN(one, 1, 8).Draw(t, "requests")
		for j := range clients[i] {
			value++
			clients[i][j].value = value
		}
	}
	return clients
}

// run lets the clients work at the same time, and reads at the end.
func (h *history) run(clients [][]request) {
	var all sync.WaitGroup
	for i, requests := range clients {
		all.Go(func() {
			for _, r := range requests {
				h.call(i, r)
			}
		})
	}
	all.Wait()
	h.call(len(clients), request{verb: readAll})
}

func (h *history) call(client int, r request) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	sent := h.clock.Add(1)
	answer := h.ask(ctx, r)
	c := call{client, r, sent, h.clock.Add(1), answer}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, c)
}

// ask sends a request to the controller, and says the answer in the model's words.
func (h *history) ask(ctx context.Context, r request) string {
	if r.verb == readAll {
		snap, err := h.controller.Snapshot(ctx)
		if err != nil {
			return "no answer: " + err.Error()
		}
		m := h.modelOf(snap)
		return fmt.Sprint(m.flows, m.receivers)
	}
	result, err := h.controller.Submit(ctx, h.change(r))
	var why *core.Refusal
	switch {
	case errors.As(err, &why):
		return refused(why.Kind)
	case err != nil:
		return "no answer: " + err.Error()
	case result.Salvo != nil:
		return "taken"
	case r.verb == putEndpoint || r.verb == patchEndpoint || r.verb == deleteEndpoint:
		return modelReceiverOf(result.Endpoint).String()
	}
	return h.modelFlowOf(result.Flow).String()
}

func (h *history) flowID(n int) uuid.UUID { return id(fmt.Sprint("flow ", n)) }

func (h *history) receiverID(n int) uuid.UUID { return id(h.topo.Hosts[1+n].Name) }

func (h *history) change(r request) core.Change {
	label, bandwidth := fmt.Sprint(r.value), topology.Bandwidth(r.value)*topology.Mbit
	flow, receiver := h.flowID(r.flow), h.receiverID(r.receiver)
	switch r.verb {
	case putFlow:
		return core.PutFlow{Flow: flows.NetworkFlow{
			ID: flow, Group: netip.AddrFrom4([4]byte{239, 1, 2, byte(r.flow % groups)}), Sender: id("h1"), Receivers: []uuid.UUID{receiver},
			Bandwidth: bandwidth, Profile: flows.ProfileConstant, Forward: true, DSCP: flows.DSCPDefault, Label: &label,
		}}
	case patchFlow:
		return core.PatchFlow{ID: flow, Patch: flows.FlowPatch{Label: &label, Bandwidth: &bandwidth}}
	case deleteFlow:
		return core.DeleteFlow{ID: flow}
	case addReceiver:
		return core.AddReceivers{Flow: flow, Receivers: []uuid.UUID{receiver}}
	case take, swap:
		var salvo core.Salvo
		for _, t := range r.takes() {
			salvo.Takes = append(salvo.Takes, core.Take{Receiver: h.receiverID(t[0]), From: h.flowID(t[1]), To: h.flowID(t[2])})
		}
		return salvo
	case removeReceiver:
		return core.RemoveReceiver{Flow: flow, Receiver: receiver}
	case putEndpoint:
		host := h.topo.Hosts[1+r.receiver]
		return core.PutEndpoint{Endpoint: flows.Endpoint{ID: receiver, MAC: host.MAC, Addr: host.Addr, Role: flows.RoleBoth, Label: &label}}
	case patchEndpoint:
		return core.PatchEndpoint{ID: receiver, Patch: flows.EndpointPatch{Label: &label}}
	default:
		return core.DeleteEndpoint{ID: receiver}
	}
}

func numberIn(label *string) int {
	n := 0
	if label != nil {
		_, _ = fmt.Sscan(*label, &n)
	}
	return n
}

func modelReceiverOf(e *flows.Endpoint) modelReceiver {
	if e == nil {
		return modelReceiver{}
	}
	return modelReceiver{true, numberIn(e.Label)}
}

func (h *history) modelFlowOf(f *flows.NetworkFlow) modelFlow {
	if f == nil {
		return modelFlow{}
	}
	m := modelFlow{there: true, label: numberIn(f.Label), bandwidth: int(f.Bandwidth / topology.Mbit)}
	for _, r := range f.Receivers {
		m.receivers += fmt.Sprint(slices.IndexFunc(h.topo.Hosts, func(host testbed.Host) bool { return id(host.Name) == r }) - 1)
	}
	return m
}

func (h *history) modelOf(snap *core.Snapshot) model {
	var m model
	for i := range m.flows {
		for _, f := range snap.Flows {
			if f.ID == h.flowID(i) {
				m.flows[i] = h.modelFlowOf(&f.NetworkFlow)
			}
		}
	}
	for i := range m.receivers {
		for _, e := range snap.Endpoints {
			if e.ID == h.receiverID(i) {
				m.receivers[i] = modelReceiverOf(&e.Endpoint)
			}
		}
	}
	return m
}

// firstFlows are there when a history begins.
var firstFlows = [...]request{{putFlow, 0, 0, 98}, {putFlow, 1, 1, 99}}

// firstState is what a history begins with: those flows, and all receivers without a label.
func firstState() model {
	var m model
	for i := range m.receivers {
		m.receivers[i].there = true
	}
	for _, r := range firstFlows {
		m, _ = m.apply(r)
	}
	return m
}

// reset goes back to the first state.
func (h *history) reset(t require.TestingT) {
	for i := range someFlows {
		h.ask(context.Background(), request{verb: deleteFlow, flow: i})
	}
	for i := range someReceivers {
		h.ask(context.Background(), request{verb: deleteEndpoint, receiver: i})
		require.Equal(t, "label 0", h.ask(context.Background(), request{verb: putEndpoint, receiver: i}))
	}
	for _, r := range firstFlows {
		h.ask(context.Background(), r)
	}
}

// overlaps counts the pairs of calls that were under way at the same time.
func (h *history) overlaps() int {
	n := 0
	for i, a := range h.calls {
		for _, b := range h.calls[i+1:] {
			if a.sent < b.answered && b.sent < a.answered {
				n++
			}
		}
	}
	return n
}

// String lists the calls in the order in which they were sent.
func (h *history) String() string {
	calls := slices.SortedFunc(slices.Values(h.calls), func(a, b call) int { return int(a.sent - b.sent) })
	var text strings.Builder
	for _, c := range calls {
		fmt.Fprintln(&text, c)
	}
	return text.String()
}
