package bench

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testProfile has main call two functions, one of them through one that is inlined.
func testProfile(busy time.Duration) *profile.Profile {
	f := func(id uint64, name string) *profile.Function { return &profile.Function{ID: id, Name: name} }
	main, parse, inlined, send := f(1, "main.main"), f(2, "example.org/x/codec.Parse[...]"), f(3, "example.org/x/codec.length"), f(4, "runtime.write")
	at := func(id uint64, lines ...*profile.Function) *profile.Location {
		l := &profile.Location{ID: id}
		for _, fn := range lines {
			l.Line = append(l.Line, profile.Line{Function: fn})
		}
		return l
	}
	root, deep, other := at(1, main), at(2, inlined, parse), at(3, send)
	return &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}}, PeriodType: &profile.ValueType{Type: "cpu", Unit: "nanoseconds"}, DurationNanos: int64(time.Second),
		Function: []*profile.Function{main, parse, inlined, send}, Location: []*profile.Location{root, deep, other},
		Sample: []*profile.Sample{
			{Location: []*profile.Location{deep, root}, Value: []int64{3, 3 * int64(busy) / 4}},
			{Location: []*profile.Location{other, root}, Value: []int64{1, int64(busy) / 4}},
		},
	}
}

func TestStacks(t *testing.T) {
	root := stacks(testProfile(time.Second))
	main := root.calls["main.main"]
	assert.EqualValues(t, time.Second, main.nanos)
	parse := main.calls["example.org/x/codec.Parse[...]"]
	assert.EqualValues(t, 750*time.Millisecond, parse.nanos)
	assert.EqualValues(t, 750*time.Millisecond, parse.calls["example.org/x/codec.length"].nanos, "what is inlined lies below")
	assert.EqualValues(t, 250*time.Millisecond, main.calls["runtime.write"].nanos)
}

// TestFlames wants the two that took most, whole and well formed, and the profiles beside them.
func TestFlames(t *testing.T) {
	drawn, err := flames(map[string][]*profile.Profile{
		"idle": {testProfile(time.Millisecond)}, "busy": {testProfile(time.Second), testProfile(time.Second)}, "warm": {testProfile(time.Second / 2)},
	})
	require.NoError(t, err)
	require.Len(t, drawn, 2)
	assert.Equal(t, "busy", drawn[0].Workload)
	assert.InDelta(t, 1, drawn[0].Busy, 1e-9, "two seconds in two")
	assert.Equal(t, "warm", drawn[1].Workload)
	text := string(drawn[0].SVG)
	for _, part := range []string{"codec.Parse", "example.org/x/codec.length: 75.0 %, 1.5s", "<title>runtime.write: 25.0 %"} {
		assert.Contains(t, text, part)
	}
	assert.NotContains(t, text, "<script")
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
	}
	folder := t.TempDir()
	require.NoError(t, (&Report{Flames: drawn}).WriteFlames(folder))
	file, err := os.Open(filepath.Join(folder, "flame-busy.prof"))
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	_, err = profile.Parse(file)
	require.NoError(t, err)
}
