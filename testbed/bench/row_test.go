package bench

import (
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
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
	assert.InDeltaSlice(t, []float64{0, 14.07, 14.07}, []float64{r.Low, r.High, r.Spread}, 0.01, "by Student's t of three rounds, not below nothing")
	assert.Equal(t, 9, r.Samples)
	assert.Equal(t, 1.5, *r.Ratio)
	assert.False(t, *r.Met)
	require.Len(t, r.Others, 1)
	assert.Equal(t, 0.5, r.Others[0].Ratio)
}

// testReport has a row that missed its target beside others, and one that was not measured.
func testReport() *Report {
	met, floor, q, limit := false, 2.0, 1.5, 2.5
	return &Report{
		Machine: "a machine", Versions: map[string]string{"fabric": "<none>"}, Workloads: map[string]string{"join": "joins & leaves"},
		Rows: []Result{
			{
				Name: "join.p50", Title: "a join", Unit: "ms", Target: "≤ 1.25 × floor", Workload: "join", Limit: &limit,
				Estimate: Estimate{Value: 3, Low: 2, High: 9, Spread: 7, Samples: 12, Unanswered: 1, Rounds: []float64{2, 3, 9}},
				Peer:     Raw, PeerValue: &floor, PeerEstimate: &Estimate{Value: floor, Low: 1.5, High: 2.5, Rounds: []float64{2}},
				Ratio: &q, Met: &met, Why: "It goes\nelsewhere.",
				Others: []Other{{Contender: OSKen, Estimate: Estimate{Value: 6}}},
			},
			{Name: "scale", Title: "much", Skipped: "only with FULL=1"},
		},
	}
}

// TestPage wants the page to be whole by itself, and to say of each row what it is worth.
func TestPage(t *testing.T) {
	page, err := testReport().html()
	require.NoError(t, err)
	for _, part := range []string{
		"join.p50", "2 – 9", "MISSED", "It goes\nelsewhere.", "1 of 12 of crosspoint", "joins &amp; leaves", ">only with FULL=1<", "os-ken", "<svg", "&lt;none&gt;", `class="limit"`,
	} {
		assert.Contains(t, page, part)
	}
	for _, outside := range []string{"http://", "https://", "<script", "@import", "url("} {
		assert.NotContains(t, page, outside)
	}
	assert.Equal(t, 3, strings.Count(page, "<rect"), "a bar a contender")
}

func TestTable(t *testing.T) {
	var table strings.Builder
	require.NoError(t, testReport().WriteTable(&table))
	for _, part := range []string{
		"2–9", "MISSED  join.p50: 3 ms, wanted ≤ 1.25 × floor\n    It goes\n    elsewhere.\n", "NO ANSWER  join.p50: 1 of 12 of crosspoint", "NOT MEASURED  scale: only with FULL=1",
	} {
		assert.Contains(t, table.String(), part)
	}
}

// TestUnexplained has a row that missed its target and that missed.md says nothing of be named, loudly.
func TestUnexplained(t *testing.T) {
	r := testReport()
	assert.Empty(t, r.Unexplained())
	r.Rows[0].Why = ""
	assert.Equal(t, []string{"join.p50"}, r.Unexplained())
	var table strings.Builder
	require.NoError(t, r.WriteTable(&table))
	assert.Contains(t, table.String(), "\nNOT EXPLAINED  join.p50: say in testbed/bench/missed.md")
	page, err := r.html()
	require.NoError(t, err)
	assert.Contains(t, page, "Not explained yet")
	met := true
	r.Rows[0].Met = &met
	assert.Empty(t, r.Unexplained())
}

// TestUnanswered has what was never answered be a sample, so that the slowest 1 % show it.
func TestUnanswered(t *testing.T) {
	b := newBook()
	b.AddAnswered("join", Crosspoint, 0, 1000, make([]float64, 50)...)
	b.AddAnswered("join", Crosspoint, 2, 1000, make([]float64, 48)...)
	e, ok := b.estimate("join", Crosspoint, P99)
	require.True(t, ok)
	assert.Equal(t, 1000.0, e.Value, "2 of 100 took that long at least")
	assert.Equal(t, 2, e.Unanswered)
	assert.Equal(t, 100, e.Samples)
	m, _ := b.estimate("join", Crosspoint, Median)
	assert.Zero(t, m.Value)
}

// TestStatsOverRounds tells what is pooled from what is not.
func TestStatsOverRounds(t *testing.T) {
	rounds := [][]float64{{1, 1, 1, 1}, {5}, {9}}
	assert.Equal(t, 1.0, Median.over(rounds), "of all samples")
	assert.Equal(t, 9.0, P99.over(rounds), "of all samples")
	assert.Equal(t, 5.0, Max.over(rounds), "the middle of the rounds' largest")
	assert.Equal(t, 18.0, Sum.over(rounds))
}

