package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	// randomSeed is drawn from when RANDOM_SEED does not say otherwise.
	randomSeed  = 8
	randomSteps = 200
	randomBatch = 20 // steps between two questions to the oracle
)

// TestRandomOperations does what clients, hosts and operators do, in an order that nobody thought of, while links fail, drop in silence and heal and
// the controller is killed. After each batch the oracle judges everything: who gets what, to the packet, and what all switches hold.
func TestRandomOperations(t *testing.T) {
	seed, err := strconv.ParseUint(os.Getenv("RANDOM_SEED"), 10, 64)
	if err != nil {
		seed = randomSeed
	}
	text := randomPlan(seed)
	for _, step := range []string{"take", "link down", "link silent", "drain", "optimise", "kill", "leave", "delete"} {
		require.Contains(t, text, "\n"+step, "the seed draws nothing of this")
	}
	plan := filepath.Join(t.TempDir(), "random.txt")
	require.NoError(t, os.WriteFile(plan, []byte(text), 0o600))
	for _, fabric := range fabrics {
		t.Run(fabric, func(t *testing.T) {
			need(t, fabric)
			t.Logf("RANDOM_SEED=%d replays this", seed)
			runPlan(t, fabric, plan)
		})
	}
}

// writer writes a random plan. It knows as much of what was done as it takes to do only what can be done.
type writer struct {
	*rand.Rand
	text  strings.Builder
	flows []*writtenFlow
	made  int             // flows so far
	joins map[string]bool // "h3 239.1.1.1"
	down  map[int]string  // by leaf: its link that does not work
	away  bool            // something is drained
}

type writtenFlow struct {
	name, from, group string
	receivers         []string
}

const (
	randomLeaves = 4
	randomHosts  = 8
	maxFlows     = 6
	maxDown      = 2 // links; those of different leaves, so that nobody is cut off
)

func randomPlan(seed uint64) string {
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 0)), joins: map[string]bool{}, down: map[int]string{}}
	w.say("topology leaf-spine spines 2 leaves %d hosts %d", randomLeaves, randomHosts/randomLeaves)
	w.say("serve --lldp-interval 100ms --link-ttl 350ms")
	w.say("wait topology")
	w.say("endpoint %s", strings.Join(hostNames(), " "))
	w.say("wait located")
	for step := 1; step <= randomSteps; {
		if w.step() {
			if step%randomBatch == 0 {
				w.say("judge")
			}
			step++
		}
	}
	return w.text.String()
}

func (w *writer) say(format string, args ...any) { fmt.Fprintf(&w.text, format+"\n", args...) }

func hostNames() (names []string) {
	for i := range randomHosts {
		names = append(names, fmt.Sprintf("h%d", i+1))
	}
	return names
}

// step writes one step; false when what was drawn cannot be done now.
func (w *writer) step() bool {
	kinds := []struct {
		weight int
		write  func() bool
	}{
		{4, w.newFlow}, {2, w.endFlow}, {8, w.addReceiver}, {6, w.removeReceiver}, {5, w.patch}, {8, w.join}, {5, w.leave},
		{4, w.take}, {5, w.breakLink}, {8, w.healLink}, {5, w.drain}, {3, w.undrain}, {2, w.optimise}, {1, w.restart},
	}
	total := 0
	for _, k := range kinds {
		total += k.weight
	}
	drawn := w.IntN(total)
	for _, k := range kinds {
		if drawn -= k.weight; drawn < 0 {
			return k.write()
		}
	}
	return false
}

// flow draws a flow; nil when there is none.
func (w *writer) flow() *writtenFlow {
	if len(w.flows) == 0 {
		return nil
	}
	return w.flows[w.IntN(len(w.flows))]
}

// outsider draws a host that is neither the flow's sender nor a receiver.
func (w *writer) outsider(f *writtenFlow) (string, bool) {
	h := hostNames()[w.IntN(randomHosts)]
	return h, h != f.from && !slices.Contains(f.receivers, h)
}

func (w *writer) newFlow() bool {
	if len(w.flows) == maxFlows {
		return false
	}
	w.made++
	f := &writtenFlow{name: fmt.Sprintf("flow%d", w.made), group: fmt.Sprintf("239.1.1.%d", w.made)}
	if w.IntN(2) == 0 {
		f.group = fmt.Sprintf("232.1.1.%d", w.made)
	}
	hosts := hostNames()
	w.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	f.from, f.receivers = hosts[0], hosts[1:2+w.IntN(4)]
	forward := []string{"yes", "no"}[w.IntN(2)]
	w.say("flow %s from %s to %s bandwidth 5Mbit/s forward %s receivers %s", f.name, f.from, f.group, forward, strings.Join(f.receivers, " "))
	w.say("send %s rate 300 size 100", f.name)
	w.flows = append(w.flows, f)
	return true
}

