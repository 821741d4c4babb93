package is06

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/northbound"
	"crosspoint/testbed"
	"crosspoint/testbed/onsim"
	"crosspoint/topology"
)

// real is the API over the real controller, with a simulated fabric of two leaves and a spine connected over loopback. Host h1 is
// endpoint 1, and so on; all are found in the network.
type real struct {
	*rig
	topo testbed.Topology
}

func newReal(t *testing.T) real {
	t.Helper()
	c := onsim.Start(t, nil)
	topo := testbed.LeafSpine(1, 2, 2)
	c.Connect(topo)
	r := real{&rig{t: t, server: northbound.New(northbound.Config{APIs: []northbound.API{New(c)}})}, topo}
	r.until(func() bool {
		return len(read[[]device](r.do("GET", devicesPath, ""))) == 3 && len(read[[]networkLink](r.do("GET", linksPath, ""))) == 2
	})
	for i, h := range topo.Hosts {
		r.do("PUT", endpointsPath+"/"+endpointID(i+1).String(), r.host(i+1, h.Addr.String(), topology.MAC(h.MAC).Dashed())).want(201)
	}
	c.Until("endpoints located", onsim.Located(len(topo.Hosts)))
	return r
}

func (r real) until(ok func() bool) {
	r.t.Helper()
	require.Eventually(r.t, ok, 20*time.Second, 20*time.Millisecond)
}

func (r real) host(n int, addr, mac string) string {
	return fmt.Sprintf(`{"id":%q,"chassis_id":null,"port_id":%q,"ip_address":%q}`, endpointID(n), mac, addr)
}

// flow is a body for flow n from endpoint 1 to endpoint 3.
func (r real) flow(n int, changes map[string]any) string {
	body := edit(r.t, flowBody(n), map[string]any{"receiver_endpoint_ids": []uuid.UUID{endpointID(3)}, "bandwidth": "1Mbit/s"})
	return edit(r.t, body, changes)
}

