package is06

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"crosspoint/northbound/openapi"
)

// ramlMethod is one method of one path of AMWA's RAML.
type ramlMethod struct {
	method, path string
	statuses     map[string][]string // with the headers that each names
	query        []string
}

// readRAML walks AMWA's RAML, as far as it uses the language: nested paths, methods, responses, and the one trait.
func readRAML(t *testing.T) []ramlMethod {
	t.Helper()
	if is06Dir() == "" {
		t.Skip("CROSSPOINT_IS06 IS NOT SET: AMWA'S RAML IS NOT WALKED. Set it to a directory with NetworkControlAPI.raml.")
	}
	text, err := os.ReadFile(filepath.Join(is06Dir(), "NetworkControlAPI.raml"))
	require.NoError(t, err)
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(text, &document))
	root := document.Content[0]
	var traits = make(map[string]*yaml.Node)
	for _, one := range child(root, "traits").Content {
		traits[one.Content[0].Value] = one.Content[1]
	}
	return walkRAML(root, "", traits)
}

func walkRAML(node *yaml.Node, path string, traits map[string]*yaml.Node) []ramlMethod {
	var all []ramlMethod
	for name, value := range members(node) {
		switch {
		case name == "/": // the base has no path of its own
			all = append(all, walkRAML(value, "/", traits)...)
		case strings.HasPrefix(name, "/"):
			all = append(all, walkRAML(value, strings.TrimSuffix(path, "/")+name, traits)...)
		case slices.Contains([]string{"get", "put", "patch", "post", "delete", "options", "head"}, name) && path != "":
			m := ramlMethod{strings.ToUpper(name), path, make(map[string][]string), nil}
			m.add(value)
			for _, trait := range child(value, "is").Content {
				m.add(traits[trait.Value])
			}
			all = append(all, m)
		}
	}
	return all
}

func (m *ramlMethod) add(node *yaml.Node) {
	for status, response := range members(child(node, "responses")) {
		m.statuses[status] = append(m.statuses[status], keys(child(response, "headers"))...)
	}
	m.query = append(m.query, keys(child(node, "queryParameters"))...)
}

// members of a mapping; none if it is no mapping.
func members(node *yaml.Node) func(func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		for i := 0; node.Kind == yaml.MappingNode && i < len(node.Content); i += 2 {
			if !yield(node.Content[i].Value, node.Content[i+1]) {
				return
			}
		}
	}
}

func child(node *yaml.Node, name string) *yaml.Node {
	for key, value := range members(node) {
		if key == name {
			return value
		}
	}
	return &yaml.Node{}
}

func keys(node *yaml.Node) []string {
	var all []string
	for key := range members(node) {
		all = append(all, key)
	}
	return all
}

// never are statuses that the RAML names for what this controller does not do: it takes every query (501), and pages from anywhere (403).
var never = []string{"501", "403"}

// provocation is a request that a status answers. Each runs on a server of its own, with endpoints 1 to 3, and flow 1 from 1 to 2.
type provocation struct{ path, body string }