func (w *writer) endFlow() bool {
	f := w.flow()
	if f == nil || len(w.flows) < maxFlows/2 {
		return false
	}
	w.say("stop %s", f.name)
	w.say("delete flow %s", f.name)
	w.flows = slices.DeleteFunc(w.flows, func(o *writtenFlow) bool { return o == f })
	return true
}

func (w *writer) addReceiver() bool {
	f := w.flow()
	if f == nil {
		return false
	}
	h, can := w.outsider(f)
	if can {
		w.say("receivers %s add %s", f.name, h)
		f.receivers = append(f.receivers, h)
	}
	return can
}

func (w *writer) removeReceiver() bool {
	f := w.flow()
	if f == nil || len(f.receivers) == 0 {
		return false
	}
	i := w.IntN(len(f.receivers))
	w.say("receivers %s remove %s", f.name, f.receivers[i])
	f.receivers = slices.Delete(f.receivers, i, i+1)
	return true
}

func (w *writer) patch() bool {
	f := w.flow()
	if f == nil {
		return false
	}
	change := []string{"bandwidth 4Mbit/s", "bandwidth 8Mbit/s", "dscp EF", "dscp AF41", "forward yes", "forward no", `label "Camera"`}
	w.say("patch %s %s", f.name, change[w.IntN(len(change))])
	return true
}

func (w *writer) join() bool {
	f := w.flow()
	if f == nil {
		return false
	}
	h := hostNames()[w.IntN(randomHosts)] // listed or not; mostly listed
	if n := len(f.receivers); n > 0 && w.IntN(4) > 0 {
		h = f.receivers[w.IntN(n)]
	}
	key := h + " " + f.group
	if h == f.from || w.joins[key] {
		return false
	}
	w.joins[key] = true
	w.say("join %s %s source %s", h, f.group, f.from)
	return true
}

func (w *writer) leave() bool {
	f := w.flow()
	if f == nil {
		return false
	}
	var joined []string
	for _, h := range hostNames() {
		if w.joins[h+" "+f.group] {
			joined = append(joined, h)
		}
	}
	if len(joined) == 0 {
		return false
	}
	h := joined[w.IntN(len(joined))]
	delete(w.joins, h+" "+f.group)
	w.say("wait settled") // hosts do not say at all that they joined when they leave a moment later
	w.say("leave %s %s source %s", h, f.group, f.from)
	return true
}

func (w *writer) take() bool {
	from, to := w.flow(), w.flow()
	if from == nil || from == to || len(from.receivers) == 0 {
		return false
	}
	i := w.IntN(len(from.receivers))
	h := from.receivers[i]
	if h == to.from || slices.Contains(to.receivers, h) {
		return false
	}
	mode := []string{"make-before-break", "break-before-make"}[w.IntN(2)]
	w.say("take %s from %s to %s mode %s", h, from.name, to.name, mode)
	from.receivers = slices.Delete(from.receivers, i, i+1)
	to.receivers = append(to.receivers, h)
	return true
}

func (w *writer) breakLink() bool {
	leaf, spine := 1+w.IntN(randomLeaves), 1+w.IntN(2)
	if w.away || w.down[leaf] != "" || len(w.down) == maxDown {
		return false
	}
	w.down[leaf] = fmt.Sprintf("sp%d lf%d", spine, leaf)
	w.say("link %s %s", []string{"down", "silent"}[w.IntN(2)], w.down[leaf])
	return true
}

func (w *writer) healLink() bool {
	leaf := 1 + w.IntN(randomLeaves)
	if w.down[leaf] == "" {
		return false
	}
	w.say("link up %s", w.down[leaf])
	delete(w.down, leaf)
	return true
}

func (w *writer) drain() bool {
	if w.away || len(w.down) > 0 {
		return false
	}
	w.away = true
	w.say("wait topology") // there is a way round only when all links are known
	w.say("drain sp%d", 1+w.IntN(2))
	return true
}

func (w *writer) undrain() bool {
	if !w.away {
		return false
	}
	w.away = false
	w.say("undrain all")
	return true
}

func (w *writer) optimise() bool {
	w.say("optimise")
	return true
}

func (w *writer) restart() bool {
	w.say("wait settled") // what hosts asked for in the last moment is on no disk yet
	w.say("kill controller")
	w.say("start controller")
	w.say("wait topology within 30s")
	return true
}
