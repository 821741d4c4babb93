package is06

import (
	"net/netip"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"crosspoint/controller/core"
	"crosspoint/flows"
)

func TestFlowLife(t *testing.T) {
	r := newRig(t)
	r.fake.register(4)
	whole := edit(t, flowBody(1), map[string]any{"profile": "constant-rate", "forward_flow": true, "dscp": "CS0", "bandwidth": "1500Mbit/s"})
	a := r.do("PUT", flowPath(1), flowBody(1)).want(201).is(whole)
	assert.Equal(t, flowPath(1), a.header.Get("Location"))
	r.do("GET", flowPath(1), "").want(200).is(whole)
	r.do("PUT", flowPath(1), flowBody(1)).want(400).says("exists")
	r.do("PUT", flowPath(2), flowBody(2)).want(400).says(flowID(1).String())

	changed := edit(t, whole, map[string]any{"forward_flow": false, "dscp": "EF", "profile": "SMPTE-2110-21-narrow", "label": "µ"})
	r.do("PATCH", flowPath(1), `{"forward_flow":false,"dscp":"EF","profile":"SMPTE-2110-21-narrow","label":"µ"}`).want(200).is(changed)

	r.do("DELETE", flowPath(1), "").want(204)
	r.do("GET", flowPath(1), "").want(404)
	r.do("DELETE", flowPath(1), "").want(404)
	r.do("PATCH", flowPath(1), "{}").want(404)
	r.do("GET", flowsPath, "").want(200).is("[]")
}

func TestReceivers(t *testing.T) {
	r := newRig(t)
	r.fake.register(4)
	receivers := flowPath(1) + "/receivers"
	body := func(ids ...uuid.UUID) string {
		text := ""
		for _, id := range ids {
			text += `,"` + id.String() + `"`
		}
		return `{"receiver_endpoint_ids":[` + text[1:] + `]}`
	}
	r.do("POST", receivers, body(endpointID(3))).want(404)
	r.do("PUT", flowPath(1), edit(t, flowBody(1), map[string]any{"receiver_endpoint_ids": []string{}})).want(201)
	assert.Contains(t, string(r.do("GET", flowPath(1), "").body), `"receiver_endpoint_ids":[]`)

	assert.Empty(t, r.do("POST", receivers, body(endpointID(2), endpointID(3))).want(204).body)
	r.do("POST", receivers, body(endpointID(3), endpointID(4))).want(204)
	have := read[networkFlow](r.do("GET", flowPath(1), "")).Receivers
	assert.Equal(t, []uuid.UUID{endpointID(2), endpointID(3), endpointID(4)}, have)

	r.do("POST", receivers, body(endpointID(2), endpointID(99))).want(400).says("receiver_endpoint_ids", endpointID(99).String())
	r.do("DELETE", receivers+"/"+endpointID(3).String(), "").want(204)
	r.do("DELETE", receivers+"/"+endpointID(3).String(), "").want(404)
	r.do("DELETE", receivers+"/nobody", "").want(404)
	r.do("DELETE", flowPath(2)+"/receivers/"+endpointID(2).String(), "").want(404)

	for text, want := range map[string]string{
		`{"receiver_endpoint_ids":[]}`:                       "receiver_endpoint_ids: is empty",
		`{}`:                                                 "receiver_endpoint_ids: is missing",
		`{"receiver_endpoint_ids":null}`:                     "receiver_endpoint_ids: want an array, not null",
		`{"receiver_endpoint_ids":"x"}`:                      "receiver_endpoint_ids: want an array",
		`{"receiver_endpoint_ids":["x"]}`:                    "receiver_endpoint_ids[0]: want a UUID",
		body(endpointID(2), endpointID(3), endpointID(2)):    "receiver_endpoint_ids: item 2 repeats item 0",
		`{"receiver_endpoint_ids":[1,2,3,4,5,6,7,8,9,10,1]}`: "and more",
	} {
		r.do("POST", receivers, text).want(400).says(want)
	}
}