// TestBoundRanks checks against tables of the binomial distribution.
func TestBoundRanks(t *testing.T) {
	for _, c := range []struct {
		n           int
		q           float64
		first, last int
	}{
		{1, 0.5, 0, 0}, {5, 0.5, 0, 4}, {6, 0.5, 0, 5}, {9, 0.5, 1, 7}, {100, 0.5, 39, 60},
		{200, 0.99, 194, 199}, {367, 0.99, 358, 366}, {1000, 0.99, 982, 996},
	} {
		first, last := boundRanks(c.n, c.q)
		assert.Equal(t, [2]int{c.first, c.last}, [2]int{first, last}, "%d samples, quantile %v", c.n, c.q)
	}
}

// TestBoundsHold draws runs of the same thing: nearly all pairs must agree, and a run of something else must not.
func TestBoundsHold(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	run := func(n, samplesEach int, middle float64, stat Stat) Estimate {
		var rounds [][]float64
		for range n {
			shift, samples := chance.NormFloat64()*0.05, []float64(nil)
			for range samplesEach {
				samples = append(samples, middle+shift+chance.ExpFloat64()*0.2)
			}
			rounds = append(rounds, samples)
		}
		return newEstimate(rounds, stat)
	}
	for _, stat := range []Stat{Median, P99, Max} {
		for _, n := range []int{3, 4, 6} {
			for _, samples := range []int{8, 70, 300} {
				apart := 0
				for range 500 {
					if !overlap(run(n, samples, 1, stat), run(n, samples, 1, stat)) {
						apart++
					}
				}
				assert.LessOrEqual(t, apart, 15, "of 500 pairs of %d rounds of %d samples, statistic %v", n, samples, stat)
			}
		}
		assert.False(t, overlap(run(6, 70, 1, stat), run(6, 70, 3, stat)), "statistic %v", stat)
	}
}

// TestCompare tells what moved from what the machine did.
func TestCompare(t *testing.T) {
	row := func(name string, low, high float64, floor *Estimate) Result {
		return Result{Name: name, Unit: "ms", Estimate: Estimate{Value: low, Low: low, High: high, Rounds: []float64{low, high}}, PeerEstimate: floor}
	}
	alone := func(v float64) Result {
		return Result{Name: "alone", Estimate: newEstimate([][]float64{{v}}, Median)}
	}
	sum := func(v float64) Result { return Result{Name: "lost", Estimate: newEstimate([][]float64{{v}}, Sum)} }
	before := &Report{Rows: []Result{
		alone(43.7), sum(0), row("same", 1, 2, nil), row("slower", 1, 2, nil), row("machine", 1, 2, &Estimate{Low: 1, High: 1}), row("gone", 1, 2, nil), {Name: "never", Skipped: "not chosen"},
	}}
	after := &Report{Rows: []Result{
		alone(44.3), sum(1), row("same", 2, 3, nil), row("slower", 3, 4, nil), row("machine", 3, 4, &Estimate{Low: 2, High: 2}), row("new", 1, 2, nil),
	}}
	var out strings.Builder
	differ, err := Compare(&out, before, after)
	require.NoError(t, err)
	assert.Equal(t, 2, differ)
	for _, line := range []string{
		"slower .* DIFFERS", "lost .* DIFFERS", "machine .* the floor moved alike", "gone .* only in the first", "alone .* one figure, with no bounds", "5 rows in both runs, 2 differ",
	} {
		assert.Regexp(t, line, out.String())
	}
	assert.NotRegexp(t, "(?m)^(same|never|new) ", out.String())
}

// TestReportsAreReadAgain compares a report with what was written of it: nothing differs.
func TestReportsAreReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.json")
	require.NoError(t, testReport().WriteJSON(path))
	read, err := ReadReport(path)
	require.NoError(t, err)
	differ, err := Compare(io.Discard, testReport(), read)
	require.NoError(t, err)
	assert.Zero(t, differ)
}

// TestExplanations finds sections of missed.md that name no row, or one without a target.
func TestExplanations(t *testing.T) {
	targets := map[string]string{}
	for _, r := range Rows() {
		targets[r.Name] = r.Target.String()
	}
	for row, text := range explanations() {
		assert.NotEmpty(t, targets[row], "missed.md explains %s", row)
		assert.NotEmpty(t, text, row)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.0123: "0.012", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 3: "3", 54321.9: "54322"} {
		assert.Equal(t, want, number(v))
	}
}
