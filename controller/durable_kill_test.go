package controller_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/northbound/is06"
	"crosspoint/northbound/ops"
	"crosspoint/testbed"
	"crosspoint/testbed/sim"
	"crosspoint/topology"
)

// TestKilledUnderLoad kills the controller at random instants while clients write, over and over on the same store, and holds after each
// restart that every write it had acknowledged is there as it was, with times and object id, that a write that was cut off is there whole or
// not at all, and that nothing else is.
func TestKilledUnderLoad(t *testing.T) {
	rounds, seed := 25, rand.Uint64()
	if testing.Short() {
		rounds = 5
	}
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	k := newKilling(t, random)
	for i := range 5 {
		k.hosts = append(k.hosts, testbed.Host{MAC: [6]byte{2, 0, 0, 0, 0, byte(i + 1)}, Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)})})
	}
	k.again(rounds)
	assert.Greater(t, k.acknowledged, 100)
}

// killing is the test's side: what it was promised.
type killing struct {
	t         *testing.T
	random    *rand.Rand
	path      string // of the store
	client    *http.Client
	base      string
	hosts     []testbed.Host // of the endpoints; the first sends
	openFlow  string         // where switches connect; "": there are none
	fabric    *sim.Fabric    // nil: there are no switches
	endpoints []ops.Endpoint // as they were acknowledged
	writers   []*writer

	mu                          sync.Mutex // guards what follows, which all writers count
	acknowledged, cut, cutThere int
}

func newKilling(t *testing.T, random *rand.Rand) *killing {
	k := &killing{
		t: t, random: random, path: filepath.Join(t.TempDir(), "x.db"),
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8}},
	}
	t.Cleanup(k.client.CloseIdleConnections)
	return k
}

// start runs a controller on what the last one left.
func (k *killing) start() *child {
	k.t.Helper()
	c := startChild(k.t, k.path, k.openFlow)
	k.base = c.url
	if k.fabric != nil {
		k.settle()
	}
	return c
}

// again has clients write and the controller killed, again and again, and compares.
func (k *killing) again(rounds int) {
	c := k.start()
	k.registerEndpoints()
	c.kill()
	for i := range 6 {
		random := rand.New(rand.NewPCG(k.random.Uint64(), 0))
		k.writers = append(k.writers, &writer{killing: k, id: numbered("flow", i), group: fmt.Sprintf("239.1.1.%d", i+1), random: random})
	}
	for end := time.Now().Add(14 * time.Second); rounds > 0 && time.Now().Before(end) && !k.t.Failed(); rounds-- {
		c := k.start()
		k.verify()
		k.load(func() { time.Sleep(time.Duration(k.random.IntN(150)) * time.Millisecond); c.kill() })
	}
	c = k.start()
	k.verify()
	c.kill()
	k.t.Logf("%d writes acknowledged; %d cut off, of which %d are there", k.acknowledged, k.cut, k.cutThere)
}

func numbered(kind string, n int) uuid.UUID { return id(fmt.Sprint(kind, " ", n)) }

