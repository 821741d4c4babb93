package is06

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// schemas are AMWA's JSON schemas (draft 4), as far as they use the language. A keyword that the checker does not know is an error, so
// that nothing passes for want of looking.
type schemas map[string]map[string]any

// is06Dir is where AMWA's schemas and examples are; "" when CROSSPOINT_IS06 is not set.
func is06Dir() string { return os.Getenv("CROSSPOINT_IS06") }

var loadSchemas = sync.OnceValues(func() (schemas, error) {
	dir := is06Dir()
	if dir == "" {
		return nil, nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "schemas", "*.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no schemas in %s: %w", dir, err)
	}
	all := make(schemas)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var schema map[string]any
		if err := json.Unmarshal(text, &schema); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all[filepath.Base(file)] = schema
	}
	return all, nil
})

// assertSchema checks an answer, where the schemas are at hand.
func assertSchema(t testing.TB, name string, document []byte) {
	t.Helper()
	all, err := loadSchemas()
	require.NoError(t, err)
	if all == nil {
		return
	}
	require.Contains(t, all, name)
	var value any
	require.NoError(t, json.Unmarshal(document, &value), "%s", document)
	assert.NoError(t, all.check(all[name], value, "$"), "%s is not %s", document, name)
}

func (s schemas) check(schema map[string]any, value any, at string) error {
	if ref, ok := schema["$ref"].(string); ok {
		return s.check(s[ref], value, at)
	}
	for keyword, rule := range schema {
		if err := s.keyword(keyword, rule, value, at); err != nil {
			return err
		}
	}
	return nil
}

func (s schemas) keyword(keyword string, rule, value any, at string) error {
	switch keyword {
	case "$schema", "title", "description", "default":
		return nil
	case "type":
		return checkType(rule, value, at)
	case "enum":
		if !slices.ContainsFunc(rule.([]any), func(one any) bool { return reflect.DeepEqual(one, value) }) {
			return fmt.Errorf("%s: %v is none of %v", at, value, rule)
		}
		return nil
	case "anyOf":
		return s.anyOf(rule.([]any), value, at)
	case "pattern", "format":
		return checkText(keyword, rule.(string), value, at)
	case "minimum", "maximum":
		n, ok := value.(float64)
		if ok && (keyword == "minimum" && n < rule.(float64) || keyword == "maximum" && n > rule.(float64)) {
			return fmt.Errorf("%s: %v breaks %s %v", at, n, keyword, rule)
		}
		return nil
	case "required", "properties":
		return s.object(keyword, rule, value, at)
	case "items", "minItems", "maxItems", "uniqueItems":
		return s.array(keyword, rule, value, at)
	}
	return fmt.Errorf("%s: the checker does not know %q", at, keyword)
}

