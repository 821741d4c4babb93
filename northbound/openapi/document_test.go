package openapi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/northbound"
)

// small is a document with one of everything that the package looks at.
const small = `{
  "openapi": "3.1.1",
  "info": {"title": "Things <b>", "version": "1", "description": "First.\n\nSecond."},
  "servers": [{"url": "/v1"}],
  "tags": [{"name": "Things"}],
  "paths": {
    "/things/{id}": {
      "parameters": [{"$ref": "#/components/parameters/ID"}],
      "get": {"operationId": "get", "tags": ["Things"], "responses": {
        "200": {"description": "Good.", "headers": {"X-Count": {"required": true, "schema": {"type": "integer", "minimum": 1}}, "X-Free": {"$ref": "#/components/headers/Free"}},
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
        "404": {"$ref": "#/components/responses/None"}}},
      "put": {"operationId": "put", "tags": ["Things"],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}, "examples": {"a": {"summary": "A", "value": {"name": "a"}}}}}},
        "responses": {"204": {"description": "Done."}}},
      "patch": {"operationId": "patch", "tags": ["Things"],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"b": {}, "a": {}}, "additionalProperties": false}}}},
        "responses": {"204": {"description": "Done."}}}
    }
  },
  "components": {
    "schemas": {
      "Thing": {"type": "object", "required": ["name"], "properties": {
        "name": {"title": "a short name", "type": ["string", "null"], "format": "name", "pattern": "^[a-z]+$", "examples": ["anna"]},
        "note": {"type": "string", "minLength": 2, "maxLength": 4},
        "size": {"type": "integer", "title": "a whole number", "minimum": 1},
        "ratio": {"type": "number"},
        "on": {"type": "boolean"},
        "mode": {"type": "string", "enum": ["slow", "fast"]},
        "fixed": {"const": 7},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 12, "uniqueItems": true},
        "pair": {"type": "array", "minItems": 2},
        "addr": {"title": "an address", "type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}], "examples": ["10.0.0.1"]},
        "inner": {"$ref": "#/components/schemas/Inner", "description": "Inside."}}},
      "Inner": {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "string"}}, "additionalProperties": false}
    },
    "parameters": {"ID": {"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 1, "title": "a positive integer"}}},
    "headers": {"Free": {"schema": {"type": "string", "pattern": "^f"}}},
    "responses": {"None": {"description": "Not there."}}
  }
}`

func name() Format {
	return Format{
		Name: "name", Null: errors.New("is nobody"),
		Check: func(text string) error {
			if text == "admin" {
				return errors.New("is taken")
			}
			return nil
		},
	}
}

func smallDocument(t testing.TB) *Document {
	t.Helper()
	d, err := Parse([]byte(small), name())
	require.NoError(t, err)
	return d
}

func parse(t testing.TB, text string) northbound.Value {
	t.Helper()
	v, err := northbound.ParseValue([]byte(text))
	require.NoError(t, err)
	return v
}

func TestSmallDocumentIsOpenAPI(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(small))
	require.NoError(t, err)
	assert.NoError(t, doc.Validate(context.Background()))
}

