package openapi

import (
	"bytes"
	"cmp"
	_ "embed" // the template
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
)

//go:embed page.html
var pageTemplate string

// Page writes the document as one HTML page, which needs nothing from elsewhere and runs nothing. The link leads to the document.
func (d *Document) Page(link string) ([]byte, error) {
	t, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return nil, fmt.Errorf("parse page: %w", err)
	}
	var page bytes.Buffer
	if err := t.Execute(&page, d.view(link)); err != nil {
		return nil, fmt.Errorf("write page: %w", err)
	}
	return page.Bytes(), nil
}

// pageView is what the template shows, in the order in which it does.
type pageView struct {
	Title, Summary, Version, Base, Link string
	Paragraphs                          []string
	Groups                              []groupView
	Schemas                             []schemaView
}

type groupView struct {
	Name, Description string
	Operations        []operationView
}

type operationView struct {
	ID, Method, Path, Summary, Description string
	Parameters                             []attributeView
	Body                                   *typeView
	Examples                               []exampleView
	Answers                                []answerView
}

type answerView struct {
	Status, Name, Description string
	Headers                   []string
	Body                      *typeView
}

type exampleView struct{ Summary, Text string }

// attributeView is a parameter or a member of an object.
type attributeView struct {
	Name, In, Description string
	Required              bool
	Type                  typeView
}

// typeView is a type in words, or a link to a schema.
type typeView struct {
	Link  string // the schema's name; "" for none
	List  bool   // a list of it
	Words string
	Rules []string
}

type schemaView struct {
	Name, Title, Description string
	Attributes               []attributeView
	Type                     typeView
	Base                     string // the schema that it extends
}

func (d *Document) view(link string) pageView {
	v := pageView{
		Title: d.api.Info.Title, Summary: d.api.Info.Summary, Version: d.api.Info.Version, Link: link,
		Paragraphs: strings.Split(d.api.Info.Description, "\n\n"),
	}
	if len(d.api.Servers) > 0 {
		v.Base = d.api.Servers[0].URL
	}
	for _, tag := range d.api.Tags {
		g := groupView{Name: tag.Name, Description: tag.Description}
		for _, path := range slices.Sorted(maps.Keys(d.api.Paths)) {
			g.Operations = append(g.Operations, d.operationsOf(tag.Name, path)...)
		}
		v.Groups = append(v.Groups, g)
	}
	for _, name := range slices.Sorted(maps.Keys(d.api.Components.Schemas)) {
		v.Schemas = append(v.Schemas, viewSchema(name, d.api.Components.Schemas[name]))
	}
	return v
}

func (d *Document) operationsOf(tag, path string) []operationView {
	var all []operationView
	item := d.api.Paths[path]
	operations := item.operations()
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodPost, http.MethodDelete, http.MethodOptions} {
		op := operations[method]
		if op == nil || !slices.Contains(op.Tags, tag) {
			continue
		}
		v := operationView{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Description: op.Description}
		for _, p := range slices.Concat(item.Parameters, op.Parameters) {
			if name, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
				p = d.api.Components.Parameters[name]
			}
			v.Parameters = append(v.Parameters, attributeView{p.Name, p.In, p.Description, p.Required, viewType(p.Schema)})
		}
		if op.RequestBody != nil {
			v.Body, v.Examples = viewBody(*op.RequestBody)
		}
		for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
			v.Answers = append(v.Answers, d.viewAnswer(status, op.Responses[status]))
		}
		all = append(all, v)
	}
	return all
}

func (d *Document) viewAnswer(status string, r response) answerView {
	if name, ok := strings.CutPrefix(r.Ref, "#/components/responses/"); ok {
		r = d.api.Components.Responses[name]
	}
	v := answerView{Status: status, Description: r.Description, Headers: slices.Sorted(maps.Keys(r.Headers))}
	v.Headers = slices.DeleteFunc(v.Headers, func(name string) bool { return name == "Access-Control-Allow-Origin" })
	v.Body, _ = viewBody(r.content)
	return v
}

func viewBody(c content) (*typeView, []exampleView) {
	media, ok := c.Content[mediaType]
	if !ok {
		return nil, nil
	}
	body := viewType(media.Schema)
	var examples []exampleView
	for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
		var text bytes.Buffer
		if json.Indent(&text, media.Examples[name].Value, "", "  ") == nil {
			examples = append(examples, exampleView{media.Examples[name].Summary, text.String()})
		}
	}
	return &body, examples
}

func viewSchema(name string, s schema) schemaView {
	v := schemaView{Name: name, Title: s.Title, Description: s.Description, Base: nameOf(s.Ref)}
	s.Title = "" // it is the heading
	v.Type = viewType(s)
	names := slices.Collect(maps.Keys(s.Properties))
	slices.SortFunc(names, func(a, b string) int { // what must be there first, in the order that the document gives
		i, j := slices.Index(s.Required, a), slices.Index(s.Required, b)
		return cmp.Or(cmp.Compare(uint(i), uint(j)), strings.Compare(a, b))
	})
	for _, member := range names {
		p := s.Properties[member]
		v.Attributes = append(v.Attributes, attributeView{
			Name: member, Description: p.Description, Required: slices.Contains(s.Required, member), Type: viewType(p),
		})
	}
	return v
}

func nameOf(ref string) string { return strings.TrimPrefix(ref, "#/components/schemas/") }

func viewType(s schema) typeView {
	if s.Ref != "" {
		return typeView{Link: nameOf(s.Ref), Rules: rules(s)}
	}
	if s.Items != nil && s.Items.Ref != "" {
		return typeView{Link: nameOf(s.Items.Ref), List: true, Rules: rules(s)}
	}
	return typeView{Words: strings.Join(s.Type, " or "), Rules: rules(s)}
}

// rules says in words what a schema asks beside its type.
func rules(s schema) []string {
	var all []string
	say := func(ok bool, format string, args ...any) {
		if ok {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	say(s.Title != "", "%s", s.Title)
	say(len(s.Const) > 0, "always %s", texts([]json.RawMessage{s.Const}))
	say(len(s.Enum) > 0, "one of %s", texts(s.Enum))
	say(s.Format != "", "format %s", s.Format)
	say(s.Pattern != "", "pattern %s", s.Pattern)
	say(s.MinLength != nil, "at least %d characters", value(s.MinLength))
	say(s.MaxLength != nil, "at most %d characters", value(s.MaxLength))
	say(s.MinItems != nil, "at least %d items", value(s.MinItems))
	say(s.MaxItems != nil, "at most %d items", value(s.MaxItems))
	say(s.UniqueItems, "no item twice")
	say(s.Minimum != nil, "at least %v", value(s.Minimum))
	say(s.Maximum != nil, "at most %v", value(s.Maximum))
	say(len(s.Default) > 0, "default %s", texts([]json.RawMessage{s.Default}))
	say(s.AdditionalProperties != nil && !*s.AdditionalProperties, "no other attributes")
	say(len(s.Examples) > 0, "such as %s", texts(s.Examples))
	return all
}

func value[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

// texts lists values, strings without their quotes.
func texts(values []json.RawMessage) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = strings.Trim(string(v), `"`)
	}
	return strings.Join(parts, ", ")
}
