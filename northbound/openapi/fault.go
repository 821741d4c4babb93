package openapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"crosspoint/northbound"
)

// wholeBody is the path of a fault of the document itself, which has none.
const wholeBody = "the body"

// faults says in the document's words what the library found, each attribute's fault once, in a fixed order.
func (s *Schema) faults(v northbound.Value, err error) error {
	var found *jsonschema.ValidationError
	if !errors.As(err, &found) {
		return err
	}
	w := words{schema: s, value: v}
	w.add(found)
	slices.SortStableFunc(w.found, func(a, b placed) int { return slices.CompareFunc(a.at, b.at, compareSteps) })
	var faults northbound.Faults
	for _, f := range w.found {
		if n := len(faults); n == 0 || faults[n-1].Path != f.Path {
			faults = append(faults, f.Fault)
		}
	}
	return faults
}

// compareSteps has the ninth item before the tenth.
func compareSteps(a, b string) int {
	i, errA := strconv.Atoi(a)
	j, errB := strconv.Atoi(b)
	if errA == nil && errB == nil {
		return cmp.Compare(i, j)
	}
	return cmp.Compare(a, b)
}

// mostFaults bounds how many are put into words and in order. Of a value that has more, nobody will read them all.
const mostFaults = 1024

// placed is a fault and where it is.
type placed struct {
	at []string
	northbound.Fault
}

// words collects faults of a value.
type words struct {
	schema *Schema
	value  northbound.Value
	found  []placed
}

func (w *words) add(e *jsonschema.ValidationError) {
	switch k := e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		for _, cause := range e.Causes {
			w.add(cause)
		}
	case *kind.Required:
		for _, name := range k.Missing {
			w.fault(append(slices.Clone(e.InstanceLocation), name), "is missing")
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			w.fault(append(slices.Clone(e.InstanceLocation), name), w.schema.stranger+w.members(e))
		}
	default:
		w.fault(e.InstanceLocation, w.reason(e))
	}
}

func (w *words) fault(at []string, reason string) {
	if len(w.found) == mostFaults {
		return
	}
	path := w.value.At(at...).Path
	w.found = append(w.found, placed{at, northbound.Fault{Path: cmp.Or(path, wholeBody), Reason: reason}})
}

// members lists what an object may have.
func (w *words) members(e *jsonschema.ValidationError) string {
	return strings.Join(slices.Sorted(maps.Keys(w.part(e).Properties)), ", ")
}

func (w *words) part(e *jsonschema.ValidationError) *jsonschema.Schema {
	if part := w.schema.parts[e.SchemaURL]; part != nil {
		return part
	}
	return &jsonschema.Schema{}
}

func (w *words) reason(e *jsonschema.ValidationError) string {
	have := w.value.At(e.InstanceLocation...)
	switch k := e.ErrorKind.(type) {
	case *kind.Type:
		return fmt.Sprintf("want %s, not %s", w.wanted(e, k), have)
	case *kind.Enum:
		return fmt.Sprintf("want one of %s, not %s", list(k.Want), have)
	case *kind.Format:
		if k.Want != "ipv4" && k.Want != "ipv6" {
			return k.Err.Error()
		}
	case *kind.MinLength:
		return fmt.Sprintf("has %d characters: at least %d are wanted", k.Got, k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("has %d characters: at most %d are taken", k.Got, k.Want)
	case *kind.MinItems:
		if k.Got == 0 {
			return fmt.Sprintf("is empty: at least %d is wanted", k.Want)
		}
		return fmt.Sprintf("has %d items: at least %d are wanted", k.Got, k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("has %d items: at most %d are taken", k.Got, k.Want)
	case *kind.UniqueItems:
		first, again := k.Duplicates[0], k.Duplicates[1]
		return fmt.Sprintf("item %d repeats item %d, %s", again, first, have.At(strconv.Itoa(again)))
	}
	return fmt.Sprintf("want %s, not %s", w.right(e), have)
}

// wanted names the types that are taken. Where a string will not do, the title says more than "a number".
func (w *words) wanted(e *jsonschema.ValidationError, k *kind.Type) string {
	names := map[string]string{
		"null": "null", "boolean": "true or false", "number": "a number", "string": "a string", "array": "an array", "object": "an object",
	}
	var all []string
	for _, name := range k.Want {
		if names[name] == "" {
			return w.right(e)
		}
		all = append(all, names[name])
	}
	slices.SortFunc(all, nullLast)
	return strings.Join(all, " or ")
}

func nullLast(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "null":
		return 1
	case b == "null":
		return -1
	}
	return strings.Compare(a, b)
}

// right says what would be right: the schema's title, and its first example.
func (w *words) right(e *jsonschema.ValidationError) string {
	part := w.part(e)
	right := cmp.Or(part.Title, "what the schema "+strings.TrimPrefix(part.Location, location)+" describes")
	if len(part.Examples) == 0 {
		return right
	}
	return right + ", such as " + list(part.Examples[:1])
}

func list(values []any) string {
	parts := make([]string, len(values))
	for i, value := range values {
		if text, ok := value.(string); ok {
			parts[i] = text
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			panic("openapi: a value of a document cannot be encoded: " + err.Error())
		}
		parts[i] = string(text)
	}
	return strings.Join(parts, ", ")
}
