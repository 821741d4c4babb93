package is06

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"crosspoint/controller/core"
	"crosspoint/northbound"
)

func TestEndpointLife(t *testing.T) {
	r := newRig(t)
	a := r.do("PUT", endpointAPath, endpointA).want(201).is(endpointA)
	assert.Equal(t, endpointAPath, a.header.Get("Location"))
	r.do("GET", endpointAPath, "").want(200).is(endpointA)
	r.do("GET", endpointsPath, "").want(200).is("[" + endpointA + "]")
	r.do("PUT", endpointAPath, endpointA).want(400).says("exists")

	patched := edit(t, endpointA, map[string]any{"ip_address": "10.10.34.25", "role": "both", "max_bandwidth": "1Gbit/s", "label": ""})
	r.do("PATCH", endpointAPath, `{"ip_address":"10.10.34.25","role":"both","max_bandwidth":"1000Mbit/s","label":""}`).want(200).is(patched)
	r.do("PATCH", endpointAPath, `{}`).want(200).is(patched)
	r.do("GET", endpointAPath, "").want(200).is(patched)

	a = r.do("DELETE", endpointAPath, "").want(204)
	assert.Empty(t, a.body)
	r.do("GET", endpointAPath, "").want(404)
	r.do("DELETE", endpointAPath, "").want(404)
	r.do("PATCH", endpointAPath, `{}`).want(404)
	r.do("GET", endpointsPath, "").want(200).is("[]")
}

func TestEndpointDefaults(t *testing.T) {
	r := newRig(t)
	r.do("PUT", endpointAPath, `{"id":"d9c88a0a-c0c8-4ec8-ade5-fde9106e5040","chassis_id":null,"port_id":"02-00-00-00-00-0a","ip_address":"2001:DB8::1"}`).
		want(201).
		is(`{"id":"d9c88a0a-c0c8-4ec8-ade5-fde9106e5040","chassis_id":null,"port_id":"02-00-00-00-00-0a","ip_address":"2001:db8::1","role":"both"}`)
}

func TestEndpointConflicts(t *testing.T) {
	r := newRig(t)
	r.fake.register(2)
	r.do("PUT", endpointAPath, endpointA).want(201)
	twin := edit(t, endpointA, map[string]any{"id": endpointID(9).String()})
	a := r.do("PUT", endpointsPath+"/"+endpointID(9).String(), twin).want(409)
	assert.Equal(t, endpointAPath, a.header.Get("Location"))
	a = r.do("PATCH", endpointAPath, `{"ip_address":"10.0.0.1"}`).want(400)
	assert.Empty(t, a.header.Get("Location"), "PATCH knows no 409")

	r.do("PUT", flowPath(1), flowBody(1)).want(201)
	a = r.do("DELETE", endpointsPath+"/"+endpointID(2).String(), "").want(409).says(flowID(1).String())
	assert.Empty(t, a.header.Get("Location"))
}