func (s schemas) anyOf(rules []any, value any, at string) error {
	var err error
	for _, rule := range rules {
		if err = s.check(rule.(map[string]any), value, at); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s: nothing of anyOf fits: %w", at, err)
}

func (s schemas) object(keyword string, rule, value any, at string) error {
	object, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	if keyword == "required" {
		for _, name := range rule.([]any) {
			if _, there := object[name.(string)]; !there {
				return fmt.Errorf("%s: %v is missing", at, name)
			}
		}
		return nil
	}
	for name, schema := range rule.(map[string]any) {
		if member, there := object[name]; there {
			if err := s.check(schema.(map[string]any), member, at+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s schemas) array(keyword string, rule, value any, at string) error {
	items, ok := value.([]any)
	if !ok {
		return nil
	}
	switch keyword {
	case "minItems":
		if float64(len(items)) < rule.(float64) {
			return fmt.Errorf("%s: has %d items", at, len(items))
		}
	case "maxItems":
		if float64(len(items)) > rule.(float64) {
			return fmt.Errorf("%s: has %d items", at, len(items))
		}
	case "uniqueItems":
		for i := range items {
			if slices.ContainsFunc(items[:i], func(other any) bool { return reflect.DeepEqual(other, items[i]) }) {
				return fmt.Errorf("%s[%d]: is there twice", at, i)
			}
		}
	case "items":
		for i, item := range items {
			if err := s.check(rule.(map[string]any), item, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkType(rule, value any, at string) error {
	names, ok := rule.([]any)
	if !ok {
		names = []any{rule}
	}
	have := "null"
	switch v := value.(type) {
	case bool:
		have = "boolean"
	case string:
		have = "string"
	case []any:
		have = "array"
	case map[string]any:
		have = "object"
	case float64:
		have = "number"
		if v == float64(int64(v)) {
			have = "integer"
		}
	}
	if slices.Contains(names, any(have)) || (have == "integer" && slices.Contains(names, any("number"))) {
		return nil
	}
	return fmt.Errorf("%s: is %s, want %v", at, have, rule)
}

func checkText(keyword, rule string, value any, at string) error {
	text, ok := value.(string)
	if !ok {
		return nil
	}
	good := false
	switch addr, err := netip.ParseAddr(text); {
	case keyword == "pattern":
		good = regexp.MustCompile(rule).MatchString(text)
	case rule == "ipv4":
		good = err == nil && addr.Is4()
	case rule == "ipv6":
		good = err == nil && addr.Is6()
	}
	if !good {
		return fmt.Errorf("%s: %q is not %s", at, text, rule)
	}
	return nil
}

// TestSchemaChecker makes sure that the checker can fail.
func TestSchemaChecker(t *testing.T) {
	all, err := loadSchemas()
	require.NoError(t, err)
	if all == nil {
		t.Skip("CROSSPOINT_IS06 IS NOT SET: NO ANSWER IS CHECKED AGAINST AMWA'S SCHEMAS. Set it to a directory with schemas/ and examples/.")
	}
	tests := []struct{ name, schema, document, want string }{
		{"good", "endpoint.json", `{"id":"d9c88a0a-c0c8-4ec8-ade5-fde9106e5040","chassis_id":null,"port_id":"bf-f8-01-60-49-bc","ip_address":"10.0.0.1"}`, ""},
		{"required", "endpoint.json", `{"id":"d9c88a0a-c0c8-4ec8-ade5-fde9106e5040"}`, "is missing"},
		{"pattern", "endpoint.json", `{"id":"x","chassis_id":null,"port_id":"bf-f8-01-60-49-bc","ip_address":"10.0.0.1"}`, "$.id"},
		{"format", "endpoint-patch.json", `{"ip_address":"10.0.0"}`, "$.ip_address"},
		{"enum", "endpoint-patch.json", `{"role":"none"}`, "$.role"},
		{"nested", "endpoint-patch.json", `{"attached_network_device":{"chassis_id":"a"}}`, "port_id is missing"},
		{"type", "network-flow-patch.json", `{"forward_flow":"true"}`, "$.forward_flow"},
		{"array", "network-flows.json", `{}`, "want array"},
		{"reference", "network-flows.json", `[{}]`, "$[0]"},
		{"few items", "network-flow-receivers.json", `{"receiver_endpoint_ids":[]}`, "has 0 items"},
		{"many items", "netctrl-base.json", `["network-flows/","endpoints/","network-links/","network-devices/","endpoints/"]`, "$"},
		{"twice", "network-flow-receivers.json",
			`{"receiver_endpoint_ids":["d9c88a0a-c0c8-4ec8-ade5-fde9106e5040","d9c88a0a-c0c8-4ec8-ade5-fde9106e5040"]}`, "twice"},
		{"minimum", "error.json", `{"code":200,"error":"","debug":null}`, "minimum"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var value any
			require.NoError(t, json.Unmarshal([]byte(test.document), &value))
			err := all.check(all[test.schema], value, "$")
			if test.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, test.want)
		})
	}
}
