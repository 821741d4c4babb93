package is06

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"crosspoint/flows"
)

// thing stands for a resource.
type thing struct {
	name             string
	created, updated flows.TAI
}

func (x *thing) at(o order) flows.TAI { return o.of(x.created, x.updated) }

// things are in either order.
type things map[order][]*thing

func inBothOrders(all []*thing) things {
	out := things{}
	for _, o := range []order{byUpdate, byCreate} {
		out[o] = slices.SortedFunc(slices.Values(all), func(a, b *thing) int { return cmp.Compare(a.at(o), b.at(o)) })
	}
	return out
}

func (all things) paginate(w window, keep func(*thing) bool) page[thing] {
	o := cmp.Or(w.order, byUpdate)
	return paginate(all[o], func(x *thing) flows.TAI { return x.at(o) }, w, keep)
}

// numbered are n things that were changed at 0:1, 0:2, … and made in the opposite order.
func numbered(n int) things {
	all := make([]*thing, n)
	for i := range all {
		at := flows.TAI(i + 1)
		all[i] = &thing{strconv.Itoa(i + 1), flows.TAI(n) - at + 1, at}
	}
	return inBothOrders(all)
}

func everything(*thing) bool { return true }

func even(x *thing) bool { return (x.name[len(x.name)-1]-'0')%2 == 0 }

// TestPaginate has the cases of the standard's text, with twenty resources and pages of ten as its examples have.
func TestPaginate(t *testing.T) {
	at := func(n int) *flows.TAI { return new(flows.TAI(n)) }
	tests := []struct {
		name         string
		n            int
		w            window
		keep         func(*thing) bool
		first, last  string // newest and oldest on the page
		count        int
		since, until string
	}{
		{"nothing asked", 20, window{limit: 10}, everything, "20", "11", 10, "0:10", "0:20"},
		{"all fit", 5, window{limit: 10}, everything, "5", "1", 5, "0:0", "0:5"},
		{"exactly fit", 10, window{limit: 10}, everything, "10", "1", 10, "0:0", "0:10"},
		{"since", 20, window{since: at(4), limit: 10}, everything, "14", "5", 10, "0:4", "0:14"},
		{"since, not full", 20, window{since: at(15), limit: 10}, everything, "20", "16", 5, "0:15", "0:20"},
		{"until", 20, window{until: at(16), limit: 10}, everything, "16", "7", 10, "0:6", "0:16"},
		{"until, all fit", 20, window{until: at(4), limit: 10}, everything, "4", "1", 4, "0:0", "0:4"},
		{"both", 20, window{since: at(4), until: at(12), limit: 10}, everything, "12", "5", 8, "0:4", "0:12"},
		{"both, since wins", 20, window{since: at(4), until: at(16), limit: 10}, everything, "14", "5", 10, "0:4", "0:14"},
		{"both, exactly full", 20, window{since: at(4), until: at(14), limit: 10}, everything, "14", "5", 10, "0:4", "0:14"},
		{"equal", 20, window{since: at(4), until: at(4), limit: 10}, everything, "", "", 0, "0:4", "0:4"},
		{"since the newest", 20, window{since: at(20), limit: 10}, everything, "", "", 0, "0:20", "0:20"},
		{"since after the newest", 20, window{since: at(30), limit: 10}, everything, "", "", 0, "0:30", "0:30"},
		{"until after the newest", 20, window{until: at(30), limit: 10}, everything, "20", "11", 10, "0:10", "0:30"},
		{"until before the oldest", 20, window{until: at(0), limit: 10}, everything, "", "", 0, "0:0", "0:0"},
		{"empty list", 0, window{limit: 10}, everything, "", "", 0, "0:0", "0:0"},
		{"filtered", 21, window{limit: 5}, even, "20", "12", 5, "0:10", "0:21"},
		{"filtered, all fit", 7, window{limit: 5}, even, "6", "2", 3, "0:0", "0:7"},
		{"filtered, since", 21, window{since: at(3), limit: 5}, even, "12", "4", 5, "0:3", "0:12"},
		{"filtered, since, not full", 21, window{since: at(17), limit: 5}, even, "20", "18", 2, "0:17", "0:21"},
		{"filtered, nothing newer", 21, window{since: at(20), limit: 5}, even, "", "", 0, "0:20", "0:21"},
		{"by creation", 20, window{limit: 10, order: byCreate}, everything, "1", "10", 10, "0:10", "0:20"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := numbered(test.n).paginate(test.w, test.keep)
			require.Len(t, p.items, test.count)
			if test.count > 0 {
				assert.Equal(t, test.first, p.items[0].name)
				assert.Equal(t, test.last, p.items[test.count-1].name)
			}
			assert.Equal(t, test.since, p.since.String())
			assert.Equal(t, test.until, p.until.String())
		})
	}
}

