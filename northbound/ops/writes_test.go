package ops_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller"
	"crosspoint/controller/core"
	"crosspoint/controller/store"
	"crosspoint/flows"
	"crosspoint/northbound"
	"crosspoint/northbound/ops"
	"crosspoint/northbound/ops/opstest"
	"crosspoint/openflow/ofconn"
	"crosspoint/testbed"
	"crosspoint/testbed/sim"
	"crosspoint/topology"
)

// plant is a controller with a store, two spines and two leaves of the simulated fabric over real sockets, and the API.
type plant struct {
	*controller.Controller
	ops.Client
	t    *testing.T
	topo testbed.Topology
	kept *store.Store
}

func startPlant(t *testing.T) *plant {
	t.Helper()
	topo := testbed.LeafSpine(2, 2, 2)
	kept, err := store.Open(filepath.Join(t.TempDir(), "plant.db"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, kept.Close()) })
	log := logrus.New()
	log.SetOutput(io.Discard)
	cfg := controller.Config{Core: core.DefaultConfig(), Log: log, Audit: log, Store: kept}
	cfg.Core.LLDPKey = []byte("a key for tests")
	c, err := controller.New(cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	listener, err := ofconn.Listen(ctx, "127.0.0.1:0", cfg.OpenFlow)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx, listener, nil) }()
	t.Cleanup(func() { cancel(); assert.NoError(t, <-ended) })
	fabric, err := sim.Start(context.Background(), topo, listener.Addr().String(), sim.FabricOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, fabric.Close()) })
	server := httptest.NewServer(northbound.New(northbound.Config{APIs: []northbound.API{&ops.API{Controller: c}}, Log: log}))
	t.Cleanup(server.Close)
	p := &plant{Controller: c, Client: ops.Client{Base: server.URL}, t: t, topo: topo, kept: kept}
	p.register()
	return p
}

func idOf(name string) uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)) }

func (p *plant) state() *core.Snapshot {
	p.t.Helper()
	s, err := p.Controller.Snapshot(p.t.Context())
	require.NoError(p.t, err)
	return s
}

func (p *plant) put(c core.Change) {
	p.t.Helper()
	_, err := p.Submit(p.t.Context(), c)
	require.NoError(p.t, err)
}

// register has all hosts registered and found.
func (p *plant) register() {
	p.t.Helper()
	for _, h := range p.topo.Hosts {
		label := h.Name
		p.put(core.PutEndpoint{Endpoint: flows.Endpoint{ID: idOf(h.Name), MAC: h.MAC, Addr: h.Addr, Role: flows.RoleBoth, Label: &label}})
	}
	require.Eventually(p.t, func() bool {
		s := p.state()
		return len(s.Links) == 8 && !slices.ContainsFunc(s.Links, func(l *core.LinkView) bool { return !l.Usable }) && !slices.ContainsFunc(s.Endpoints, func(e *core.EndpointView) bool { return e.Bound == nil })
	}, 20*time.Second, 10*time.Millisecond, "links up and endpoints located")
}

func (p *plant) flow(label, group, from string, to ...string) {
	p.t.Helper()
	f := flows.NetworkFlow{
		ID: idOf(label), Group: netip.MustParseAddr(group), Sender: idOf(from), Bandwidth: topology.Mbit,
		Profile: flows.ProfileConstant, Forward: true, DSCP: flows.DSCPDefault, Label: &label,
	}
	for _, r := range to {
		f.Receivers = append(f.Receivers, idOf(r))
	}
	p.put(core.PutFlow{Flow: f})
}

// spine is where a flow from one leaf to the other goes over.
func (p *plant) spine(label string) string {
	p.t.Helper()
	f, err := p.Flow(p.t.Context(), label)
	require.NoError(p.t, err)
	require.Len(p.t, f.Receivers[0].Path, 2)
	return f.Receivers[0].Path[0].To.SwitchName
}

