package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"crosspoint/northbound"
)

// mediaType is the only one that bodies are looked for under.
const mediaType = "application/json"

// location names the document where the library wants an address.
const location = "urn:openapi"

// Format is a string format that the document names and a function checks, where a pattern cannot say it all.
type Format struct {
	Name string
	// Check says what is wrong with a string, in words for a person; nil: nothing.
	Check func(text string) error
	// Null is what is wrong with a null, if the type allows one; nil: nothing.
	Null error
}

// Document is a parsed document. It is safe for concurrent use.
type Document struct {
	text       []byte
	api        api
	schemas    compiler
	bodies     map[Operation]*Schema
	parameters map[string]*Schema
}

// Operation is a method of a path, the path as the document writes it: below the server's address, with {variables}.
type Operation struct{ Method, Path string }

// Parse reads a document and prepares the checks of its request bodies and shared parameters.
func Parse(text []byte, formats ...Format) (*Document, error) {
	d := &Document{text: text, bodies: make(map[Operation]*Schema), parameters: make(map[string]*Schema)}
	if err := json.Unmarshal(text, &d.api); err != nil {
		return nil, fmt.Errorf("parse document: %w", err)
	}
	var err error
	if d.schemas, err = newCompiler(text, formats); err != nil {
		return nil, fmt.Errorf("parse document: %w", err)
	}
	if err := d.prepare(); err != nil {
		return nil, fmt.Errorf("parse document: %w", err)
	}
	return d, nil
}

func (d *Document) prepare() error {
	for name, p := range d.api.Components.Parameters {
		s, err := d.schemas.compile("components", "parameters", name, "schema")
		if err != nil {
			return err
		}
		d.parameters[p.Name] = s
	}
	for path, item := range d.api.Paths {
		for method, op := range item.operations() {
			if op.RequestBody == nil {
				continue
			}
			s, err := d.schemas.compile("paths", path, strings.ToLower(method), "requestBody", "content", mediaType, "schema")
			if err != nil {
				return err
			}
			if method == http.MethodPatch {
				s.stranger = "cannot be changed by PATCH; what can: "
			}
			d.bodies[Operation{method, path}] = s
		}
	}
	return nil
}

// Text is the document itself.
func (d *Document) Text() []byte { return d.text }

// Operations gives all operations, in no order.
func (d *Document) Operations() []Operation {
	var all []Operation
	for path, item := range d.api.Paths {
		for method := range item.operations() {
			all = append(all, Operation{method, path})
		}
	}
	return all
}

// Statuses gives the statuses that an operation may answer, in no order.
func (d *Document) Statuses(o Operation) []string {
	var all []string
	for status := range d.api.Paths[o.Path].operations()[o.Method].Responses {
		all = append(all, status)
	}
	return all
}

// Body is the schema of an operation's request body; nil: it takes none.
func (d *Document) Body(method, path string) *Schema { return d.bodies[Operation{method, path}] }

// Parameter is the schema of a parameter among the document's components, by the parameter's name; nil: there is none.
func (d *Document) Parameter(name string) *Schema { return d.parameters[name] }

// compiler makes schemas of places in the document.
type compiler struct{ library *jsonschema.Compiler }

func newCompiler(text []byte, formats []Format) (compiler, error) {
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return compiler{}, err
	}
	c := compiler{jsonschema.NewCompiler()}
	c.library.DefaultDraft(jsonschema.Draft2020)
	c.library.AssertFormat()
	known := map[string]bool{"ipv4": true, "ipv6": true}
	for _, f := range formats {
		known[f.Name] = true
		c.library.RegisterFormat(&jsonschema.Format{Name: f.Name, Validate: f.check})
	}
	if name, ok := unknownFormat(tree, known); ok {
		return compiler{}, fmt.Errorf("format %q is checked by nobody", name)
	}
	return c, c.library.AddResource(location, tree)
}

// check takes what the library gives: strings count, and null where a string is allowed to be one.
func (f Format) check(value any) error {
	switch v := value.(type) {
	case string:
		return f.Check(v)
	case nil:
		return f.Null
	}
	return nil
}

// unknownFormat looks for a "format" keyword that the library would ignore.
func unknownFormat(tree any, known map[string]bool) (string, bool) {
	switch t := tree.(type) {
	case map[string]any:
		if name, ok := t["format"].(string); ok && !known[name] {
			return name, true
		}
		for _, member := range t {
			if name, ok := unknownFormat(member, known); ok {
				return name, true
			}
		}
	case []any:
		for _, item := range t {
			if name, ok := unknownFormat(item, known); ok {
				return name, true
			}
		}
	}
	return "", false
}

// compile makes the schema at a place. The steps are member names.
func (c compiler) compile(steps ...string) (*Schema, error) {
	pointer := ""
	for _, step := range steps {
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(step)
	}
	compiled, err := c.library.Compile(location + "#" + (&url.URL{Fragment: pointer}).EscapedFragment())
	if err != nil {
		return nil, err
	}
	s := &Schema{compiled: compiled, parts: make(map[string]*jsonschema.Schema), stranger: "is not known here; what is: "}
	s.collect(compiled)
	return s, nil
}

// Schema checks values.
type Schema struct {
	compiled *jsonschema.Schema
	parts    map[string]*jsonschema.Schema // every schema in it, by its location
	stranger string                        // what is said of an attribute that an object may not have
}

// collect finds the schemas whose words may be needed for a fault.
func (s *Schema) collect(part *jsonschema.Schema) {
	if part == nil || s.parts[part.Location] != nil {
		return
	}
	s.parts[part.Location] = part
	s.collect(part.Ref)
	s.collect(part.Items2020)
	for _, member := range part.Properties {
		s.collect(member)
	}
	for _, all := range [][]*jsonschema.Schema{part.AllOf, part.AnyOf, part.OneOf} {
		for _, one := range all {
			s.collect(one)
		}
	}
}

// Check says what is wrong with a value; nil: nothing. The error is [northbound.Faults].
func (s *Schema) Check(v northbound.Value) error {
	err := s.compiled.Validate(v.Tree())
	if err == nil {
		return nil
	}
	return s.faults(v, err)
}