func TestFlowBodies(t *testing.T) {
	tests := []struct {
		name    string
		changes map[string]any
		want    []string
	}{
		{"group IPv6 link-local", map[string]any{"multicast_address": "ff12::1"}, []string{"multicast_address:", "link-local"}},
		{"group link-local", map[string]any{"multicast_address": "224.0.0.5"}, []string{"multicast_address:"}},
		{"group too low", map[string]any{"multicast_address": "224.1.1.0"}, []string{"multicast_address:", "224.1.1.1"}},
		{"group unicast", map[string]any{"multicast_address": "10.0.0.1"}, []string{"multicast_address:"}},
		{"group missing", map[string]any{"multicast_address": nil}, []string{"multicast_address: is missing"}},
		{"group a number", map[string]any{"multicast_address": 239}, []string{"multicast_address: want a string"}},
		{"sender missing", map[string]any{"sender_endpoint_id": nil}, []string{"sender_endpoint_id: is missing"}},
		{"sender unknown", map[string]any{"sender_endpoint_id": endpointID(77).String()}, []string{"sender_endpoint_id", endpointID(77).String()}},
		{"receivers missing", map[string]any{"receiver_endpoint_ids": nil}, []string{"receiver_endpoint_ids: is missing"}},
		{"receiver not an id", map[string]any{"receiver_endpoint_ids": []string{endpointID(2).String(), "x"}}, []string{"receiver_endpoint_ids[1]:"}},
		{"bandwidth missing", map[string]any{"bandwidth": nil}, []string{"bandwidth: is missing"}},
		{"bandwidth with a blank", map[string]any{"bandwidth": "1 Gbit/s"}, []string{"bandwidth:"}},
		{"profile unknown", map[string]any{"profile": "narrow"}, []string{"profile:", "SMPTE-2110-21-narrow"}},
		{"forward_flow text", map[string]any{"forward_flow": "true"}, []string{"forward_flow: want true or false"}},
		{"dscp a number", map[string]any{"dscp": 46}, []string{"dscp: want a string, not the number 46"}},
		{"dscp unknown", map[string]any{"dscp": "ef"}, []string{"dscp:", "EF"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t)
			r.fake.register(2)
			r.do("PUT", flowPath(1), edit(t, flowBody(1), test.changes)).want(400).says(test.want...)
			r.do("GET", flowPath(1), "").want(404)
		})
	}
	t.Run("group null", func(t *testing.T) {
		body := `{"id":"` + flowID(1).String() + `","multicast_address":null,"sender_endpoint_id":"` + endpointID(1).String() +
			`","receiver_endpoint_ids":[],"bandwidth":"1Gbit/s"}`
		newRig(t).do("PUT", flowPath(1), body).want(400).says("multicast_address:", "unicast")
	})
}

func TestFlowPatchBodies(t *testing.T) {
	r := newRig(t)
	r.fake.register(2)
	r.do("PUT", flowPath(1), flowBody(1)).want(201)
	for body, want := range map[string]string{
		`{"sender_endpoint_id":"x"}`:        "sender_endpoint_id: cannot be changed by PATCH",
		`{"multicast_address":"239.1.1.2"}`: "multicast_address: cannot be changed by PATCH",
		`{"receiver_endpoint_ids":[]}`:      "what can: bandwidth, dscp, forward_flow, label, profile",
		`{"forward_flow":null}`:             "forward_flow: want true or false, not null",
		`{"bandwidth":"0.0001kbit/s"}`:      "bandwidth:",
	} {
		r.do("PATCH", flowPath(1), body).want(400).says(want)
	}
	assert.IsType(t, core.PutFlow{}, r.fake.last)
}

func TestMalformedIDsInPaths(t *testing.T) {
	r := newRig(t)
	for _, id := range []string{"x", "D9C88A0A-C0C8-4EC8-ADE5-FDE9106E5040", "00000000-0000-0000-0000-000000000000", "%00", "urn:uuid:" + flowID(1).String()} {
		for _, list := range []string{devicesPath, linksPath, endpointsPath, flowsPath} {
			r.do("GET", list+"/"+id, "").want(404)
		}
		for _, list := range []string{endpointsPath, flowsPath} {
			r.do("PATCH", list+"/"+id, "{}").want(404)
			r.do("DELETE", list+"/"+id, "").want(404)
			r.do("PUT", list+"/"+id, "{}").want(400).says("id:")
		}
		r.do("POST", flowsPath+"/"+id+"/receivers", "{}").want(404)
		r.do("DELETE", flowsPath+"/"+id+"/receivers/"+flowID(1).String(), "").want(404)
	}
}

// TestNilReceivers: the controller may keep an empty list as nil, and the schema knows no null.
func TestNilReceivers(t *testing.T) {
	r := newRig(t)
	r.fake.flows[flowID(1)] = flows.NetworkFlow{ID: flowID(1), Group: netip.MustParseAddr("239.1.1.1"), Sender: endpointID(1), Profile: flows.ProfileConstant, DSCP: flows.DSCPDefault, Created: 1, Updated: 1}
	assert.Contains(t, string(r.do("GET", flowsPath+"?paging.limit=1", "").body), `"receiver_endpoint_ids":[]`)
}
