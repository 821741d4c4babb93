package is06

import (
	"net/netip"
	"strconv"

	"github.com/google/uuid"

	"crosspoint/topology"
)

// filter wants an attribute to have a value. The key is the attribute's path in the document, names with dots between; items of an array are all
// at the array's path, so that one of them is enough. The value is as the document has it, a string without its quotes.
type filter struct{ key, value string }

// attribute makes the test whether a resource has a value. It is made once for a request: many resources are tested, and most do not pass.
type attribute[W any] func(value string) func(*W) bool

// attributes are those of one type of resource, by path.
type attributes[W any] map[string]attribute[W]

// passing makes the test whether a resource passes every filter.
func (all attributes[W]) passing(filters []filter) func(*W) bool {
	tests := make([]func(*W) bool, 0, len(filters))
	for _, f := range filters {
		a, known := all[f.key]
		if !known {
			return nothing[W]
		}
		tests = append(tests, a(f.value))
	}
	return func(w *W) bool {
		for _, test := range tests {
			if !test(w) {
				return false
			}
		}
		return true
	}
}

func nothing[W any](*W) bool { return false }

// oneOf is an attribute with any number of values: those of an array, or of a member that may be absent. parse reads a value as text writes it;
// what is written in another way equals none.
func oneOf[W any, V comparable](parse func(string) (V, error), text func(V) string, values func(*W) []V) attribute[W] {
	return func(value string) func(*W) bool {
		want, err := parse(value)
		if err != nil || text(want) != value {
			return nothing[W]
		}
		return func(w *W) bool {
			for _, v := range values(w) {
				if v == want {
					return true
				}
			}
			return false
		}
	}
}

// exactly is an attribute with one value.
func exactly[W any, V comparable](parse func(string) (V, error), text func(V) string, of func(*W) V) attribute[W] {
	return func(value string) func(*W) bool {
		want, err := parse(value)
		if err != nil || text(want) != value {
			return nothing[W]
		}
		return func(w *W) bool { return of(w) == want }
	}
}

func idAttribute[W any](of func(*W) uuid.UUID) attribute[W] {
	return exactly(uuid.Parse, uuid.UUID.String, of)
}

func addrAttribute[W any](of func(*W) netip.Addr) attribute[W] {
	return exactly(netip.ParseAddr, netip.Addr.String, of)
}

func rateAttribute[W any](of func(*W) topology.Bandwidth) attribute[W] {
	return exactly(topology.ParseBandwidth, topology.Bandwidth.String, of)
}

func boolAttribute[W any](of func(*W) bool) attribute[W] {
	return exactly(strconv.ParseBool, strconv.FormatBool, of)
}

func numberAttribute[W any](of func(*W) int) attribute[W] {
	return exactly(strconv.Atoi, strconv.Itoa, of)
}

func textAttribute[W any, V ~string](of func(*W) V) attribute[W] {
	return func(value string) func(*W) bool { return func(w *W) bool { return of(w) == V(value) } }
}

// optionalAttribute may be absent: nil has no value.
func optionalAttribute[W any, V ~string](of func(*W) *V) attribute[W] {
	return func(value string) func(*W) bool {
		return func(w *W) bool { v := of(w); return v != nil && *v == V(value) }
	}
}

// textsAttribute has the values of the items of an array.
func textsAttribute[W, I any, V ~string](items func(*W) []I, of func(*I) V) attribute[W] {
	return func(value string) func(*W) bool {
		return func(w *W) bool {
			all := items(w)
			for i := range all {
				if of(&all[i]) == V(value) {
					return true
				}
			}
			return false
		}
	}
}
