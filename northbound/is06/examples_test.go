package is06

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"crosspoint/flows"
	"crosspoint/topology"
)

// example is one of AMWA's example files.
func example(t *testing.T, name string) string {
	t.Helper()
	if is06Dir() == "" {
		t.Skip("CROSSPOINT_IS06 IS NOT SET: AMWA'S EXAMPLES ARE NOT TRIED. Set it to a directory with schemas/ and examples/.")
	}
	text, err := os.ReadFile(filepath.Join(is06Dir(), "examples", name))
	require.NoError(t, err)
	return string(text)
}

// standIn registers an endpoint under an id that an example names.
func (f *fake) standIn(id uuid.UUID) {
	f.now++
	n := byte(len(f.endpoints) + 1)
	f.endpoints[id] = flows.Endpoint{
		ID: id, MAC: topology.MAC{2, 0, 0, 0, 1, n}, Addr: netip.AddrFrom4([4]byte{10, 99, 0, n}), Role: flows.RoleBoth, Created: f.now, Updated: f.now,
	}
}

func TestExampleBase(t *testing.T) {
	newRig(t).do("GET", Base, "").want(200).is(example(t, "netctrl-base-get-200.json"))
}

func TestExampleEndpoints(t *testing.T) {
	r := newRig(t)
	for _, name := range []string{"netctrl-endpoint-put-request.json", "netctrl-endpoint-id-get-200.json"} {
		body := example(t, name)
		path := endpointsPath + "/" + idOf(t, body)
		r.do("PUT", path, body).want(201).is(body)
		r.do("GET", path, "").want(200).is(body)
		r.do("DELETE", path, "").want(204)
	}
	body := example(t, "netctrl-endpoint-put-request.json")
	path := endpointsPath + "/" + idOf(t, body)
	r.do("PUT", path, body).want(201)
	r.do("PATCH", path, example(t, "netctrl-endpoint-patch-request.json")).want(200).
		is(edit(t, body, map[string]any{"ip_address": "10.18.34.24", "max_bandwidth": "10Gbit/s", "role": "both"}))
	for _, e := range read[[]map[string]any](answer{t: t, body: []byte(example(t, "netctrl-endpoints-get-200.json"))}) {
		text := edit(t, "{}", e)
		if _, ok := e["chassis_id"].(string); !ok {
			text = `{"chassis_id":null,` + text[1:]
		}
		r.do("PUT", endpointsPath+"/"+e["id"].(string), text).want(201)
	}
}

func TestExampleFlows(t *testing.T) {
	r := newRig(t)
	put := func(body string) string {
		f := read[networkFlow](answer{t: t, body: []byte(body)})
		for _, id := range append(f.Receivers, f.Sender) {
			if _, there := r.fake.endpoints[id]; !there {
				r.fake.standIn(id)
			}
		}
		path := flowsPath + "/" + f.ID.String()
		r.do("PUT", path, body).want(201).is(body)
		r.do("GET", path, "").want(200).is(body)
		return path
	}
	put(example(t, "netctrl-network-flow-id-get-200.json"))
	for _, f := range read[[]map[string]any](answer{t: t, body: []byte(example(t, "netctrl-network-flows-get-200.json"))}) {
		put(edit(t, "{}", f))
	}
	body := example(t, "netctrl-network-flow-put.json")
	path := put(body)
	patch := example(t, "netctrl-network-flow-patch.json")
	r.do("PATCH", path, patch).want(200).
		is(edit(t, body, read[map[string]any](answer{t: t, body: []byte(patch)})))

	receivers := example(t, "netctrl-network-flow-receiver-post.json")
	r.do("POST", path+"/receivers", receivers).want(400).says("receiver_endpoint_ids")
	for _, id := range read[map[string][]uuid.UUID](answer{t: t, body: []byte(receivers)})["receiver_endpoint_ids"] {
		r.fake.standIn(id)
	}
	r.do("POST", path+"/receivers", receivers).want(204)
	require.Len(t, read[networkFlow](r.do("GET", path, "")).Receivers, 6)
}

func idOf(t *testing.T, body string) string {
	return read[map[string]any](answer{t: t, body: []byte(body)})["id"].(string)
}
