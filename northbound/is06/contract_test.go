package is06

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"github.com/gorilla/mux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"crosspoint/flows"
	"crosspoint/northbound"
	"crosspoint/northbound/openapi"
)

// TestDocumentIsOpenAPI has another library read the document.
func TestDocumentIsOpenAPI(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(contractText)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(doc.OpenAPI, "3.1."))
	assert.NoError(t, doc.Validate(context.Background(), openapi3.EnableExamplesValidation()))
}

func TestDocumentIsServed(t *testing.T) {
	r := newRig(t)
	assert.Equal(t, string(contractText), string(r.do("GET", documentPath, "").want(200).body))
	rec := httptest.NewRecorder()
	r.server.ServeHTTP(rec, httptest.NewRequest("GET", pagePath, nil))
	assert.Equal(t, 200, rec.Code)
	assert.Equal(t, "text/html; charset=utf-8", rec.Header().Get("Content-Type"))
	assert.Contains(t, rec.Header().Get("Content-Security-Policy"), "default-src 'none'")
	for _, o := range theContract().Operations() {
		assert.Contains(t, rec.Body.String(), o.Path)
	}
	assert.NotContains(t, rec.Body.String(), "http://")
	assert.NotContains(t, rec.Body.String(), "https://")
}

// TestDocumentHasEveryRoute holds the document's operations against the router's, both ways.
func TestDocumentHasEveryRoute(t *testing.T) {
	r := mux.NewRouter().SkipClean(true)
	New(newFake()).Register(r)
	server := northbound.New(northbound.Config{APIs: []northbound.API{New(newFake())}})
	var routed []string
	require.NoError(t, r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		require.NoError(t, err)
		short, ok := strings.CutPrefix(path, Base)
		if !ok || path == documentPath || path == pagePath || (short != "/" && strings.HasSuffix(short, "/")) || short == "" {
			return nil
		}
		rec := httptest.NewRecorder()
		server.ServeHTTP(rec, httptest.NewRequest("TRACE", Base+short, nil))
		for method := range strings.SplitSeq(rec.Header().Get("Allow"), ", ") {
			if method != http.MethodHead && method != http.MethodOptions {
				routed = append(routed, method+" "+nameless(short))
			}
		}
		return nil
	}))
	var described []string
	for _, o := range theContract().Operations() {
		if o.Method != http.MethodOptions {
			described = append(described, o.Method+" "+nameless(o.Path))
		}
	}
	assert.ElementsMatch(t, routed, described)
}

// nameless drops the names of a path's variables.
func nameless(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}

// TestDocumentEnumerates holds the document's lists against the program's.
func TestDocumentEnumerates(t *testing.T) {
	var document struct {
		Components struct {
			Schemas map[string]struct {
				Enum       []string
				Properties map[string]struct{ Enum []string }
			}
		}
	}
	require.NoError(t, json.Unmarshal(contractText, &document))
	schemas := document.Components.Schemas
	assert.ElementsMatch(t, schemas["Role"].Enum, []string{string(flows.RoleSender), string(flows.RoleReceiver), string(flows.RoleBoth)})
	assert.ElementsMatch(t, schemas["Profile"].Enum, names(flows.Profiles()))
	assert.ElementsMatch(t, schemas["DSCP"].Enum, names(flows.DSCPs()))
	var all []string
	for _, speed := range speeds() {
		all = append(all, speed.String())
	}
	assert.ElementsMatch(t, schemas["Interface"].Properties["speed"].Enum, all)
}

func names[T ~string](all []T) []string {
	var out []string
	for _, one := range all {
		out = append(out, string(one))
	}
	return out
}

// reader is a path that takes a body: how it is checked, how it is read, and AMWA's schema for it.
type reader struct {
	schema *openapi.Schema
	read   func(*northbound.Form) error
	amwa   string
	good   string
}