func TestFaults(t *testing.T) {
	thing := smallDocument(t).Body("PUT", "/things/{id}")
	for text, want := range map[string]string{
		`{"name":"a","other":1}`:                  "",
		`[]`:                                      "the body: want an object, not an array",
		`{}`:                                      "name: is missing",
		`{"name":null}`:                           "name: is nobody",
		`{"name":"admin"}`:                        "name: is taken",
		`{"name":"A"}`:                            `name: want a short name, such as anna, not the string "A"`,
		`{"name":1}`:                              "name: want a string or null, not the number 1",
		`{"name":"a","note":"x"}`:                 "note: has 1 characters: at least 2 are wanted",
		`{"name":"a","note":"µµµµµ"}`:             "note: has 5 characters: at most 4 are taken",
		`{"name":"a","size":1.5}`:                 "size: want a whole number, not the number 1.5",
		`{"name":"a","size":0}`:                   "size: want a whole number, not the number 0",
		`{"name":"a","ratio":"1"}`:                `ratio: want a number, not the string "1"`,
		`{"name":"a","on":"yes"}`:                 `on: want true or false, not the string "yes"`,
		`{"name":"a","mode":"Fast"}`:              `mode: want one of slow, fast, not the string "Fast"`,
		`{"name":"a","fixed":8}`:                  "fixed: want what the schema #/components/schemas/Thing/properties/fixed describes, not the number 8",
		`{"name":"a","tags":[]}`:                  "tags: is empty: at least 1 is wanted",
		`{"name":"a","pair":[1]}`:                 "pair: has 1 items: at least 2 are wanted",
		`{"name":"a","tags":["a","b","a"]}`:       `tags: item 2 repeats item 0, the string "a"`,
		`{"name":"a","tags":[1,"a",2]}`:           "tags[0]: want a string, not the number 1; tags[2]: want a string, not the number 2",
		`{"name":"a","addr":"x"}`:                 `addr: want an address, such as 10.0.0.1, not the string "x"`,
		`{"name":"a","inner":{"a":1,"c":2}}`:      "inner.a: want a string, not the number 1; inner.b: is missing; inner.c: is not known here; what is: a",
		`{"name":"a","inner":null}`:               "inner: want an object, not null",
		`{"size":"x","mode":"x","name":"B"}`:      `mode: want one of slow, fast, not the string "x"; name: want a short name, such as anna, not the string "B"; size: want a whole number, not the string "x"`,
		`{"name":"a","tags":[` + count(13) + `]}`: "tags: has 13 items: at most 12 are taken; tags[0]: want",
	} {
		err := thing.Check(parse(t, text))
		if want == "" {
			assert.NoError(t, err, text)
			continue
		}
		var faults northbound.Faults
		if assert.ErrorAs(t, err, &faults, text) {
			assert.True(t, strings.HasPrefix(faults.Error(), want), "%s: %s", text, faults)
		}
	}
	patch := smallDocument(t).Body("PATCH", "/things/{id}")
	assert.EqualError(t, patch.Check(parse(t, `{"c":1}`)), "c: cannot be changed by PATCH; what can: a, b")
	order := thing.Check(parse(t, `{"name":"a","tags":[`+count(11)+`]}`)).(northbound.Faults)
	require.Len(t, order, 11)
	assert.Equal(t, "tags[10]", order[10].Path)
}

func count(n int) string {
	text := "0"
	for i := 1; i < n; i++ {
		text += fmt.Sprint(",", i)
	}
	return text
}

func TestParameters(t *testing.T) {
	id := smallDocument(t).Parameter("id")
	for text, good := range map[string]bool{
		"1": true, "007": true, strings.Repeat("9", 400): true,
		"0": false, "": false, "-1": false, "+1": false, "1.0": false, "1e3": false, "x": false, "１": false,
	} {
		err := id.CheckText("id", text)
		assert.Equal(t, good, err == nil, "%q: %v", text, err)
		if err != nil {
			assert.ErrorContains(t, err, "id: want a positive integer, not ")
		}
	}
	assert.Nil(t, smallDocument(t).Parameter("none"))
	assert.Nil(t, smallDocument(t).Body("GET", "/things/{id}"))
}

