package is06

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"crosspoint/controller/core"
	"crosspoint/flows"
)

// TestCachedIsFresh changes endpoints at will: the list made from the one before is that made from nothing.
func TestCachedIsFresh(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have := make(map[int]flows.Endpoint)
		c := &cached[endpoint]{listing: new(listing)}
		var now flows.TAI
		for range rapid.IntRange(1, 12).Draw(t, "snapshots") {
			for range rapid.IntRange(0, 4).Draw(t, "changes") {
				now++
				n := rapid.IntRange(0, 6).Draw(t, "endpoint")
				e, there := have[n]
				switch {
				case !there:
					have[n] = flows.Endpoint{ID: endpointID(n), Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(n)}), Created: now, Updated: now}
				case rapid.Bool().Draw(t, "delete"):
					delete(have, n)
				default:
					e.Label, e.Updated = new(rapid.StringN(0, 3, -1).Draw(t, "label")), now
					have[n] = e
				}
			}
			s := new(core.Snapshot)
			for _, e := range have {
				s.Endpoints = append(s.Endpoints, core.EndpointView{Endpoint: e})
			}
			slices.SortFunc(s.Endpoints, func(a, b core.EndpointView) int { return slices.Compare(a.ID[:], b.ID[:]) })
			fresh, err := (&cached[endpoint]{listing: new(listing)}).next(s, endpoints(s))
			require.NoError(t, err)
			c, err = c.next(s, endpoints(s))
			require.NoError(t, err)
			for _, o := range []order{byUpdate, byCreate} {
				w := window{limit: 100, order: o}
				assert.Equal(t, fresh.listing.paginate(w, everything), c.listing.paginate(w, everything))
			}
		}
	})
}

// TestEqualSeesEveryField: an attribute that equal forgot would stay in the lists as it was.
func TestEqualSeesEveryField(t *testing.T) {
	eachField(t, endpoint{})
	eachField(t, networkFlow{})
	eachField(t, device{})
	eachField(t, networkLink{})
}

func eachField[T item[T]](t *testing.T, zero T) {
	t.Helper()
	assert.True(t, zero.equal(zero))
	for i := range reflect.TypeOf(zero).NumField() {
		field := reflect.TypeOf(zero).Field(i)
		if !field.IsExported() {
			continue // the times: see below
		}
		changed := reflect.New(reflect.TypeOf(zero)).Elem()
		set(t, changed.Field(i))
		other := changed.Interface().(T)
		assert.False(t, zero.equal(other) || other.equal(zero), "%T.%s", zero, field.Name)
		assert.True(t, other.equal(other), "%T.%s", zero, field.Name)
	}
}

// set gives a field another value than its zero.
func set(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(1)
	case reflect.Uint64:
		v.SetUint(1)
	default:
		switch v.Interface().(type) {
		case uuid.UUID:
			v.Set(reflect.ValueOf(endpointID(1)))
		case netip.Addr:
			v.Set(reflect.ValueOf(netip.MustParseAddr("10.0.0.1")))
		case [2]peer:
			v.Set(reflect.ValueOf([2]peer{{PortID: "x"}}))
		default:
			t.Fatalf("no value for a field of %s", v.Type())
		}
	}
}

func TestEqualSeesTimes(t *testing.T) {
	later := times{1, 2}
	assert.False(t, endpoint{}.equal(endpoint{times: later}))
	assert.False(t, networkFlow{}.equal(networkFlow{times: later}))
	assert.False(t, device{}.equal(device{times: later}))
	assert.False(t, networkLink{}.equal(networkLink{times: later}))
}