func TestDrainASpine(t *testing.T) {
	p, ctx := startPlant(t), t.Context()
	p.flow("cam", "239.1.1.1", "h1", "h3")
	spine := p.spine("cam")
	tried, err := p.Drain(ctx, ops.DrainRequest{Switch: spine, Try: true})
	require.NoError(t, err)
	assert.True(t, tried.Try)
	require.Len(t, tried.Moves, 1, "%+v", tried)
	assert.Empty(t, tried.Stuck)
	assert.Equal(t, "cam", tried.Moves[0].Flow.Label)
	for _, hop := range append(tried.Moves[0].Before, tried.Moves[0].After...) {
		over := hop.From.SwitchName == spine || hop.To.SwitchName == spine
		assert.Equal(t, slices.Contains(tried.Moves[0].Before, hop), over)
	}
	assert.Equal(t, spine, p.spine("cam"), "a try moves nothing")
	list, err := p.Drained(ctx, ops.Filter{})
	require.NoError(t, err)
	assert.Empty(t, list.Items, "a try drains nothing")

	done, err := p.Drain(ctx, ops.DrainRequest{Switch: spine})
	require.NoError(t, err)
	assert.Equal(t, tried.Moves, done.Moves)
	assert.NotEqual(t, spine, p.spine("cam"))
	list, err = p.Drained(ctx, ops.Filter{})
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	assert.Equal(t, spine, list.Items[0].SwitchName)
	assert.Empty(t, list.Items[0].Flows)
	sw, err := p.Switch(ctx, spine)
	require.NoError(t, err)
	assert.True(t, sw.Drained)
	links, err := p.Links(ctx, ops.Filter{Switch: spine})
	require.NoError(t, err)
	for _, l := range links.Items {
		assert.True(t, l.Drained)
	}
	assert.Contains(t, p.saved(core.RecordDrain), list.Items[0].Switch.String())

	require.NoError(t, p.Undrain(ctx, list.Items[0].Switch.String(), ""), "by id as well")
	assert.Empty(t, p.saved(core.RecordDrain))
	err = p.Undrain(ctx, spine, "")
	var problem *northbound.Problem
	require.ErrorAs(t, err, &problem)
	assert.Equal(t, http.StatusNotFound, problem.Code)
	assert.Contains(t, problem.Message, "not drained")
}

func TestDrainACable(t *testing.T) {
	p, ctx := startPlant(t), t.Context()
	p.flow("cam", "239.1.1.1", "h1", "h3")
	f, err := p.Flow(ctx, "cam")
	require.NoError(t, err)
	first := f.Tree[0]
	done, err := p.Drain(ctx, ops.DrainRequest{Switch: first.From.SwitchName, Port: first.From.PortName})
	require.NoError(t, err)
	assert.Len(t, done.Moves, 1)
	list, err := p.Drained(ctx, ops.Filter{Switch: first.From.SwitchName})
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	ends := []string{list.Items[0].Port.String(), list.Items[0].Peer.String()}
	assert.ElementsMatch(t, []string{first.From.String(), first.To.String()}, ends)
	// By the other end, and by number.
	_, err = p.Drain(ctx, ops.DrainRequest{Switch: first.To.SwitchName, Port: topology.PortRef{Port: first.To.Port}.String()[17:]})
	require.NoError(t, err)
	require.NoError(t, p.Undrain(ctx, first.To.SwitchName, first.To.PortName))
	assert.Empty(t, p.state().Drained)
}

func TestOptimise(t *testing.T) {
	p, ctx := startPlant(t), t.Context()
	_, err := p.Drain(ctx, ops.DrainRequest{Switch: "sp2"})
	require.NoError(t, err)
	for i, label := range []string{"a (2022-7: cam)", "b (2022-7: cam)"} {
		p.flow(label, []string{"239.1.1.1", "239.1.1.2"}[i], []string{"h1", "h2"}[i], "h3")
	}
	require.NoError(t, p.Undrain(ctx, "sp2", ""))
	pair, err := p.Pair(ctx, "cam")
	require.NoError(t, err)
	assert.Equal(t, ops.NotSeparate, pair.Separation)
	assert.True(t, pair.ByLabel)
	assert.Len(t, pair.Shared.Links, 2)
	proposed, err := p.Optimise(ctx, true)
	require.NoError(t, err)
	require.Len(t, proposed.Moves, 1)
	again, err := p.Pair(ctx, "cam")
	require.NoError(t, err)
	assert.Equal(t, pair, again, "a try changes nothing")
	_, err = p.Optimise(ctx, false)
	require.NoError(t, err)
	pair, err = p.Pair(ctx, "cam")
	require.NoError(t, err)
	assert.Equal(t, ops.SeparateSwitches, pair.Separation)
	status, err := p.FlowStatus(ctx, "a (2022-7: cam)")
	require.NoError(t, err)
	require.NotNil(t, status.Redundancy)
	assert.Equal(t, "b (2022-7: cam)", status.Redundancy.OtherLeg.Label)
	assert.Empty(t, status.Redundancy.Shared.Links)
	err = p.UnpairFlows(ctx, "cam")
	require.ErrorContains(t, err, "change the labels")
}