// anyThings have any times, of which no two are equal.
func anyThings(t *rapid.T) things {
	times := rapid.SliceOfNDistinct(rapid.Int64Range(1, 90), 0, 40, rapid.ID).Draw(t, "updated")
	created := rapid.Permutation(times).Draw(t, "created")
	all := make([]*thing, len(times))
	for i := range all {
		all[i] = &thing{strconv.Itoa(i), flows.TAI(created[i]), flows.TAI(times[i])}
	}
	return inBothOrders(all)
}

// TestWalk follows prev from the newest page, and next from the oldest: either way every resource comes exactly once, in order.
func TestWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := anyThings(t)
		w := window{limit: rapid.IntRange(1, 12).Draw(t, "limit"), order: rapid.SampledFrom([]order{byUpdate, byCreate}).Draw(t, "order")}
		keep := rapid.SampledFrom([]func(*thing) bool{everything, even}).Draw(t, "keep")
		var want, back, forth []*thing
		for _, x := range slices.Backward(all[w.order]) {
			if keep(x) {
				want = append(want, x)
			}
		}
		for range len(all[w.order]) + 2 {
			p := all.paginate(w, keep)
			back = append(back, p.items...)
			w.until = new(p.since)
		}
		w.since, w.until = new(flows.TAI), nil
		for range len(all[w.order]) + 2 {
			p := all.paginate(w, keep)
			forth = append(slices.Clone(p.items), forth...)
			w.since = new(p.until)
		}
		assert.Equal(t, want, back)
		assert.Equal(t, want, forth)
	})
}

// TestBounds asks again with the bounds that a page said it has: it must be the same page.
func TestBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := anyThings(t)
		bound := func(label string) *flows.TAI {
			return rapid.Ptr(rapid.Map(rapid.Int64Range(0, 100), func(n int64) flows.TAI { return flows.TAI(n) }), true).Draw(t, label)
		}
		w := window{since: bound("since"), until: bound("until"), limit: rapid.IntRange(1, 12).Draw(t, "limit")}
		if w.since != nil && w.until != nil && *w.since > *w.until {
			w.since, w.until = w.until, w.since
		}
		p := all.paginate(w, even)
		assert.LessOrEqual(t, p.since, p.until)
		again := all.paginate(window{since: &p.since, until: &p.until, limit: w.limit}, even)
		assert.Equal(t, p, again)
	})
}