func readers() map[string]reader {
	id := uuid.MustParse("d9c88a0a-c0c8-4ec8-ade5-fde9106e5040")
	c := theContract()
	return map[string]reader{
		"endpoint":       {c.putEndpoint, func(f *northbound.Form) error { readEndpoint(id)(f); return f.Err() }, "endpoint.json", endpointA},
		"endpoint patch": {c.patchEndpoint, func(f *northbound.Form) error { readEndpointPatch(f); return f.Err() }, "endpoint-patch.json", `{"ip_address":"10.0.0.1","attached_network_device":{"chassis_id":"a","port_id":"b"},"max_bandwidth":"1Gbit/s","role":"both","label":"x"}`},
		"flow": {c.putFlow, func(f *northbound.Form) error { readFlow(flowID(1))(f); return f.Err() }, "network-flow.json",
			strings.TrimSuffix(flowBody(1), "}") + `,"profile":"unknown","forward_flow":false,"dscp":"EF","label":"x"}`},
		"flow patch": {c.patchFlow, func(f *northbound.Form) error { readFlowPatch(f); return f.Err() }, "network-flow-patch.json", `{"bandwidth":"1Gbit/s","profile":"unknown","forward_flow":true,"dscp":"CS0","label":""}`},
		"receivers":  {c.postReceivers, func(f *northbound.Form) error { readReceivers(f); return f.Err() }, "network-flow-receivers.json", `{"receiver_endpoint_ids":["d9c88a0a-c0c8-4ec8-ade5-fde9106e5040"]}`},
	}
}

// TestDocumentDecides sends any body past the document, the reading behind it and AMWA's schema. What the document takes, the reading
// takes without a word of its own (but that the id is the path's), and AMWA takes; and so the document alone decides.
func TestDocumentDecides(t *testing.T) {
	amwa, err := loadSchemas()
	require.NoError(t, err)
	for name, r := range readers() {
		t.Run(name, func(t *testing.T) {
			require.True(t, r.takes(t, r.good), "the document does not take %s", r.good)
			r.mayTake(t, amwa, r.good)
			rapid.Check(t, func(t *rapid.T) {
				if text := mutated(t, r.good); r.takes(t, text) {
					r.mayTake(t, amwa, text)
				}
			})
		})
	}
}

// takes tells whether the document takes a body; if not, it has words for it.
func (r reader) takes(t require.TestingT, text string) bool {
	value, err := northbound.ParseValue([]byte(text))
	require.NoError(t, err)
	err = r.schema.Check(value)
	if err == nil {
		return true
	}
	var faults northbound.Faults
	require.ErrorAs(t, err, &faults)
	for _, fault := range faults {
		assert.NotEmpty(t, fault.Path)
		assert.NotContains(t, fault.Reason, "schema", "%s: the document has no words for it", text)
	}
	return false
}

// mayTake holds a body that the document takes against the reading and, where there are any, AMWA's schemas.
func (r reader) mayTake(t require.TestingT, amwa schemas, text string) {
	value, err := northbound.ParseValue([]byte(text))
	require.NoError(t, err)
	form, err := value.Form()
	require.NoError(t, err, text)
	if err := r.read(form); err != nil {
		assert.Regexp(t, `^id: \S+ is not the id in the path, \S+$`, err.Error(), text)
	}
	if amwa == nil {
		return
	}
	var tree any
	require.NoError(t, json.Unmarshal([]byte(text), &tree))
	assert.NoError(t, amwa.check(amwa[r.amwa], tree, "$"), "the document takes what AMWA's schema does not: %s", text)
}

// mutated is a good body with some members replaced, dropped or added.
func mutated(t *rapid.T, good string) string {
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(good), &object))
	keys := slices.Sorted(maps.Keys(object))
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		key := rapid.SampledFrom(append(keys, "colour")).Draw(t, "key")
		switch rapid.IntRange(0, 3).Draw(t, "how") {
		case 0:
			delete(object, key)
		case 1:
			object[key] = anyMember(t)
		default:
			object[key] = plausible(t)
		}
	}
	text, err := json.Marshal(object)
	require.NoError(t, err)
	return string(text)
}

func anyMember(t *rapid.T) any {
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return rapid.Int().Draw(t, "number")
	case 3:
		return rapid.String().Draw(t, "text")
	case 4:
		return []any{plausible(t), plausible(t)}
	default:
		return map[string]any{"chassis_id": plausible(t), "port_id": plausible(t)}
	}
}