func provocations() map[string]provocation {
	ep := func(n int) string { return "/endpoints/" + endpointID(n).String() }
	fl := func(n int) string { return "/network-flows/" + flowID(n).String() }
	device := "/network-devices/" + deviceID(0x0200_0000_0002).String()
	link := "/network-links/" + linkID(end{"02-00-00-00-00-01", "sp1-eth1"}, end{"02-00-00-00-00-02", "lf1-eth7"}).String()
	nobody := uuid.NewSHA1(uuid.NameSpaceOID, []byte("nobody")).String()
	newEndpoint := strings.TrimPrefix(endpointAPath, Base)
	twin := `{"id":"` + endpointID(9).String() + `","chassis_id":null,"port_id":"02-00-00-00-00-01","ip_address":"10.0.0.1"}`
	group := strings.Replace(flowBody(2), "239.1.1.1", "239.1.1.2", 1)
	return map[string]provocation{
		"GET / 200":                {"/", ""},
		"GET /network-devices 200": {"/network-devices", ""},
		"GET /network-devices/{networkDeviceId} 200": {device, ""},
		"GET /network-devices/{networkDeviceId} 404": {"/network-devices/" + nobody, ""},
		"GET /endpoints 200":                         {"/endpoints", ""},
		"GET /endpoints/{endpointId} 200":            {ep(1), ""},
		"GET /endpoints/{endpointId} 404":            {ep(9), ""},
		"OPTIONS /endpoints/{endpointId} 200":        {ep(1), ""},
		"PUT /endpoints/{endpointId} 201":            {newEndpoint, endpointA},
		"PUT /endpoints/{endpointId} 400":            {ep(9), `{}`},
		"PUT /endpoints/{endpointId} 409":            {ep(9), twin},
		"PATCH /endpoints/{endpointId} 200":          {ep(1), `{"label":"x"}`},
		"PATCH /endpoints/{endpointId} 400":          {ep(1), `{"id":"x"}`},
		"PATCH /endpoints/{endpointId} 404":          {ep(9), `{"label":"x"}`},
		"DELETE /endpoints/{endpointId} 204":         {ep(3), ""},
		"DELETE /endpoints/{endpointId} 404":         {ep(9), ""},
		"DELETE /endpoints/{endpointId} 409":         {ep(1), ""},
		"GET /network-links 200":                     {"/network-links", ""},
		"GET /network-links/{networkLinkId} 200":     {link, ""},
		"GET /network-links/{networkLinkId} 404":     {"/network-links/" + nobody, ""},
		"GET /network-flows 200":                     {"/network-flows", ""},
		"GET /network-flows/{networkFlowId} 200":     {fl(1), ""},
		"GET /network-flows/{networkFlowId} 404":     {fl(9), ""},
		"OPTIONS /network-flows/{networkFlowId} 200": {fl(1), ""},
		"PUT /network-flows/{networkFlowId} 201":     {fl(2), group},
		"PUT /network-flows/{networkFlowId} 400":     {fl(1), flowBody(1)},
		"PATCH /network-flows/{networkFlowId} 200":   {fl(1), `{"dscp":"EF"}`},
		"PATCH /network-flows/{networkFlowId} 400":   {fl(1), `{"dscp":"ef"}`},
		"PATCH /network-flows/{networkFlowId} 404":   {fl(9), `{"dscp":"EF"}`},
		"DELETE /network-flows/{networkFlowId} 204":  {fl(1), ""},
		"DELETE /network-flows/{networkFlowId} 404":  {fl(9), ""},

		"OPTIONS /network-flows/{networkFlowId}/receivers 200":                      {fl(1) + "/receivers", ""},
		"POST /network-flows/{networkFlowId}/receivers 204":                         {fl(1) + "/receivers", `{"receiver_endpoint_ids":["` + endpointID(3).String() + `"]}`},
		"POST /network-flows/{networkFlowId}/receivers 400":                         {fl(1) + "/receivers", `{"receiver_endpoint_ids":["` + nobody + `"]}`},
		"POST /network-flows/{networkFlowId}/receivers 404":                         {fl(9) + "/receivers", `{"receiver_endpoint_ids":["` + endpointID(3).String() + `"]}`},
		"OPTIONS /network-flows/{networkFlowId}/receivers/{receiverEndpointId} 200": {fl(1) + "/receivers/" + endpointID(2).String(), ""},
		"DELETE /network-flows/{networkFlowId}/receivers/{receiverEndpointId} 204":  {fl(1) + "/receivers/" + endpointID(2).String(), ""},
		"DELETE /network-flows/{networkFlowId}/receivers/{receiverEndpointId} 404":  {fl(1) + "/receivers/" + endpointID(3).String(), ""},
	}
}

// TestRAML answers every status of every method of every path of AMWA's RAML, with the headers that it names there.
func TestRAML(t *testing.T) {
	methods := readRAML(t)
	require.Len(t, methods, 21, "the walker misses something")
	todo := provocations()
	for _, m := range methods {
		for status, headers := range m.statuses {
			if slices.Contains(never, status) {
				continue
			}
			name := fmt.Sprintf("%s %s %s", m.method, m.path, status)
			t.Run(name, func(t *testing.T) {
				p, ok := todo[name]
				delete(todo, name)
				require.True(t, ok, "the RAML has what nothing here asks for")
				a := provokable(t).do(m.method, Base+p.path, p.body)
				assert.Equal(t, status, fmt.Sprint(a.status), "%s", a.body)
				for _, header := range headers {
					assert.NotEmpty(t, a.header.Get(header), header)
				}
			})
		}
	}
	assert.Empty(t, todo, "the RAML does not have these")
}

func provokable(t *testing.T) *rig {
	r := newRig(t)
	r.fake.register(3)
	twoSwitches(r.fake)
	r.do("PUT", flowPath(1), flowBody(1)).want(201)
	return r
}

// TestDocumentHasTheRAML holds the document's paths, methods and statuses against the RAML's. It has more of each.
func TestDocumentHasTheRAML(t *testing.T) {
	for _, m := range readRAML(t) {
		have := theContract().Statuses(openapi.Operation{Method: m.method, Path: m.path})
		for status := range m.statuses {
			if !slices.Contains(never, status) {
				assert.Contains(t, have, status, "%s %s", m.method, m.path)
			}
		}
	}
}

// TestRAMLQueries names each parameter of the lists: paging.* is taken, and any other finds what has the attribute.
func TestRAMLQueries(t *testing.T) {
	r := provokable(t)
	r.do("PUT", endpointAPath, endpointA).want(201)
	r.do("PATCH", flowPath(1), `{"label":"l"}`).want(200)
	values := map[string]string{"paging.since": "0:0", "paging.until": "8589934591:0", "paging.limit": "5", "paging.order": "create"}
	count := 0
	for _, m := range readRAML(t) {
		for _, name := range m.query {
			count++
			if value, ok := values[name]; ok {
				r.do(m.method, Base+m.path+"?"+name+"="+value, "").want(http.StatusOK)
				continue
			}
			found := false
			for _, document := range read[[]map[string]any](r.do("GET", Base+m.path, "")) {
				leaves(document, "", func(path, value string) {
					if path == name && !found {
						found = true
						a := r.do(m.method, Base+m.path+"?"+name+"="+strings.ReplaceAll(value, " ", "%20"), "").want(http.StatusOK)
						assert.NotEmpty(t, read[[]any](a))
					}
				})
			}
			assert.True(t, found, "nothing has %s", name)
		}
	}
	assert.Equal(t, 4*4+5+9+4+9, count)
}