// try sends a request; the error is that of a connection cut off.
func (k *killing) try(method, path, body string) (status int, answer []byte, err error) {
	r, err := http.NewRequest(method, k.base+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := k.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// read gets what must be there.
func (k *killing) read(path string, into any) {
	k.t.Helper()
	status, body, err := k.try(http.MethodGet, path, "")
	require.NoError(k.t, err)
	require.Equal(k.t, http.StatusOK, status, "%s", body)
	require.NoError(k.t, json.Unmarshal(body, into))
}

func (k *killing) registerEndpoints() {
	for i, h := range k.hosts {
		e := numbered("endpoint", i)
		status, body, err := k.try(http.MethodPut, is06.Base+"/endpoints/"+e.String(), fmt.Sprintf(
			`{"id":%q,"chassis_id":null,"port_id":%q,"ip_address":%q,"role":"both","label":"endpoint %d"}`,
			e, topology.MAC(h.MAC).Dashed(), h.Addr, i))
		require.NoError(k.t, err)
		require.Equal(k.t, http.StatusCreated, status, "%s", body)
	}
	if k.fabric != nil {
		k.settle()
	}
	var all ops.List[ops.Endpoint]
	k.read(ops.Prefix+"/endpoints", &all)
	k.endpoints = all.Items
}

// load lets all writers write until the controller is killed.
func (k *killing) load(kill func()) {
	var all sync.WaitGroup
	for _, w := range k.writers {
		all.Go(w.write)
	}
	kill()
	all.Wait()
	k.client.CloseIdleConnections()
}

// verify compares what a controller has after its restart with what was promised.
func (k *killing) verify() {
	var endpoints ops.List[ops.Endpoint]
	k.read(ops.Prefix+"/endpoints", &endpoints)
	require.Len(k.t, endpoints.Items, len(k.endpoints))
	for i, have := range endpoints.Items {
		want := k.endpoints[i]
		assert.Equal(k.t, []any{want.ID, want.Label, want.MAC, want.Addr, want.Role, want.Object, want.Created, want.Updated},
			[]any{have.ID, have.Label, have.MAC, have.Addr, have.Role, have.Object, have.Created, have.Updated})
	}
	var flows []is06Flow
	k.read(is06.Base+"/network-flows?paging.limit=100", &flows)
	var views ops.List[ops.Flow]
	k.read(ops.Prefix+"/flows", &views)
	require.Len(k.t, views.Items, len(flows))
	objects := map[uint64]uuid.UUID{}
	for _, v := range views.Items {
		assert.NotContains(k.t, objects, uint64(v.Object), "no two flows have one object id")
		objects[uint64(v.Object)] = v.ID
	}
	for _, w := range k.writers {
		i := slices.IndexFunc(flows, func(f is06Flow) bool { return f.ID == w.id })
		if i < 0 {
			w.verify(nil, nil)
			continue
		}
		v := slices.IndexFunc(views.Items, func(f ops.Flow) bool { return f.ID == w.id })
		require.GreaterOrEqual(k.t, v, 0)
		flow := flows[i]
		w.verify(&flow, &views.Items[v])
		flows = slices.Delete(flows, i, i+1)
	}
	assert.Empty(k.t, flows, "flows that nobody made")
}

// is06Flow is a network flow as clients see it.
type is06Flow struct {
	ID        uuid.UUID   `json:"id"`
	Group     string      `json:"multicast_address"`
	Sender    uuid.UUID   `json:"sender_endpoint_id"`
	Receivers []uuid.UUID `json:"receiver_endpoint_ids"`
	Bandwidth string      `json:"bandwidth"`
	Label     string      `json:"label"`
}

// writer is one client, which changes a flow of its own.
type writer struct {
	*killing
	id     uuid.UUID
	group  string
	random *rand.Rand

	have   *is06Flow // as last acknowledged; nil: none
	view   *ops.Flow // the same with times and object id; nil: not known
	want   *is06Flow // what the write that was cut off would have made of it
	unsure bool      // one was cut off
	serial int
}

// write changes the flow again and again until the connection is cut.
func (w *writer) write() {
	for {
		method, path, body, after := w.change()
		status, answer, err := w.try(method, path, body)
		if err != nil {
			w.want, w.unsure = after, true
			w.count(func() { w.cut++ })
			return
		}
		if !assert.Contains(w.t, []int{200, 201, 204}, status, "%s %s %s: %s", method, path, body, answer) {
			return
		}
		w.have, w.view = after, nil
		w.count(func() { w.acknowledged++ })
		if after != nil {
			var view ops.Flow
			status, answer, err := w.try(http.MethodGet, ops.Prefix+"/flows/"+w.id.String(), "")
			if err != nil {
				return
			}
			if !assert.Equal(w.t, 200, status) || !assert.NoError(w.t, json.Unmarshal(answer, &view)) {
				return
			}
			w.view = &view
		}
	}
}

func (k *killing) count(change func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change()
}

// change chooses a request, and says what it makes of the flow. Label and bandwidth always change together.
func (w *writer) change() (method, path, body string, after *is06Flow) {
	w.serial++
	at := is06.Base + "/network-flows/" + w.id.String()
	label, bandwidth := fmt.Sprintf("%s %d", w.group, w.serial), fmt.Sprintf("%dMbit/s", 1+w.serial%900)
	if w.have == nil {
		f := is06Flow{ID: w.id, Group: w.group, Sender: numbered("endpoint", 0), Receivers: []uuid.UUID{numbered("endpoint", 1)}, Bandwidth: bandwidth, Label: label}
		text, _ := json.Marshal(f)
		return http.MethodPut, at, string(text), &f
	}
	f := *w.have
	f.Receivers = slices.Clone(f.Receivers)
	switch w.random.IntN(6) {
	case 0:
		return http.MethodDelete, at, "", nil
	case 1, 2:
		for i := 1; i < 5; i++ {
			if r := numbered("endpoint", i); !slices.Contains(f.Receivers, r) {
				f.Receivers = append(f.Receivers, r)
				return http.MethodPost, at + "/receivers", fmt.Sprintf(`{"receiver_endpoint_ids":[%q]}`, r), &f
			}
		}
	case 3:
		if n := len(f.Receivers); n > 1 {
			r := f.Receivers[w.random.IntN(n)]
			f.Receivers = slices.DeleteFunc(f.Receivers, func(x uuid.UUID) bool { return x == r })
			return http.MethodDelete, at + "/receivers/" + r.String(), "", &f
		}
	}
	f.Label, f.Bandwidth = label, bandwidth
	return http.MethodPatch, at, fmt.Sprintf(`{"label":%q,"bandwidth":%q}`, label, bandwidth), &f
}

// verify compares the flow after a restart with what was promised, and takes it as the new truth.
func (w *writer) verify(flow *is06Flow, view *ops.Flow) {
	w.t.Helper()
	there := w.unsure && assert.ObjectsAreEqual(w.want, flow)
	if !there {
		assert.Equal(w.t, w.have, flow, "neither as acknowledged nor as wanted: %+v", w.want)
		if flow != nil && w.view != nil && view != nil {
			assert.Equal(w.t, [3]any{w.view.Created, w.view.Updated, w.view.Object}, [3]any{view.Created, view.Updated, view.Object})
			assert.Equal(w.t, w.view.Tree, view.Tree, "a tree is not planned anew")
		}
	} else {
		w.cutThere++
		if flow != nil && w.have != nil && w.view != nil {
			assert.Equal(w.t, [2]any{w.view.Created, w.view.Object}, [2]any{view.Created, view.Object}, "a change keeps who it is")
			assert.True(w.t, view.Updated.After(w.view.Updated))
		}
	}
	w.have, w.view, w.want, w.unsure = flow, view, nil, false
}
