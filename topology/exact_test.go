package topology

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "pack exactly again, which takes python3-scipy and half an hour")

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
// all receivers of a demand or none. It is an integer program, which the solver HiGHS is given: first with trees that go up to spines and
// straight down to their receivers. Then it has to prove that trees which go on from other leaves accept no more; what it cannot rule out
// counts as accepted.
func exactly(t *testing.T, cable Bandwidth, demands []demand) int {
	best, is := solve(t, packing(cable, demands, false, 0))
	require.Equal(t, optimal, is)
	for best < len(demands) {
		more, is := solve(t, packing(cable, demands, true, best+1))
		switch is {
		case infeasible:
			return best
		case optimal:
			best = more
		default:
			best++
		}
	}
	return best
}

// program is to find the most of a sum under rows that hold. Its variables are numbers from 0 to 1 that are whole, and others from 0 to Most.
type program struct {
	Most    int
	Whole   []string
	Highest row
	Rows    []row
}

// row says that a sum is between two bounds.
type row struct {
	Low, High int
	Sum       map[string]int
}

func (p *program) demand(low, high int, sum map[string]int) {
	p.Rows = append(p.Rows, row{low, high, sum})
}

// anything is below every sum that is asked about.
const anything = -1_000_000

// packing asks for the most demands that find room, at least as many as said: z1 says that demand 1 is accepted, x1_2_3 that its tree goes
// from switch 2 to 3, and h1_3 how deep switch 3 is in it. Longer lets trees go on from leaves that are not the sender's.
func packing(cable Bandwidth, demands []demand, longer bool, least int) program {
	p := program{Most: packedLeaves + packedSpines}
	accepted := map[string]int{}
	onCable, onLeaf := map[arc]map[string]int{}, map[string]map[string]int{}
	for i, d := range demands {
		z, need := fmt.Sprint("z", i), int(d.need/Mbit)
		accepted[z] = 1
		p.Whole = append(p.Whole, z)
		put(onLeaf, fmt.Sprint("out of ", d.from), z, need)
		for _, to := range d.to {
			put(onLeaf, fmt.Sprint("into ", to), z, need)
		}
		for _, a := range d.arcs(longer) {
			p.Whole = append(p.Whole, a.of(i))
			put(onCable, a, a.of(i), need)
		}
		p.grow(i, d, longer)
	}
	for _, sum := range onCable {
		p.demand(0, int(cable/Mbit), sum)
	}
	for _, sum := range onLeaf { // follows from the cables; said, because the solver is much faster for it
		p.demand(0, packedSpines*int(cable/Mbit), sum)
	}
	p.demand(least, len(demands), accepted)
	p.Highest = row{Sum: accepted}
	return p
}

func put[K comparable](sums map[K]map[string]int, of K, variable string, times int) {
	if sums[of] == nil {
		sums[of] = map[string]int{}
	}
	sums[of][variable] = times
}

// grow says that what a demand uses is a tree which reaches its receivers, if it is accepted.
func (p *program) grow(i int, d demand, longer bool) {
	z, into := fmt.Sprint("z", i), map[SwitchID][]arc{}
	for _, a := range d.arcs(longer) {
		into[a.to] = append(into[a.to], a)
	}
	for id, arcs := range into {
		low, sum := anything, map[string]int{z: -1}
		for _, a := range arcs {
			sum[a.of(i)] = 1
		}
		if slices.Contains(d.to, id) {
			low = 0
		}
		p.demand(low, 0, sum)
	}
	for _, a := range d.arcs(longer) {
		sum := map[string]int{a.of(i): 1}
		if a.from == d.from {
			sum[z] = -1
		}
		for _, before := range into[a.from] {
			if before.from != a.to {
				sum[before.of(i)] = -1
			}
		}
		p.demand(anything, 0, sum)
		if longer { // depths grow along it, so it is no circle
			p.demand(1-p.Most, p.Most, map[string]int{fmt.Sprintf("h%d_%d", i, a.to): 1, fmt.Sprintf("h%d_%d", i, a.from): -1, a.of(i): -p.Most})
		}
	}
}

// arc is a link between two switches.
type arc struct{ from, to SwitchID }

func (a arc) of(demand int) string { return fmt.Sprintf("x%d_%d_%d", demand, a.from, a.to) }

// arcs lists what a demand's tree may use.
func (d demand) arcs(longer bool) (all []arc) {
	for leaf := SwitchID(1); leaf <= packedLeaves; leaf++ {
		for spine := SwitchID(1001); spine < 1001+packedSpines; spine++ {
			if leaf == d.from || longer {
				all = append(all, arc{leaf, spine})
			}
			if leaf != d.from && (slices.Contains(d.to, leaf) || longer) {
				all = append(all, arc{spine, leaf})
			}
		}
	}
	return all
}

// verdict is what the solver says of a program. The numbers are SciPy's; any other one is that it does not know.
type verdict int

const (
	optimal    verdict = 0
	infeasible verdict = 2
)

// solver reads a program and writes a verdict and the optimum.
const solver = `
import json, sys
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_matrix
program = json.load(sys.stdin)
columns = {name: i for i, name in enumerate(sorted({name for row in program["Rows"] for name in row["Sum"]}))}
integral, highest, most = [0] * len(columns), [0] * len(columns), [program["Most"]] * len(columns)
for name in program["Whole"]:
    integral[columns[name]] = most[columns[name]] = 1
for name, times in program["Highest"]["Sum"].items():
    highest[columns[name]] = -times
sums = lil_matrix((len(program["Rows"]), len(columns)))
for i, row in enumerate(program["Rows"]):
    for name, times in row["Sum"].items():
        sums[i, columns[name]] = times
rows = LinearConstraint(sums.tocsr(), [row["Low"] for row in program["Rows"]], [row["High"] for row in program["Rows"]])
found = milp(highest, constraints=rows, integrality=integral, bounds=Bounds(0, most), options={"time_limit": 120, "mip_rel_gap": 0})
print(found.status, 0 if found.status else round(-found.fun))
`

// solve runs the solver for two minutes at most.
func solve(t *testing.T, p program) (best int, is verdict) {
	text, err := json.Marshal(p)
	require.NoError(t, err)
	run := exec.Command("/usr/bin/python3", "-c", solver)
	run.Stdin = bytes.NewReader(text)
	said, err := run.CombinedOutput()
	require.NoError(t, err, "Debian has the solver in python3-scipy: %s", said)
	_, err = fmt.Sscan(string(said), &is, &best)
	require.NoError(t, err, "%s", said)
	return best, is
}