// TestEndpointBodies has one thing wrong in each body.
func TestEndpointBodies(t *testing.T) {
	tests := []struct {
		name    string
		changes map[string]any
		want    []string
	}{
		{"id is not the path's", map[string]any{"id": endpointID(5).String()}, []string{"id:", "path"}},
		{"id in upper case", map[string]any{"id": "D9C88A0A-C0C8-4EC8-ADE5-FDE9106E5040"}, []string{"id:", "lower case"}},
		{"id of version 7", map[string]any{"id": "0190f5b4-5e2a-7000-8000-000000000000"}, []string{"id:", "version"}},
		{"id in braces", map[string]any{"id": "{d9c88a0a-c0c8-4ec8-ade5-fde9106e5040}"}, []string{"id:"}},
		{"id missing", map[string]any{"id": nil}, []string{"id: is missing"}},
		{"port_id missing", map[string]any{"port_id": nil}, []string{"port_id: is missing"}},
		{"chassis_id missing", map[string]any{"chassis_id": nil}, []string{"chassis_id: is missing"}},
		{"ip_address missing", map[string]any{"ip_address": nil}, []string{"ip_address: is missing"}},
		{"port_id with colons", map[string]any{"port_id": "02:00:00:00:00:0a"}, []string{"port_id:", "dashes"}},
		{"port_id in upper case", map[string]any{"port_id": "02-00-00-00-00-0A"}, []string{"port_id:", "lower case"}},
		{"port_id zero", map[string]any{"port_id": "00-00-00-00-00-00"}, []string{"port_id:"}},
		{"port_id a number", map[string]any{"port_id": 7}, []string{"port_id: want a string, not the number 7"}},
		{"chassis_id empty", map[string]any{"chassis_id": ""}, []string{"chassis_id:"}},
		{"chassis_id long", map[string]any{"chassis_id": strings.Repeat("x", 256)}, []string{"chassis_id:", "256"}},
		{"chassis_id with a line break", map[string]any{"chassis_id": "a\nb"}, []string{"chassis_id:", "control"}},
		{"ip_address a name", map[string]any{"ip_address": "camera"}, []string{"ip_address:", `"camera"`}},
		{"ip_address with zone", map[string]any{"ip_address": "fe80::1%eth0"}, []string{"ip_address:", "zone"}},
		{"ip_address mapped", map[string]any{"ip_address": "::ffff:10.0.0.1"}, []string{"ip_address:", "10.0.0.1"}},
		{"ip_address with zeros", map[string]any{"ip_address": "10.0.0.01"}, []string{"ip_address:"}},
		{"ip_address with mask", map[string]any{"ip_address": "10.0.0.1/24"}, []string{"ip_address:"}},
		{"ip_address unspecified", map[string]any{"ip_address": "0.0.0.0"}, []string{"ip_address:"}},
		{"ip_address a group", map[string]any{"ip_address": "239.0.0.1"}, []string{"ip_address:"}},
		{"ip_address broadcast", map[string]any{"ip_address": "255.255.255.255"}, []string{"ip_address:"}},
		{"ip_address loopback", map[string]any{"ip_address": "::1"}, []string{"ip_address:"}},
		{"role unknown", map[string]any{"role": "boss"}, []string{"role:", "sender, receiver, both", `"boss"`}},
		{"role an array", map[string]any{"role": []string{"sender"}}, []string{"role: want a string, not an array"}},
		{"max_bandwidth without unit", map[string]any{"max_bandwidth": "10"}, []string{"max_bandwidth:", "kbit/s"}},
		{"max_bandwidth negative", map[string]any{"max_bandwidth": "-1Gbit/s"}, []string{"max_bandwidth:"}},
		{"max_bandwidth a number", map[string]any{"max_bandwidth": 1e9}, []string{"max_bandwidth: want a string"}},
		{"label long", map[string]any{"label": strings.Repeat("µ", 4097)}, []string{"label:", "4096"}},
		{"label true", map[string]any{"label": true}, []string{"label: want a string, not true"}},
		{"attached a string", map[string]any{"attached_network_device": "lf1"}, []string{"attached_network_device: want an object"}},
		{"attached without port", map[string]any{"attached_network_device": map[string]any{"chassis_id": "a"}},
			[]string{"attached_network_device.port_id: is missing"}},
		{"attached to null", map[string]any{"attached_network_device": map[string]any{"chassis_id": nil, "port_id": "a"}},
			[]string{"attached_network_device.chassis_id: want a string, not null"}},
		{"two things wrong", map[string]any{"role": "boss", "ip_address": "x"}, []string{"role:", "ip_address:", "; "}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t)
			r.do("PUT", endpointAPath, edit(t, endpointA, test.changes)).want(400).says(test.want...)
			assert.Nil(t, r.fake.last, "nothing reaches the controller")
		})
	}
}

func TestEndpointPatchBodies(t *testing.T) {
	for body, want := range map[string]string{
		`{"port_id":"02-00-00-00-00-0b"}`:   "port_id: cannot be changed by PATCH; what can: attached_network_device, ip_address, label, max_bandwidth, role",
		`{"id":"x"}`:                        "id: cannot be changed",
		`{"rôle":"both"}`:                   "rôle: cannot be changed",
		`{"role":"none"}`:                   "role: want one of",
		`{"role":null}`:                     "role: want a string, not null",
		`{"attached_network_device":null}`:  "attached_network_device: want an object, not null",
		`{"ip_address":["10.0.0.1"]}`:       "ip_address: want a string, not an array",
		`{"label":"a","label":"b"}`:         `"label" is there twice`,
		`[]`:                                "want an object, not an array",
		`null`:                              "want an object, not null",
		`{"label":"a"} {}`:                  "line 1, column 15",
		`{"label":`:                         "not JSON",
		"{\n  \"label\": \"a\",\n  role\n}": "line 3, column 3",
		"{\"label\":\"\xff\"}":              "UTF-8",
	} {
		r := newRig(t)
		r.do("PUT", endpointAPath, endpointA).want(201)
		r.do("PATCH", endpointAPath, body).want(400).says(want)
		assert.IsType(t, core.PutEndpoint{}, r.fake.last, body)
	}
}

// TestUnknownAttributes are dropped by PUT.
func TestUnknownAttributes(t *testing.T) {
	r := newRig(t)
	r.do("PUT", endpointAPath, edit(t, endpointA, map[string]any{"colour": "red", "vlan": 7})).want(201).is(endpointA)
}

// TestUnsavedIsSaid: answers say when a restart could undo some of what they show, and the document says that they do.
func TestUnsavedIsSaid(t *testing.T) {
	r := newRig(t)
	r.do("PUT", endpointAPath, endpointA).want(201)
	for _, r.fake.unsaved = range []bool{false, true} {
		for path, status := range map[string]int{endpointsPath: 200, endpointAPath: 200, endpointsPath + "/" + endpointID(2).String(): 404} {
			a := r.do("GET", path, "").want(status)
			assert.Equal(t, r.fake.unsaved, a.header.Get(northbound.UnsavedHeader) == "true", path)
		}
	}
}