func TestSalvo(t *testing.T) {
	p, ctx := startPlant(t), t.Context()
	p.flow("a", "239.1.1.1", "h1", "h3")
	p.flow("b", "239.1.1.2", "h2", "h4")
	receivers := func(label string) []string {
		f, err := p.Flow(ctx, label)
		require.NoError(t, err)
		var names []string
		for _, r := range f.Receivers {
			names = append(names, r.Endpoint.Label)
		}
		return names
	}
	done, err := p.Salvo(ctx, ops.SalvoRequest{Takes: []ops.Take{
		{Receiver: "h3", From: "a", To: idOf("b").String()}, {Receiver: "h4", From: "b", To: "a", Mode: ops.MakeBeforeBreak},
	}})
	require.NoError(t, err)
	assert.Equal(t, 2, done.Takes)
	assert.Positive(t, done.Switches)
	assert.Equal(t, []string{"h4"}, receivers("a"))
	assert.Equal(t, []string{"h3"}, receivers("b"))

	// One that cannot be keeps all from happening.
	_, err = p.Salvo(ctx, ops.SalvoRequest{Takes: []ops.Take{{Receiver: "h4", From: "a"}, {Receiver: "h1", From: "a", To: "b"}}})
	require.ErrorContains(t, err, "takes[1]")
	require.ErrorContains(t, err, "no receiver of network flow")
	assert.Equal(t, []string{"h4"}, receivers("a"))
}

func TestPairFlows(t *testing.T) {
	p, ctx := startPlant(t), t.Context()
	_, err := p.Drain(ctx, ops.DrainRequest{Switch: "sp2"})
	require.NoError(t, err)
	p.flow("a", "239.1.1.1", "h1", "h3")
	p.flow("b", "239.1.1.2", "h2", "h3")
	require.NoError(t, p.Undrain(ctx, "sp2", ""))
	const name = "studio 1/cam 1"
	made, err := p.PairFlows(ctx, name, [2]string{"a", "b"})
	require.NoError(t, err)
	assert.Len(t, made.Moves, 1)
	assert.Equal(t, ops.SeparateSwitches, made.Separation)
	assert.Len(t, p.saved(core.RecordPair), 1)
	got, err := p.Pair(ctx, name)
	require.NoError(t, err)
	assert.Equal(t, made.Pair, *got)
	list, err := p.Redundancy(ctx, ops.Filter{Flow: "b"})
	require.NoError(t, err)
	assert.Len(t, list.Items, 1)

	_, err = p.PairFlows(ctx, "other", [2]string{"a", "b"})
	var problem *northbound.Problem
	require.ErrorAs(t, err, &problem)
	assert.Equal(t, http.StatusConflict, problem.Code)
	require.NoError(t, p.UnpairFlows(ctx, name))
	assert.Empty(t, p.saved(core.RecordPair))
	require.ErrorAs(t, p.UnpairFlows(ctx, name), &problem)
	assert.Equal(t, http.StatusNotFound, problem.Code)
}

// saved gives the keys of what the store holds of a kind.
func (p *plant) saved(kind core.RecordKind) []string {
	p.t.Helper()
	all, err := p.kept.Load()
	require.NoError(p.t, err)
	var keys []string
	for _, r := range all {
		if r.Kind == kind {
			keys = append(keys, strings.Fields(r.Key)[0])
		}
	}
	return keys
}