// TestPagesOverHTTP follows the Link headers.
func TestPagesOverHTTP(t *testing.T) {
	r := newRig(t)
	r.fake.register(25)
	first := r.do("GET", endpointsPath+"?paging.limit=10&role=both", "").want(200)
	assert.Equal(t, "10", first.header.Get("X-Paging-Limit"))
	assert.Equal(t, "1000:15", first.header.Get("X-Paging-Since"))
	assert.Equal(t, "1000:25", first.header.Get("X-Paging-Until"))
	assert.Equal(t, `<http://example.com/x-nmos/netctrl/v1.0/endpoints?role=both&paging.since=1000:25&paging.limit=10>; rel="next", `+
		`<http://example.com/x-nmos/netctrl/v1.0/endpoints?role=both&paging.until=1000:15&paging.limit=10>; rel="prev", `+
		`<http://example.com/x-nmos/netctrl/v1.0/endpoints?role=both&paging.since=0:0&paging.limit=10>; rel="first", `+
		`<http://example.com/x-nmos/netctrl/v1.0/endpoints?role=both&paging.limit=10>; rel="last"`, first.header.Get("Link"))

	var seen []endpoint
	for a := first; len(read[[]endpoint](a)) > 0; a = r.do("GET", linkTo(t, a, "prev"), "").want(200) {
		seen = append(seen, read[[]endpoint](a)...)
	}
	require.Len(t, seen, 25)
	assert.Equal(t, endpointID(25), seen[0].ID)
	assert.Equal(t, endpointID(1), seen[24].ID)
	assert.Equal(t, string(first.body), string(r.do("GET", linkTo(t, first, "last"), "").body))
	oldest := read[[]endpoint](r.do("GET", linkTo(t, first, "first"), ""))
	assert.Equal(t, endpointID(1), oldest[9].ID)

	next := linkTo(t, first, "next")
	empty := r.do("GET", next, "").want(200).is("[]")
	assert.Equal(t, "1000:25", empty.header.Get("X-Paging-Since"))
	assert.Equal(t, "1000:25", empty.header.Get("X-Paging-Until"))
	r.do("PATCH", endpointsPath+"/"+endpointID(3).String(), `{"label":"new"}`).want(200)
	come := read[[]endpoint](r.do("GET", next, ""))
	require.Len(t, come, 1)
	assert.Equal(t, endpointID(3), come[0].ID)

	created := r.do("GET", endpointsPath+"?paging.order=create&paging.limit=1", "")
	assert.Equal(t, endpointID(25), read[[]endpoint](created)[0].ID)
	assert.Contains(t, linkTo(t, created, "prev"), "paging.order=create")
}

func linkTo(t testing.TB, a answer, rel string) string {
	t.Helper()
	found := regexp.MustCompile(`<([^>]*)>; rel="` + rel + `"`).FindStringSubmatch(a.header.Get("Link"))
	require.Len(t, found, 2)
	to, err := url.Parse(found[1])
	require.NoError(t, err)
	return to.RequestURI()
}

func TestPagingParameters(t *testing.T) {
	r := newRig(t)
	for query, want := range map[string]string{
		"paging.limit=0":                           "paging.limit: want a positive integer",
		"paging.limit=-1":                          "paging.limit:",
		"paging.limit=%2B1":                        "paging.limit:",
		"paging.limit=1.5":                         "paging.limit:",
		"paging.limit=":                            "paging.limit:",
		"paging.limit=ten":                         "paging.limit:",
		"paging.limit=1&paging.limit=2":            "paging.limit: is there 2 times",
		"paging.since=5":                           "paging.since: want <seconds>:<nanoseconds>",
		"paging.since=":                            "paging.since:",
		"paging.until=a:b":                         "paging.until:",
		"paging.until=-1:0":                        "paging.until:",
		"paging.until=1:2:3":                       "paging.until:",
		"paging.since=2:0&paging.until=1:0":        "paging.since: 2:0 is later than paging.until, 1:0",
		"paging.order=random":                      "paging.order: want one of update, create",
		"paging.order=random&paging.limit=0":       "paging.limit:",
		"%zz=1":                                    "query",
		"a;b":                                      "query",
		"a=1&" + repeated("a=1", maxFilters):       "33 filters",
		"paging.since=1:1&paging.since=1:1&role=x": "paging.since: is there 2 times",
	} {
		r.do("GET", endpointsPath+"?"+query, "").want(400).says(want)
	}
	r.do("GET", endpointsPath+"?label="+repeated("x", maxQuery/2), "").want(414)
	for asked, used := range map[string]string{
		"": "100", "?paging.limit=1000": "1000", "?paging.limit=1001": "1000", "?paging.limit=99999999999999999999": "1000", "?paging.limit=007": "7",
	} {
		assert.Equal(t, used, r.do("GET", flowsPath+asked, "").want(200).header.Get("X-Paging-Limit"))
	}
	r.do("GET", flowsPath+"?paging.since=1:0&paging.until=1:0", "").want(200)
}

func repeated(s string, n int) string {
	text := s
	for range n - 1 {
		text += "&" + s
	}
	return text
}
