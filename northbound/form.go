package northbound

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Form reads the members of one JSON object and remembers what is wrong with them; see [Form.Err]. What was read of a form with faults
// means nothing.
type Form struct {
	path    string
	members map[string]node
	asked   []string
	faults  Faults
}

// Required reads a member that must be there.
func Required[T any](f *Form, name string, read func(Value) (T, error)) T {
	value := Optional(f, name, read)
	if value == nil {
		if _, there := f.members[name]; !there {
			f.Fault(name, "is missing")
		}
		value = new(T)
	}
	return *value
}

// Optional reads a member that may be left out, which gives nil. A null is not left out.
func Optional[T any](f *Form, name string, read func(Value) (T, error)) *T {
	f.asked = append(f.asked, name)
	member, there := f.members[name]
	if !there {
		return nil
	}
	path := f.pathOf(name)
	value, err := read(Value{path, member})
	f.faults = f.faults.add(path, err)
	if err != nil {
		return nil
	}
	return &value
}

// Asked lists the members that were read, in that order.
func (f *Form) Asked() []string { return f.asked }

// Others lists the members that are there and were not read, sorted.
func (f *Form) Others() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(f.members)), func(name string) bool { return slices.Contains(f.asked, name) })
}

// Fault says that something is wrong with a member.
func (f *Form) Fault(name, format string, args ...any) {
	f.faults = f.faults.add(f.pathOf(name), fmt.Errorf(format, args...))
}

// Err is nil, or the [Faults] found so far.
func (f *Form) Err() error { return f.faults.err() }

func (f *Form) pathOf(name string) string {
	if f.path == "" {
		return clip(name)
	}
	return f.path + "." + clip(name)
}

// Faults says what is wrong with a document.
type Faults []Fault

// Fault is what is wrong with one member or item.
type Fault struct {
	Path   string
	Reason string
}

// mostFaults bounds how many faults one message tells.
const mostFaults = 8

// Error tells the first faults, each with its path.
func (f Faults) Error() string {
	parts := make([]string, 0, mostFaults+1)
	for _, fault := range f[:min(len(f), mostFaults)] {
		parts = append(parts, fault.Path+": "+fault.Reason)
	}
	if len(f) > mostFaults {
		parts = append(parts, "and more")
	}
	return strings.Join(parts, "; ")
}

// add appends what an error says. Faults of members below come with paths of their own.
func (f Faults) add(path string, err error) Faults {
	var below Faults
	switch {
	case err == nil:
		return f
	case errors.As(err, &below):
		return append(f, below...)
	default:
		return append(f, Fault{path, err.Error()})
	}
}

// err keeps an empty list from being an error.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
