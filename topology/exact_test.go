package topology

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "pack exactly again, which takes the solver cbc and an hour")

// packed is how many of each set of demands the exact packing accepts: what was once found, and is kept in a file.
func packed(t *testing.T, name string, cable Bandwidth, sets [][]demand) (best []int) {
	file := filepath.Join("testdata", "packing", name+".txt")
	if *update {
		for _, demands := range sets {
			best = append(best, exactly(t, cable, demands))
		}
		require.NoError(t, os.WriteFile(file, fmt.Appendln(nil, strings.Trim(fmt.Sprint(best), "[]")), 0o644))
	}
	found, err := os.ReadFile(file)
	require.NoError(t, err)
	best = nil
	for _, number := range strings.Fields(string(found)) {
		n, err := strconv.Atoi(number)
		require.NoError(t, err)
		best = append(best, n)
	}
	require.Len(t, best, len(sets))
	return best
}

// exactly is the most of the demands that any packing accepts which knows all of them before: with trees of whatever shape, but whole flows, and
// all receivers of a demand or none. It is an integer program, which the solver of COIN-OR is given: first with trees that go up to spines
// and straight down to their receivers. Then it has to prove that trees which go on from other leaves accept no more; what it cannot rule out
// counts as accepted.
func exactly(t *testing.T, cable Bandwidth, demands []demand) int {
	best, is := solve(t, program{cable: cable, demands: demands})
	require.Equal(t, optimal, is)
	for best < len(demands) {
		more, is := solve(t, program{cable: cable, demands: demands, longer: true, atLeast: best + 1})
		switch is {
		case infeasible:
			return best
		case optimal:
			best = more
		case undecided:
			best++
		}
	}
	return best
}

// program is the question: z1 says that demand 1 is accepted, and x1_2_3 that its tree goes from switch 2 to 3.
type program struct {
	cable   Bandwidth
	demands []demand
	longer  bool // trees may go on from leaves that are not the sender's
	atLeast int  // so many are to be accepted
}

// write puts the program into the LP format of CPLEX.
func (p program) write(w io.Writer) {
	var accepted []string
	var whole, onLeaf, onArc = []string{}, map[string][]string{}, map[arc][]string{}
	for i, d := range p.demands {
		z := fmt.Sprintf("z%d", i)
		accepted, whole = append(accepted, z), append(whole, z)
		part := fmt.Sprintf("%d %s", d.need/Mbit, z)
		onLeaf[fmt.Sprint("out", d.from)] = append(onLeaf[fmt.Sprint("out", d.from)], part)
		for _, to := range d.to {
			onLeaf[fmt.Sprint("in", to)] = append(onLeaf[fmt.Sprint("in", to)], part)
		}
		for _, a := range p.arcs(d) {
			whole = append(whole, a.of(i))
			onArc[a] = append(onArc[a], fmt.Sprintf("%d %s", d.need/Mbit, a.of(i)))
		}
	}
	fmt.Fprintf(w, "Maximize\n %s\nSubject To\n %s >= %d\n", plus(accepted), plus(accepted), p.atLeast)
	for _, parts := range onArc {
		fmt.Fprintf(w, " %s <= %d\n", plus(parts), p.cable/Mbit)
	}
	for _, parts := range onLeaf { // follows from the cables; said, because the solver is much faster for it
		fmt.Fprintf(w, " %s <= %d\n", plus(parts), packedSpines*p.cable/Mbit)
	}
	for i, d := range p.demands {
		p.writeTree(w, i, d)
	}
	fmt.Fprintf(w, "Binaries\n %s\nEnd\n", strings.Join(whole, "\n "))
}

// writeTree says that what a demand uses is a tree which reaches its receivers, if it is accepted.
func (p program) writeTree(w io.Writer, i int, d demand) {
	into := map[SwitchID][]arc{}
	for _, a := range p.arcs(d) {
		into[a.to] = append(into[a.to], a)
	}
	for id, arcs := range into {
		sense := "<="
		if slices.Contains(d.to, id) {
			sense = "="
		}
		fmt.Fprintf(w, " %s - z%d %s 0\n", sum(i, arcs), i, sense)
	}
	for _, a := range p.arcs(d) {
		before := slices.DeleteFunc(slices.Clone(into[a.from]), func(b arc) bool { return b.from == a.to })
		switch {
		case a.from == d.from:
			fmt.Fprintf(w, " %s - z%d <= 0\n", a.of(i), i)
		case len(before) == 0:
			fmt.Fprintf(w, " %s = 0\n", a.of(i))
		default:
			fmt.Fprintf(w, " %s - %s <= 0\n", a.of(i), strings.ReplaceAll(sum(i, before), "+", "-"))
		}
		if p.longer { // depths grow along it, so it is no circle
			fmt.Fprintf(w, " h%d_%d - h%d_%d - 12 %s >= -11\n", i, a.to, i, a.from, a.of(i))
		}
	}
	if p.longer {
		fmt.Fprintf(w, " h%d_%d = 0\n", i, d.from)
	}
}

// arc is a link between two switches.
type arc struct{ from, to SwitchID }

func (a arc) of(demand int) string { return fmt.Sprintf("x%d_%d_%d", demand, a.from, a.to) }

// arcs lists what a demand's tree may use.
func (p program) arcs(d demand) (all []arc) {
	for leaf := range SwitchID(packedLeaves + 1) {
		for spine := SwitchID(1001); leaf > 0 && spine < 1001+packedSpines; spine++ {
			if leaf == d.from || p.longer {
				all = append(all, arc{leaf, spine})
			}
			if leaf != d.from && (slices.Contains(d.to, leaf) || p.longer) {
				all = append(all, arc{spine, leaf})
			}
		}
	}
	return all
}

func sum(demand int, arcs []arc) string {
	var names []string
	for _, a := range arcs {
		names = append(names, a.of(demand))
	}
	return plus(names)
}

func plus(terms []string) string { return strings.Join(terms, "\n + ") }

var objective = regexp.MustCompile(`Objective value: +([0-9]+)\.0`)

// verdict is what the solver says of a program.
type verdict int

const (
	undecided verdict = iota
	optimal
	infeasible
)

// solve runs the solver for two minutes at most.
func solve(t *testing.T, p program) (best int, is verdict) {
	file := filepath.Join(t.TempDir(), "packing.lp")
	f, err := os.Create(file)
	require.NoError(t, err)
	p.write(f)
	require.NoError(t, f.Close())
	said, err := exec.Command("cbc", file, "sec", "120", "solve", "quit").CombinedOutput()
	require.NoError(t, err, "Debian has the solver as coinor-cbc")
	found := objective.FindSubmatch(said)
	switch {
	case strings.Contains(string(said), "Optimal solution found") && found != nil:
		best, err = strconv.Atoi(string(found[1]))
		require.NoError(t, err)
		return best, optimal
	case strings.Contains(string(said), "infeasible"):
		return 0, infeasible
	}
	return 0, undecided
}