// TestRealFlows puts what IS-06 says of flows to the real controller.
func TestRealFlows(t *testing.T) {
	r := newReal(t)
	groups := map[string]string{
		"224.0.0.1": "link-local", "224.0.0.255": "link-local", "224.0.1.0": "224.1.1.1", "224.1.1.0": "224.1.1.1 to 239.255.255.255",
		"240.0.0.1": "239.255.255.255", "10.0.0.1": "224.1.1.1", "ff3e::1": "IPv6 group, and the sender", "ff02::1": "link-local (scope 2)",
		"ff32::1": "link-local", "ff01::1": "interface-local (scope 1)", "ff00::1": "reserved scope 0", "ff0f::1": "reserved scope f",
		"ff0e::": "group id 0", "fd00::1": "no multicast address", "ff3e::1%eth0": "zone", "239.1.1": "want an IPv4 or IPv6 address",
		"::ffff:239.1.1.1": "239.1.1.1",
	}
	for group, want := range groups {
		r.do("PUT", flowPath(1), r.flow(1, map[string]any{"multicast_address": group})).want(400).says("multicast_address: ", want)
		r.do("GET", flowPath(1), "").want(404)
	}
	null := strings.Replace(r.flow(1, nil), `"239.1.1.1"`, "null", 1)
	r.do("PUT", flowPath(1), null).want(400).says("multicast_address: a unicast flow (null) is not supported: give a multicast address")
	for i, group := range []string{"224.1.1.1", "239.255.255.255"} {
		r.do("PUT", flowPath(10+i), r.flow(10+i, map[string]any{"multicast_address": group})).want(201)
	}

	whole := r.do("PUT", flowPath(1), r.flow(1, nil)).want(201)
	r.do("GET", flowPath(1), "").want(200).is(string(whole.body))
	assert.Equal(t, flowPath(1), whole.header.Get("Location"))
	r.do("PUT", flowPath(1), r.flow(1, nil)).want(400).says("id", "exists", "PATCH")
	r.do("PUT", flowPath(2), r.flow(2, nil)).want(400).says("multicast_address", flowID(1).String(), "<S,G>")
	r.do("PUT", flowPath(2), r.flow(2, map[string]any{"sender_endpoint_id": endpointID(2)})).want(201)
	r.do("PUT", flowPath(3), r.flow(3, map[string]any{"sender_endpoint_id": endpointID(99)})).want(400).says("sender_endpoint_id", endpointID(99).String())
	r.do("PUT", flowPath(3), r.flow(3, map[string]any{"multicast_address": "239.1.1.3", "receiver_endpoint_ids": []uuid.UUID{endpointID(98)}})).
		want(400).says("receiver_endpoint_ids", endpointID(98).String())
	r.do("PUT", flowPath(3), r.flow(3, map[string]any{"multicast_address": "239.1.1.3", "receiver_endpoint_ids": []uuid.UUID{endpointID(1)}})).
		want(400).says("receiver_endpoint_ids", "sender")
	r.do("PUT", flowPath(3), r.flow(3, map[string]any{"multicast_address": "239.1.1.3", "bandwidth": "99Gbit/s"})).want(400)
	r.do("GET", flowPath(3), "").want(404)

	label := strings.Repeat("é", 4096)
	r.do("PATCH", flowPath(1), edit(t, "{}", map[string]any{"label": label})).want(200)
	assert.Equal(t, label, *read[networkFlow](r.do("GET", flowPath(1), "")).Label)
	r.do("PATCH", flowPath(1), edit(t, "{}", map[string]any{"label": label + "x"})).want(400).says("label: has 4097 characters: at most 4096 are taken")
	r.do("POST", flowPath(1)+"/receivers", `{"receiver_endpoint_ids":["`+endpointID(3).String()+`","`+endpointID(4).String()+`"]}`).want(204)
	r.do("DELETE", flowPath(1)+"/receivers/"+endpointID(2).String(), "").want(404)
	r.do("DELETE", flowPath(1)+"/receivers/"+endpointID(3).String(), "").want(204)
	assert.Equal(t, []uuid.UUID{endpointID(4)}, read[networkFlow](r.do("GET", flowPath(1), "")).Receivers)
	a := r.do("DELETE", endpointsPath+"/"+endpointID(1).String(), "").want(409)
	assert.Contains(t, string(a.body), "flow")
	for _, n := range []int{1, 2, 10, 11} {
		r.do("DELETE", flowPath(n), "").want(204)
	}
	r.do("DELETE", endpointsPath+"/"+endpointID(1).String(), "").want(204)
}

// TestRealEndpoints does the same for endpoints.
func TestRealEndpoints(t *testing.T) {
	r := newReal(t)
	at := func(n int) string { return endpointsPath + "/" + endpointID(n).String() }
	h1 := r.topo.Hosts[0]
	r.do("PUT", at(1), r.host(1, "10.99.0.1", "02-00-00-00-99-01")).want(400).says("id", "exists")
	twin := r.do("PUT", at(9), r.host(9, h1.Addr.String(), topology.MAC(h1.MAC).Dashed())).want(409)
	assert.Equal(t, at(1), twin.header.Get("Location"))
	r.do("PUT", at(9), r.host(9, h1.Addr.String(), "02-00-00-00-99-01")).want(400).says("ip_address", endpointID(1).String())
	r.do("PATCH", at(2), `{"ip_address":"`+h1.Addr.String()+`"}`).want(400).says("ip_address", endpointID(1).String())
	for _, addr := range []string{"239.1.1.1", "0.0.0.0", "255.255.255.255", "127.0.0.1", "ff3e::1", "::", "::1", "fe80::1"} {
		r.do("PUT", at(9), r.host(9, addr, "02-00-00-00-99-01")).want(400).says("ip_address: ", addr)
	}
	r.do("PUT", at(9), r.host(9, "10.99.0.1", "01-00-5e-00-00-01")).want(400).says("port_id: ")
	r.do("GET", at(9), "").want(404)
	r.do("PUT", at(9), r.host(9, "10.99.0.1", "02-00-00-00-99-01")).want(201)
	assert.Equal(t, "10.99.0.1", read[endpoint](r.do("GET", at(9), "")).IPAddress.String(), "a host not seen yet is held")
	r.do("PATCH", at(9), `{"port_id":"02-00-00-00-99-02"}`).want(400).says("port_id: cannot be changed by PATCH; what can: ")
	label := edit(t, "{}", map[string]any{"label": strings.Repeat("x", 4096)})
	r.do("PATCH", at(9), label).want(200)
	assert.Len(t, *read[endpoint](r.do("GET", at(9), "")).Label, 4096)

	r.do("PATCH", at(1), `{"role":"receiver","max_bandwidth":"1Gbit/s"}`).want(200)
	r.do("PUT", flowPath(1), r.flow(1, nil)).want(400).says("sender_endpoint_id", "receiver")
	r.do("PATCH", at(1), `{"role":"both"}`).want(200)
	r.do("PUT", flowPath(1), r.flow(1, map[string]any{"bandwidth": "2Gbit/s"})).want(400).says("bandwidth", "max_bandwidth", "1Gbit/s")
	r.do("PUT", flowPath(1), r.flow(1, nil)).want(201)
	// A rate so large that a sum with it overflows must not slip below the limit.
	r.do("PUT", flowPath(2), r.flow(2, map[string]any{
		"multicast_address": "239.1.1.2", "receiver_endpoint_ids": []string{}, "bandwidth": "18446744073709551.615kbit/s",
	})).want(400).says("bandwidth")
}

