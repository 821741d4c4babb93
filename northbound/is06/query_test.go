package is06

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"crosspoint/topology"
)

func TestFilters(t *testing.T) {
	r := newRig(t)
	r.fake.register(4)
	twoSwitches(r.fake)
	r.do("PUT", endpointAPath, edit(t, endpointA, map[string]any{"label": `a "b" <c> & µ` + "\n"})).want(201)
	r.do("PUT", flowPath(1), edit(t, flowBody(1), map[string]any{"receiver_endpoint_ids": []uuid.UUID{endpointID(2), endpointID(3)}})).want(201)
	r.do("PUT", flowPath(2), edit(t, flowBody(2), map[string]any{"multicast_address": "239.1.1.2", "forward_flow": false, "dscp": "EF"})).want(201)

	tests := []struct {
		list, query string
		want        int
	}{
		{endpointsPath, "", 5},
		{endpointsPath, "role=both", 4},
		{endpointsPath, "role=bot", 0},
		{endpointsPath, "id=" + endpointID(1).String(), 1},
		{endpointsPath, "ip_address=10.0.0.1", 1},
		{endpointsPath, "chassis_id=null", 4},
		{endpointsPath, "attached_network_device.chassis_id=02-00-00-00-00-01", 1},
		{endpointsPath, "attached_network_device.port_id=lf1-eth3&role=sender", 1},
		{endpointsPath, "attached_network_device.port_id=lf1-eth3&role=both", 0},
		{endpointsPath, "attached_network_device=lf1-eth3", 0},
		{endpointsPath, "max_bandwidth=10Gbit/s", 1},
		{endpointsPath, "max_bandwidth=10000Mbit/s", 0},
		{endpointsPath, "label=" + url.QueryEscape(`a "b" <c> & µ`+"\n"), 1},
		{endpointsPath, "label=", 0},
		{endpointsPath, "label", 0},
		{endpointsPath, "=both", 0},
		{endpointsPath, "role.name=both", 0},
		{endpointsPath, ".=both", 0},
		{endpointsPath, "colour=red", 0},
		{endpointsPath, "role=both&role=both", 4},
		{endpointsPath, "role=both&role=sender", 0},
		{endpointsPath, "paging.colour=red", 5},
		{flowsPath, "receiver_endpoint_ids=" + endpointID(2).String(), 2},
		{flowsPath, "receiver_endpoint_ids=" + endpointID(3).String(), 1},
		{flowsPath, "receiver_endpoint_ids=" + endpointID(3).String() + "&receiver_endpoint_ids=" + endpointID(2).String(), 1},
		{flowsPath, "forward_flow=true", 1},
		{flowsPath, "forward_flow=false&dscp=EF", 1},
		{flowsPath, "bandwidth=1500Mbit/s", 2},
		{flowsPath, "multicast_address=239.1.1.2", 1},
		{devicesPath, "mtu=1500", 3},
		{devicesPath, "mtu=150", 0},
		{devicesPath, "interfaces.speed=10Gbit/s", 1},
		{devicesPath, "interfaces.0.speed=10Gbit/s", 0},
		{linksPath, "speed=9Gbit/s", 1},
	}
	for _, test := range tests {
		t.Run(test.list+"?"+test.query, func(t *testing.T) {
			a := r.do("GET", test.list+"?"+test.query, "").want(200)
			assert.Len(t, read[[]json.RawMessage](a), test.want)
		})
	}
}

// leaves lists every attribute of a document with a value that a filter can name.
func leaves(tree any, path string, yield func(path, value string)) {
	switch v := tree.(type) {
	case map[string]any:
		for name, member := range v {
			below := name
			if path != "" {
				below = path + "." + name
			}
			leaves(member, below, yield)
		}
	case []any:
		for _, item := range v {
			leaves(item, path, yield)
		}
	case float64:
		yield(path, strconv.FormatFloat(v, 'f', -1, 64))
	case nil:
		yield(path, "null")
	default:
		yield(path, fmt.Sprint(v))
	}
}

// TestEveryAttributeFilters takes each attribute of each type from an answer and asks for it.
func TestEveryAttributeFilters(t *testing.T) {
	r := newRig(t)
	r.fake.register(2)
	twoSwitches(r.fake)
	r.do("PUT", endpointAPath, endpointA).want(201)
	r.do("PUT", flowPath(1), edit(t, flowBody(1), map[string]any{"label": "flow"})).want(201)
	count := 0
	for _, list := range []string{endpointsPath, flowsPath, devicesPath, linksPath} {
		for _, document := range read[[]map[string]any](r.do("GET", list, "")) {
			leaves(document, "", func(path, value string) {
				count++
				a := r.do("GET", list+"?"+url.Values{path: {value}, "id": {document["id"].(string)}}.Encode(), "").want(200)
				assert.Len(t, read[[]any](a), 1, "%s?%s=%s", list, path, value)
			})
		}
	}
	assert.Greater(t, count, 40)
}

// TestAnyLabelFilters has labels with everything that JSON escapes.
func TestAnyLabelFilters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("<>&\"\\\u2028\u0007é/")))).Draw(t, "value")
		f := &networkFlow{Label: &value}
		assert.True(t, flowAttributes().passing([]filter{{"label", value}, {"bandwidth", f.Bandwidth.String()}})(f))
		assert.False(t, flowAttributes().passing([]filter{{"label", value + "!"}})(f))
	})
}

// TestOtherSpellings: what is not written as the document has it equals nothing.
func TestOtherSpellings(t *testing.T) {
	f := &networkFlow{ID: flowID(1), Group: netip.MustParseAddr("239.1.1.1"), Bandwidth: topology.Gbit, Forward: true}
	for key, values := range map[string][]string{
		"id":                {strings.ToUpper(f.ID.String()), "{" + f.ID.String() + "}", "urn:uuid:" + f.ID.String(), strings.ReplaceAll(f.ID.String(), "-", "")},
		"multicast_address": {"::ffff:239.1.1.1", "239.1.1.01", " 239.1.1.1"},
		"bandwidth":         {"1000Mbit/s", "1.0Gbit/s", "1gbit/s"},
		"forward_flow":      {"1", "True", "t"},
	} {
		for _, value := range values {
			assert.False(t, flowAttributes().passing([]filter{{key, value}})(f), "%s=%s", key, value)
		}
	}
}

// TestEncodeQuery reads back what a Link header says.
func TestEncodeQuery(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := url.Values{}
		for range rapid.IntRange(0, 4).Draw(t, "filters") {
			values.Add(rapid.StringN(0, 10, -1).Draw(t, "key"), rapid.StringN(0, 10, -1).Draw(t, "value"))
		}
		q, err := theContract().parseQuery(values.Encode())
		require.NoError(t, err)
		again, err := theContract().parseQuery(q.encode(q.since, q.until))
		require.NoError(t, err)
		assert.Equal(t, q, again)
	})
}