func TestAnswers(t *testing.T) {
	answers, err := smallDocument(t).Answers()
	require.NoError(t, err)
	tests := []struct {
		method, path string
		status       int
		header       http.Header
		body, want   string
	}{
		{"GET", "/v1/things/7", 200, http.Header{"X-Count": {"1"}, "Content-Type": {"application/json"}}, `{"name":"a"}`, ""},
		{"GET", "/v1/things/7/", 200, http.Header{"X-Count": {"1"}, "X-Free": {"f"}, "Content-Type": {"application/json"}}, `{"name":"a"}`, ""},
		{"GET", "/v1/things/7", 200, http.Header{"Content-Type": {"application/json"}}, `{"name":"a"}`, "header X-Count is missing"},
		{"GET", "/v1/things/7", 200, http.Header{"X-Count": {"0"}, "Content-Type": {"application/json"}}, `{"name":"a"}`, "header X-Count: want"},
		{"GET", "/v1/things/7", 200, http.Header{"X-Count": {"1"}, "X-Free": {"g"}}, `{"name":"a"}`, "header X-Free: want"},
		{"GET", "/v1/things/7", 200, http.Header{"X-Count": {"1"}}, `{"name":"a"}`, "Content-Type"},
		{"GET", "/v1/things/7", 200, http.Header{"X-Count": {"1"}, "Content-Type": {"application/json"}}, `{}`, "name: is missing"},
		{"GET", "/v1/things/7", 200, http.Header{"X-Count": {"1"}, "Content-Type": {"application/json"}}, `{`, "not JSON"},
		{"GET", "/v1/things/7", 200, http.Header{"X-Count": {"1"}, "X-New": {"1"}, "Content-Type": {"application/json"}}, `{"name":"a"}`, "header X-New is not described"},
		{"GET", "/v1/things/7", 404, nil, "", ""},
		{"GET", "/v1/things/7", 404, http.Header{"X-Count": {"1"}}, "", "header X-Count is not described"},
		{"GET", "/v1/things/7", 404, nil, "x", "want none"},
		{"GET", "/v1/things/7", 418, nil, "", "answers 418, which is not described"},
		{"GET", "/v1/things/7/8", 404, nil, "", "is not described"},
		{"GET", "/things/7", 404, nil, "", "is not described"},
		{"POST", "/v1/things/7", 404, nil, "", "is not described"},
		{"PUT", "/v1/things/7", 204, nil, "", ""},
	}
	for _, test := range tests {
		err := answers.Check(test.method, test.path, test.status, test.header, []byte(test.body))
		if test.want == "" {
			assert.NoError(t, err)
			continue
		}
		assert.ErrorContains(t, err, test.want, "%v", test)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, test := range [][3]string{
		{small, "", "unexpected end"},
		{`"format": "name"`, `"format": "nome"`, `format "nome" is checked by nobody`},
		{`"#/components/schemas/Inner"`, `"#/components/schemas/Outer"`, "Outer"},
		{`"type": "boolean"`, `"type": "bool"`, "bool"},
		{`"pattern": "^[a-z]+$"`, `"pattern": "["`, "pattern"},
	} {
		_, err := Parse([]byte(strings.Replace(small, test[0], test[1], 1)), name())
		assert.ErrorContains(t, err, test[2])
	}
}

// TestHostileValues: the cost is bounded by the size, whatever the numbers say. Read exactly, each number of the first body takes tens of milliseconds.
func TestHostileValues(t *testing.T) {
	thing := smallDocument(t).Body("PUT", "/things/{id}")
	start := time.Now()
	for _, text := range []string{
		`{"name":"a","tags":[` + strings.Repeat("1e999999,", 100000) + `0]}`,
		`{"name":"a","size":1e999999999}`, `{"name":"a","ratio":-1e999999999}`,
		`{"name":"` + strings.Repeat("a", 1<<20) + `"}`,
		`{"name":"a","tags":["` + strings.Repeat("é", 1<<19) + `"]}`,
	} {
		_ = thing.Check(parse(t, text))
	}
	assert.Less(t, time.Since(start), 30*time.Second)
	assert.Equal(t, math.MaxFloat64, parse(t, "1e400").Tree())
	assert.Equal(t, -math.MaxFloat64, parse(t, "-1e400").Tree())
}

func TestPage(t *testing.T) {
	page, err := smallDocument(t).Page("/openapi.json")
	require.NoError(t, err)
	text := string(page)
	for _, want := range []string{
		"Things &lt;b&gt;", "<p>First.</p>", "<p>Second.</p>", `href="/openapi.json"`, `id="put"`, "/things/{id}", `href="#schema-Inner"`, "Inside.",
		"pattern ^[a-z]&#43;$", "no other attributes", "&#34;name&#34;: &#34;a&#34;", "a positive integer", "Not there.",
	} {
		assert.Contains(t, text, want)
	}
	for _, outside := range []string{"<script", "http://", "https://", "src=", "@import", "url("} {
		assert.NotContains(t, text, outside)
	}
}