// TestRealInput sends to the real controller what the fuzzers keep.
func TestRealInput(t *testing.T) {
	r := newReal(t)
	r.do("PUT", flowPath(1), r.flow(1, nil)).want(201)
	for _, body := range hostileBodies() {
		for _, target := range bodyTargets() {
			req := httptest.NewRequest(target[0], target[1], strings.NewReader(body))
			req.Header.Set("Content-Type", "application/json")
			assert.Less(t, r.send(req).status, 500, "%s %s %.200s", target[0], target[1], body)
		}
	}
}

// TestRealIPv6 goes through endpoints and flows with IPv6 addresses, however they are spelled.
func TestRealIPv6(t *testing.T) {
	r := newReal(t)
	at := func(n int) string { return endpointsPath + "/" + endpointID(n).String() }
	mac := func(n int) string { return topology.MAC(r.topo.Hosts[n].MAC).Dashed() }
	r.do("PUT", at(21), r.host(21, "FD00:0:0::0001", mac(0))).want(201)
	assert.Equal(t, "fd00::1", read[endpoint](r.do("GET", at(21), "")).IPAddress.String(), "the interface has an IPv4 endpoint already")
	assert.Contains(t, string(r.do("GET", at(21), "").body), `"ip_address":"fd00::1"`)
	r.do("PUT", at(22), r.host(22, "fd00::2", mac(1))).want(201)
	twin := r.do("PUT", at(23), r.host(23, "fd00::0:1", mac(0))).want(409)
	assert.Equal(t, at(21), twin.header.Get("Location"))
	r.do("PUT", at(23), r.host(23, "fd00::0:1", mac(2))).want(400).says("ip_address", "fd00::1", endpointID(21).String())
	r.do("PATCH", at(22), `{"ip_address":"fe80::2"}`).want(400).says("ip_address", "link-local")

	over6 := map[string]any{
		"multicast_address": "FF3E:0::8000:1", "sender_endpoint_id": endpointID(21), "receiver_endpoint_ids": []string{endpointID(22).String()},
	}
	r.do("PUT", flowPath(1), r.flow(1, over6)).want(201)
	assert.Contains(t, string(r.do("GET", flowPath(1), "").body), `"multicast_address":"ff3e::8000:1"`)
	over6["multicast_address"] = "ff3e::0:8000:1"
	r.do("PUT", flowPath(2), r.flow(2, over6)).want(400).says("multicast_address", flowID(1).String())
	over6["multicast_address"] = "239.1.1.9"
	r.do("PUT", flowPath(2), r.flow(2, over6)).want(400).says("multicast_address: 239.1.1.9 is an IPv4 group", endpointID(21).String(), "fd00::1")
	r.do("POST", flowPath(1)+"/receivers", `{"receiver_endpoint_ids":["`+endpointID(2).String()+`"]}`).want(400).says("receiver_endpoint_ids", "IPv4")
	r.do("PATCH", at(21), `{"ip_address":"10.77.0.1"}`).want(400).says("ip_address", flowID(1).String())
	r.do("PATCH", at(21), `{"ip_address":"2001:db8::77"}`).want(200)
}