// plausible is a value that some attribute takes, or nearly.
func plausible(t *rapid.T) any {
	return rapid.OneOf(
		rapid.SampledFrom([]string{
			"", "x", "both", "sender", "Both", "constant-rate", "EF", "ef", "10.0.0.1", "10.0.0.01", "255.255.255.255", "0.0.0.0", "127.0.0.1", "::1",
			"2001:db8::1", "fe80::1%eth0", "::ffff:10.0.0.1", "224.0.0.1", "224.1.1.0", "224.1.1.1", "239.255.255.255", "240.0.0.1", "ff3e::1",
			"1Gbit/s", "0kbit/s", "01Gbit/s", "1.5Mbit/s", "1.0005kbit/s", "1e3Mbit/s", "99999999999999999999Gbit/s", "18446744073709551616kbit/s", "1 Gbit/s", "1Gbit/s\n",
			"02-00-00-00-00-0a", "02-00-00-00-00-0A", "02:00:00:00:00:0a", "00-00-00-00-00-00", "ff-ff-ff-ff-ff-ff", "01-00-5e-00-00-01", "02-00-00-00-00-0a\n",
			"d9c88a0a-c0c8-4ec8-ade5-fde9106e5040", "D9C88A0A-C0C8-4EC8-ADE5-FDE9106E5040", "0190f5b4-5e2a-7000-8000-000000000000",
			"00000000-0000-0000-0000-000000000000", "d9c88a0ac0c84ec8ade5fde9106e5040", "a\nb", "a\u2028b", "a\u0085b", "\u00e9", "a\u0000",
			strings.Repeat("x", 255), strings.Repeat("x", 256), strings.Repeat("é", 128), strings.Repeat("é", 4096), strings.Repeat("é", 4097),
		}),
		rapid.StringMatching(`(0|[1-9][0-9]{0,20})(\.[0-9]{1,10})?[kMG]bit/s`),
		rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`),
		rapid.StringMatching(`2[2-4][0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}`),
		rapid.StringMatching(`([0-9a-f]{2}-){5}[0-9a-f]{2}`),
	).Draw(t, "value")
}

// TestDocumentTakesExamples sends AMWA's examples past the document.
func TestDocumentTakesExamples(t *testing.T) {
	c := theContract()
	for name, schema := range map[string]*openapi.Schema{
		"netctrl-endpoint-put-request.json": c.putEndpoint, "netctrl-endpoint-id-get-200.json": c.putEndpoint,
		"netctrl-endpoint-patch-request.json": c.patchEndpoint, "netctrl-network-flow-put.json": c.putFlow,
		"netctrl-network-flow-id-get-200.json": c.putFlow, "netctrl-network-flow-patch.json": c.patchFlow,
		"netctrl-network-flow-receiver-post.json": c.postReceivers,
	} {
		value, err := northbound.ParseValue([]byte(example(t, name)))
		require.NoError(t, err)
		assert.NoError(t, schema.Check(value), name)
	}
}

// TestDocumentIsNoLooserInAnswers changes good answers: what the document lets pass, AMWA's schema lets pass.
func TestDocumentIsNoLooserInAnswers(t *testing.T) {
	amwa, err := loadSchemas()
	require.NoError(t, err)
	if amwa == nil {
		t.Skip("CROSSPOINT_IS06 IS NOT SET: THE DOCUMENT IS NOT HELD AGAINST AMWA'S SCHEMAS. Set it to a directory with schemas/ and examples/.")
	}
	rig := newRig(t)
	twoSwitches(rig.fake)
	rig.fake.register(3)
	rig.do("PUT", flowPath(1), flowBody(1)).want(201)
	answers, err := theAnswers()
	require.NoError(t, err)
	good := make(map[string]answer)
	for _, path := range []string{endpointsPath, flowsPath, devicesPath, linksPath} {
		good[path] = rig.do("GET", path, "").want(200)
	}
	paths := slices.Sorted(maps.Keys(good))
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.SampledFrom(paths).Draw(t, "path")
		var items []json.RawMessage
		require.NoError(t, json.Unmarshal(good[path].body, &items))
		text := []byte("[" + mutated(t, string(items[0])) + "]")
		if answers.Check("GET", path, 200, good[path].header, text) != nil {
			return
		}
		var tree any
		require.NoError(t, json.Unmarshal(text, &tree))
		assert.NoError(t, amwa.check(amwa[strings.TrimPrefix(path, Base+"/")+".json"], tree, "$"), "%s", text)
	})
}
