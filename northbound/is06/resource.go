package is06

import (
	"bytes"
	"encoding/json"
	"strconv"
	"sync/atomic"
	"unique"

	"github.com/google/uuid"

	"crosspoint/northbound"
)

// resource is one item of a list: its JSON text and its times. It is never changed, and lives on in the next list while it is the same.
type resource struct {
	id uuid.UUID
	times
	document []byte
	// leaves is made when a filter first asks.
	leaves atomic.Pointer[[]leaf]
}

// leaf is an attribute with a value that a filter can name: the path has no array indices, so that each item of an array is a leaf of the
// same path. Paths are few and compared often.
type leaf struct {
	path  unique.Handle[string]
	value string
}

func newResource(id uuid.UUID, t times, item any) (*resource, error) {
	document, err := northbound.Encode(item)
	if err != nil {
		return nil, err
	}
	return &resource{id: id, times: t, document: document}, nil
}

// matches tells whether the resource passes every filter.
func (r *resource) matches(filters []filter) bool {
	if len(filters) == 0 {
		return true
	}
	leaves := r.allLeaves()
	for i := range filters {
		if !filters[i].matches(leaves) {
			return false
		}
	}
	return true
}

// allLeaves makes the leaves once. Two requests at a time may both make them; the results are equal.
func (r *resource) allLeaves() []leaf {
	if made := r.leaves.Load(); made != nil {
		return *made
	}
	decoder := json.NewDecoder(bytes.NewReader(r.document))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		panic("is06: own JSON cannot be read: " + err.Error())
	}
	made := appendLeaves(nil, tree, "")
	r.leaves.Store(&made)
	return made
}

func appendLeaves(all []leaf, tree any, path string) []leaf {
	switch t := tree.(type) {
	case map[string]any:
		for name, member := range t {
			below := name
			if path != "" {
				below = path + "." + name
			}
			all = appendLeaves(all, member, below)
		}
		return all
	case []any:
		for _, item := range t {
			all = appendLeaves(all, item, path)
		}
		return all
	}
	return append(all, leaf{unique.Make(path), scalar(tree)})
}

// scalar is how a value is written as JSON, a string without its quotes.
func scalar(v any) string {
	switch t := v.(type) {
	case string:
		return t
	case json.Number:
		return t.String()
	case bool:
		return strconv.FormatBool(t)
	default:
		return "null"
	}
}
