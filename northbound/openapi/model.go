package openapi

import (
	"encoding/json"
	"net/http"
)

// api is what the package reads of a document itself; the schemas are the library's (OpenAPI 3.1.1 §4.8).
type api struct {
	Info struct {
		Title, Summary, Description, Version string
	}
	Servers []struct{ URL string }
	Tags    []struct{ Name, Description string }
	Paths   map[string]pathItem

	Components struct {
		Schemas    map[string]schema
		Parameters map[string]parameter
		Headers    map[string]header
		Responses  map[string]response
	}
}

type pathItem struct {
	Parameters                             []parameter
	Get, Put, Patch, Post, Delete, Options *operation
}

// operations are those that the path has.
func (p pathItem) operations() map[string]*operation {
	all := map[string]*operation{
		http.MethodGet: p.Get, http.MethodPut: p.Put, http.MethodPatch: p.Patch,
		http.MethodPost: p.Post, http.MethodDelete: p.Delete, http.MethodOptions: p.Options,
	}
	for method, op := range all {
		if op == nil {
			delete(all, method)
		}
	}
	return all
}

type operation struct {
	OperationID, Summary, Description string
	Tags                              []string
	Parameters                        []parameter
	RequestBody                       *content
	Responses                         map[string]response
}

type parameter struct {
	Ref                   string `json:"$ref"`
	Name, In, Description string
	Required              bool
	Schema                schema
}

type response struct {
	Ref         string `json:"$ref"`
	Description string
	Headers     map[string]header
	content
}

type header struct {
	Ref         string `json:"$ref"`
	Description string
	Required    bool
	Schema      schema
}

// content is what a body may be.
type content struct {
	Content map[string]struct {
		Schema   schema
		Examples map[string]struct {
			Summary string
			Value   json.RawMessage
		}
	}
}

// schema is what the page shows of one.
type schema struct {
	Ref                         string `json:"$ref"`
	Title, Description, Pattern string
	Type                        types
	Format                      string
	Enum, Examples              []json.RawMessage
	Const, Default              json.RawMessage
	Properties                  map[string]schema
	Required                    []string
	Items                       *schema
	MinLength, MaxLength        *int
	MinItems, MaxItems          *int
	Minimum, Maximum            *float64
	UniqueItems                 bool
	AdditionalProperties        *bool
}

// types is one type, or a list of them.
type types []string

// UnmarshalJSON reads both ways of writing it.
func (t *types) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*t = types{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(t))
}
