package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/testbed/scenario"
)

// patience is how long one lab may run in all.
const patience = 2 * time.Minute

// lab is a running "crosspoint lab".
type lab struct {
	cmd    *exec.Cmd
	output *buffer
	temp   string // the folder for temporary files
	ended  chan error
}

// buffer can be written and read at the same time.
type buffer struct {
	mu   sync.Mutex // the writer is the copying goroutine of os/exec
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// reset forgets what was written.
func (b *buffer) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.Reset()
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// startLab starts a lab on ports of its own.
func startLab(t *testing.T, args ...string) *lab {
	l := &lab{output: &buffer{}, temp: t.TempDir(), ended: make(chan error, 1)}
	args = append([]string{"lab", "--openflow", "127.0.0.1:0", "--http", "127.0.0.1:0"}, args...)
	l.cmd = exec.Command(program, args...)
	l.cmd.Stdout, l.cmd.Stderr = l.output, l.output
	l.cmd.Env = append(os.Environ(), "TMPDIR="+l.temp)
	// What a killed lab leaves running must not hold up Wait.
	l.cmd.WaitDelay = time.Second
	require.NoError(t, l.cmd.Start())
	go func() { l.ended <- l.cmd.Wait() }()
	t.Cleanup(func() { _ = l.cmd.Process.Kill() })
	return l
}

// wait waits for the end.
func (l *lab) wait(t *testing.T) error {
	select {
	case err := <-l.ended:
		return err
	case <-time.After(patience):
		_ = l.cmd.Process.Kill()
		require.FailNow(t, "the lab does not end", "%s", l.output)
		return nil
	}
}

// says waits until the lab has written something.
func (l *lab) says(t *testing.T, what string) {
	require.Eventually(t, func() bool { return strings.Contains(l.output.String(), what) }, 30*time.Second, 10*time.Millisecond,
		"never said %q: %s", what, l.output)
}

// leftovers lists what is there and was not before.
func (l *lab) leftovers(t *testing.T, before machine) []string {
	return append(l.descendants(), look(t).without(before)...)
}

// leavesNothing compares the machine with what it was before.
func (l *lab) leavesNothing(t *testing.T, before machine) {
	t.Helper()
	assert.Empty(t, l.leftovers(t, before), "left behind")
}

func TestPlans(t *testing.T) {
	for _, fabric := range fabrics {
		t.Run(fabric, func(t *testing.T) {
			need(t, fabric)
			for _, plan := range scenario.Names() {
				t.Run(plan, func(t *testing.T) { runPlan(t, fabric, plan) })
			}
		})
	}
}

func runPlan(t *testing.T, fabric, plan string) {
	before := look(t)
	l := startLab(t, "--fabric", fabric, "--plan", plan)
	if err := l.wait(t); err != nil {
		t.Fatalf("%v:\n%s\n%s", err, l.output, l.logOfController())
	}
	t.Logf("%s", l.output)
	assert.Contains(t, l.output.String(), "all is well")
	l.leavesNothing(t, before)
	l.leavesNoFile(t)
}

func (l *lab) leavesNoFile(t *testing.T) {
	t.Helper()
	files, err := os.ReadDir(l.temp)
	require.NoError(t, err)
	assert.Empty(t, files)
}

// logOfController is the end of what the controller logged.
func (l *lab) logOfController() string {
	out, err := exec.Command("sh", "-c", fmt.Sprintf("tail -n 100 %s/crosspoint-lab-*/serve.log", l.temp)).CombinedOutput()
	return fmt.Sprintf("%s (%v)", out, err)
}

// TestOnce is what "make demo ONCE=1" does.
func TestOnce(t *testing.T) {
	for _, fabric := range fabrics {
		t.Run(fabric, func(t *testing.T) {
			need(t, fabric)
			before := look(t)
			l := startLab(t, "--fabric", fabric, "--once")
			require.NoError(t, l.wait(t), "%s", l.output)
			first, _, _ := strings.Cut(l.output.String(), "\n")
			assert.Contains(t, first, map[string]string{"sim": "simulated", "ovs": "Open vSwitch 3"}[fabric])
			for _, part := range []string{"FLOW", "DENIED", "packets dropped", "not on the flow's list of receivers", "was without cam1 for"} {
				assert.Contains(t, l.output.String(), part)
			}
			l.leavesNothing(t, before)
		})
	}
}

// TestFailure wants a plan that fails to end with status 1, to say where and why, and to leave nothing but the log.
func TestFailure(t *testing.T) {
	for _, fabric := range fabrics {
		t.Run(fabric, func(t *testing.T) {
			need(t, fabric)
			before := look(t)
			plan := t.TempDir() + "/plan.txt"
			require.NoError(t, os.WriteFile(plan, []byte("topology single hosts 2\nwait topology\nwait denied join h1 239.1.1.1 within 100ms\n"), 0o600))
			l := startLab(t, "--fabric", fabric, "--plan", plan)
			var status *exec.ExitError
			require.ErrorAs(t, l.wait(t), &status, "%s", l.output)
			assert.Equal(t, 1, status.ExitCode())
			assert.Contains(t, l.output.String(), "plan.txt:3: wait denied join h1 239.1.1.1 within 100ms: after 100ms still: of 0 denials")
			assert.Contains(t, l.output.String(), "serve.log")
			l.leavesNothing(t, before)
		})
	}
}

// TestInterrupt presses Ctrl-C while the table is shown: that is how a lab ends, so it is no failure.
func TestInterrupt(t *testing.T) {
	for _, fabric := range fabrics {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(fabric+"/"+signal.String(), func(t *testing.T) {
				need(t, fabric)
				before := look(t)
				l := startLab(t, "--fabric", fabric)
				l.says(t, "DENIED")
				require.NotEmpty(t, l.descendants(), "there must be something to leave behind")
				require.NoError(t, l.cmd.Process.Signal(signal))
				assert.NoError(t, l.wait(t), "%s", l.output)
				l.leavesNothing(t, before)
				l.leavesNoFile(t)
			})
		}
	}
}

// TestInterruptEarly presses Ctrl-C while things come up, at several moments.
func TestInterruptEarly(t *testing.T) {
	for _, fabric := range fabrics {
		for _, after := range []time.Duration{50 * time.Millisecond, 400 * time.Millisecond, 1200 * time.Millisecond} {
			t.Run(fmt.Sprint(fabric, "/", after), func(t *testing.T) {
				need(t, fabric)
				before := look(t)
				l := startLab(t, "--fabric", fabric)
				time.Sleep(after)
				require.NoError(t, l.cmd.Process.Signal(os.Interrupt))
				_ = l.wait(t) // it may have got as far as the table, or not
				l.leavesNothing(t, before)
			})
		}
	}
}

// TestKilled kills the lab itself, so that it cannot take anything down.
func TestKilled(t *testing.T) {
	for _, fabric := range fabrics {
		t.Run(fabric, func(t *testing.T) {
			need(t, fabric)
			before := look(t)
			l := startLab(t, "--fabric", fabric)
			l.says(t, "DENIED")
			require.NoError(t, l.cmd.Process.Kill())
			_ = l.wait(t)
			assert.Eventually(t, func() bool { return len(l.leftovers(t, before)) == 0 }, 30*time.Second, 50*time.Millisecond)
			l.leavesNothing(t, before)
		})
	}
}