// TestWrongWrites holds that what is wrong is named, and that nothing of it reaches the controller.
func TestWrongWrites(t *testing.T) {
	server, c := start(t)
	unknown := uuid.NewString()
	for _, tt := range []struct {
		method, path, body string
		code               int
		says               []string
	}{
		{"POST", "/drain", `{}`, 400, []string{"switch: is missing"}},
		{"POST", "/drain", `{"switch":"nope"}`, 400, []string{`switch: no switch is named "nope"`, "sp1"}},
		{"POST", "/drain", `{"switch":["sp1"]}`, 400, []string{"switch: want a string"}},
		{"POST", "/drain", `{"switch":"lf1","port":"x"}`, 400, []string{`port: switch lf1 has no port "x"`, "lf1-eth1"}},
		{"POST", "/drain", `{"switch":"lf1","port":0}`, 400, []string{`no port "0"`}},
		{"POST", "/drain", `{"switch":"lf1","port":1e300}`, 400, []string{"no port"}},
		{"POST", "/drain", `{"switch":"lf1","port":""}`, 400, []string{"no port"}},
		{"POST", "/drain", `{"switch":"lf1","try":"yes"}`, 400, []string{"try: want true or false"}},
		{"POST", "/drain", `{"switch":"lf1","link":"lf1-eth1"}`, 400, []string{"link: is no attribute", "switch, port, try"}},
		{"POST", "/drain", `[]`, 400, []string{"an object"}},
		{"POST", "/drain", ``, 400, []string{"empty"}},
		{"POST", "/drain", `{"switch":"lf1"`, 400, []string{"not JSON"}},
		{"POST", "/drain?try=true", `{"switch":"lf1"}`, 400, []string{`"try"`}},
		{"DELETE", "/drain/nope", ``, 404, []string{`"nope"`}},
		{"DELETE", "/drain/lf1?port=9", ``, 404, []string{`no port "9"`}},
		{"DELETE", "/drain/lf1?link=9", ``, 400, []string{`"link"`, "port"}},
		{"POST", "/optimise", `{"apply":true}`, 400, []string{"apply: is no attribute", "try"}},
		{"POST", "/salvos", `{}`, 400, []string{"takes: is missing"}},
		{"POST", "/salvos", `{"takes":{}}`, 400, []string{"takes: want an array"}},
		{"POST", "/salvos", `{"takes":[{"receiver":"Monitor 2"},3]}`, 400, []string{"takes[1]: want an object"}},
		{"POST", "/salvos", `{"takes":[{"from":"nope"}]}`, 400, []string{"takes[0].receiver: is missing", `takes[0].from: no flow goes by "nope"`}},
		{"POST", "/salvos", `{"takes":[{"receiver":"` + unknown + `"}]}`, 400, []string{"takes[0].receiver: no endpoint goes by", "Camera 1"}},
		{"POST", "/salvos", `{"takes":[{"receiver":"Replay","mode":"cut"}]}`, 400, []string{"takes[0].mode: want break-before-make"}},
		{"POST", "/salvos", `{"takes":[{"receiver":"Replay","when":"now"}]}`, 400, []string{"takes[0].when: is no attribute"}},
		{"POST", "/salvos", `{"takes":[` + strings.Repeat(`{},`, 4096) + `{}]}`, 400, []string{"at most 4096"}},
		{"PUT", "/redundancy/x", `{"legs":["4f2a"]}`, 400, []string{"legs: has 1 items"}},
		{"PUT", "/redundancy/x", `{"legs":["4f2a","nope"]}`, 400, []string{`legs[1]: no flow goes by "nope"`}},
		{"PUT", "/redundancy/x", `{"legs":["4f2a","7b3d","7b3d"]}`, 400, []string{"at most 2"}},
		{"PUT", "/redundancy/x", `{"legs":["4f2a","7b3d"],"name":"x"}`, 400, []string{"name: is no attribute"}},
		{"PUT", "/redundancy/%ff", `{"legs":["4f2a","7b3d"]}`, 400, []string{"is no name"}},
		{"PUT", "/redundancy/%20x", `{"legs":["4f2a","7b3d"]}`, 400, []string{"is no name"}},
		{"GET", "/redundancy/nope", ``, 404, []string{`"nope"`, "cam1"}},
		{"PATCH", "/drain", `{}`, 405, []string{"GET, HEAD, OPTIONS, POST"}},
		{"POST", "/salvos", `"` + strings.Repeat("x", 1<<20) + `"`, 413, []string{"1048576"}},
	} {
		t.Run(tt.method+tt.path+tt.body[:min(len(tt.body), 40)], func(t *testing.T) {
			e := write(t, tt.method, server.URL+ops.Prefix+tt.path, tt.body)
			assert.Equal(t, tt.code, e.Code)
			for _, s := range tt.says {
				assert.Contains(t, e.Message, s)
			}
			assert.Less(t, len(e.Message), 1500)
			assert.Empty(t, c.Changes)
		})
	}
}

func write(t *testing.T, method, url, body string) northbound.Problem {
	t.Helper()
	req, err := http.NewRequest(method, url, bytes.NewBufferString(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	var e northbound.Problem
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&e))
	assert.Equal(t, resp.StatusCode, e.Code)
	return e
}

// TestRefusedWrites holds every kind of refusal, on every path, to a status that is never 500.
func TestRefusedWrites(t *testing.T) {
	api := &refusing{Controller: opstest.New()}
	url := serve(t, &ops.API{Controller: api}).URL + ops.Prefix
	for kind := core.Invalid; kind <= core.NotDurable; kind++ {
		api.kind = kind
		for _, tt := range []struct{ method, path, body string }{
			{"POST", "/drain", `{"switch":"lf1"}`}, {"DELETE", "/drain/lf1", ``}, {"POST", "/optimise", `{}`},
			{"POST", "/salvos", `{"takes":[]}`}, {"PUT", "/redundancy/x", `{"legs":["4f2a","7b3d"]}`}, {"DELETE", "/redundancy/x", ``},
		} {
			e := write(t, tt.method, url+tt.path, tt.body)
			assert.Contains(t, []int{400, 404, 409, 503}, e.Code, "%d %s %s", kind, tt.method, tt.path)
			assert.Contains(t, e.Message, "because")
		}
	}
}

// refusing refuses every change.
type refusing struct {
	ops.Controller
	kind core.RefusalKind
}

func (r *refusing) Submit(context.Context, core.Change) (core.Result, error) {
	return core.Result{}, &core.Refusal{Kind: r.kind, Message: "because"}
}
