package bench

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStats(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[99-i] = float64(i + 1)
	}
	for _, c := range []struct {
		stat    Stat
		samples []float64
		want    float64
	}{
		{Median, []float64{3}, 3},
		{Median, []float64{9, 1, 5}, 5},
		{Median, []float64{4, 1, 2, 9}, 3},
		{P99, []float64{7}, 7},
		{P99, []float64{1, 2, 3}, 3},
		{P99, hundred, 99},
		{Max, []float64{2, 8, 5}, 8},
		{Sum, []float64{2, 8, 5}, 15},
	} {
		assert.Equal(t, c.want, c.stat.of(c.samples), "%v of %v", c.stat, c.samples)
	}
}

func TestTargets(t *testing.T) {
	none := math.NaN()
	for _, c := range []struct {
		target       Target
		text         string
		value, floor float64
		met          bool
	}{
		{atMost(3), "≤ 3", 3, none, true},
		{atMost(3), "≤ 3", 3.1, none, false},
		{atLeast(30_000), "≥ 30000", 30_000, none, true},
		{atLeast(30_000), "≥ 30000", 29_999, none, false},
		{within(1.25), "≤ 1.25 × floor", 1.25, 1, true},
		{within(1.25), "≤ 1.25 × floor", 1.26, 1, false},
		{within(1.25), "≤ 1.25 × floor", 1, none, false},
		{Target{Over: 1}, "≤ floor + 1", 14, 13, true},
		{Target{Over: 1}, "≤ floor + 1", 14.1, 13, false},
		{Target{Over: 1}, "≤ floor + 1", 14.1, none, false},
	} {
		assert.Equal(t, c.text, c.target.String())
		assert.Equal(t, c.met, c.target.met(c.value, c.floor), "%v: %v beside %v", c.target, c.value, c.floor)
	}
}

// TestEveryRowIsMeasured finds rows that no workload fills, and series and names that are there twice.
func TestEveryRowIsMeasured(t *testing.T) {
	measured, names := map[string]string{}, map[string]bool{}
	for _, w := range Workloads() {
		for _, s := range w.Series {
			require.Empty(t, measured[s], "series %s is measured by %s and %s", s, measured[s], w.Name)
			measured[s] = w.Name
		}
	}
	for _, r := range Rows() {
		assert.NotEmpty(t, measured[r.Series], "row %s", r.Name)
		assert.NotEmpty(t, r.Title, r.Name)
		assert.NotEmpty(t, r.Unit, r.Name)
		assert.False(t, names[r.Name], "row %s is there twice", r.Name)
		names[r.Name] = true
		if r.FloorSeries != "" {
			assert.NotEmpty(t, measured[r.FloorSeries], "floor of row %s", r.Name)
		}
	}
}

func TestResult(t *testing.T) {
	b := newBook()
	row := Row{Name: "join", Title: "a join", Unit: "ms", Series: "join", Stat: Median, Floor: Raw, Target: within(1.25)}
	assert.Equal(t, "not measured in this run", row.result(b).Skipped)
	b.skip([]string{"join"}, "no Open vSwitch")
	assert.Equal(t, "no Open vSwitch", row.result(b).Skipped)

	for _, round := range [][]float64{{1, 2, 3}, {2, 3, 4}, {9, 9, 9}} {
		b.Add("join", Crosspoint, round...)
	}
	b.Add("join", Raw, 2)
	b.Add("join", OSKen, 6)
	b.Add("join", OSKen) // a round without samples is none
	r := row.result(b)
	assert.Equal(t, 3.0, r.Value, "the median of all samples")
	assert.Equal(t, []float64{2, 3, 9}, r.Rounds)
	assert.Equal(t, [3]float64{2, 9, 7}, [3]float64{r.Low, r.High, r.Spread}, "three rounds: from the lowest to the highest")
	assert.Equal(t, 9, r.Samples)
	assert.Equal(t, 1.5, *r.Ratio)
	assert.False(t, *r.Met)
	require.Len(t, r.Others, 1)
	assert.Equal(t, 0.5, r.Others[0].Ratio)
}

// TestPage wants the page to be whole by itself, and to say of each row what it is worth.
func TestPage(t *testing.T) {
	met, floor, q := false, 2.0, 1.5
	report := &Report{Machine: "a machine", Versions: map[string]string{"fabric": "<none>"}, Rows: []Result{
		{Name: "join.p50", Title: "a join", Unit: "ms", Target: "≤ 1.25 × floor", Estimate: Estimate{Value: 3, Spread: 1, Rounds: []float64{2, 3, 9}}, Peer: Raw, PeerValue: &floor, Ratio: &q, Met: &met,
			Others: []Other{{Contender: OSKen, Estimate: Estimate{Value: 6}}}},
		{Name: "scale", Title: "much", Skipped: "only with FULL=1"},
	}}
	page, err := report.html()
	require.NoError(t, err)
	for _, part := range []string{"join.p50", "3 ± 1", "MISSED", "not measured: only with FULL=1", "os-ken", "<svg", "&lt;none&gt;"} {
		assert.Contains(t, page, part)
	}
	for _, outside := range []string{"http://", "https://", "<script", "@import", "url("} {
		assert.NotContains(t, page, outside)
	}
	assert.Equal(t, 3, strings.Count(page, "<rect"), "a bar a contender")

	var table strings.Builder
	require.NoError(t, report.WriteTable(&table))
	assert.Contains(t, table.String(), "MISSED")
	assert.Contains(t, table.String(), "NOT MEASURED  scale: only with FULL=1")
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.0123: "0.012", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 3: "3", 54321.9: "54322"} {
		assert.Equal(t, want, number(v))
	}
}
