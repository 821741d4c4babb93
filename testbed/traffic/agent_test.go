package traffic

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"crosspoint/testbed"
)

// The test binary is also what it starts in namespaces: a process that only holds one open, the agent, and a sender that numbers its
// packets as it is told.
const (
	holdNamespace = "hold-namespace"
	runAgent      = "run-agent"
	sendNumbers   = "send-numbers"
)

func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 1 && os.Args[1] == holdNamespace:
		_, _ = io.Copy(io.Discard, os.Stdin)
	case len(os.Args) > 2 && os.Args[1] == runAgent:
		if err := RunAgent(context.Background(), os.Stdin, os.Stdout, os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case len(os.Args) > 2 && os.Args[1] == sendNumbers:
		if err := sendAsTold(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		goleak.VerifyTestMain(m)
	}
}

var (
	addrA = netip.MustParseAddr("10.99.0.1")
	addrB = netip.MustParseAddr("10.99.0.2")
	group = netip.MustParseAddr("239.9.9.9")

	addr6A = netip.MustParseAddr("fd99::1")
	addr6B = netip.MustParseAddr("fd99::2")
	group6 = netip.MustParseAddr("ff3e::9:9")
)

// pair is two network namespaces, a veth pair between them, and an agent in each.
type pair struct {
	a, b         *AgentClient
	namespaceOfA string // the id of a process in it
}

func newPair(t *testing.T) pair {
	t.Helper()
	if os.Geteuid() != 0 {
		require.Empty(t, os.Getenv("CI"), "CI has to run this test as root")
		t.Skip("SKIPPED: needs root to make network namespaces; run: sudo -E go test ./testbed/traffic/")
	}
	a, b := namespace(t), namespace(t)
	run(t, "nsenter", "-t", a, "-n", "ip", "link", "add", "xp0", "type", "veth", "peer", "name", "xp0", "netns", b)
	addr6 := map[string]netip.Addr{a: addr6A, b: addr6B}
	for pid, addr := range map[string]netip.Addr{a: addrA, b: addrB} {
		run(t, "nsenter", "-t", pid, "-n", "sh", "-ec", strings.Join([]string{
			"ethtool -K xp0 tx off >/dev/null", "ip addr add " + addr.String() + "/24 dev xp0", "ip link set xp0 up", "ip route add 224.0.0.0/4 dev xp0",
			"echo 0 > /proc/sys/net/ipv6/conf/xp0/disable_ipv6", "ip -6 addr add " + addr6[pid].String() + "/64 dev xp0 nodad",
		}, "\n"))
	}
	return pair{a: startAgent(t, a), b: startAgent(t, b), namespaceOfA: a}
}

// namespace is the process id of a process in a network namespace of its own; the kernel removes it with the process.
func namespace(t *testing.T) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], holdNamespace)
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=10") // with the race detector, do not idle at exit
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		assert.NoError(t, stdin.Close())
		assert.NoError(t, cmd.Wait())
	})
	return strconv.Itoa(cmd.Process.Pid)
}

func startAgent(t *testing.T, pid string) *AgentClient {
	t.Helper()
	cmd := exec.Command("nsenter", "-t", pid, "-n", os.Args[0], runAgent, "xp0")
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=10")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := NewAgentClient(stdin, stdout)
	t.Cleanup(func() {
		assert.NoError(t, c.Close())
		<-c.Done()
		assert.NoError(t, cmd.Wait())
	})
	require.NoError(t, c.Reset(t.Context()), "the agent does not come up")
	return c
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	require.NoError(t, err, "%s %s: %s", name, strings.Join(args, " "), out)
}

// receptionsOf waits until b has seen n packets, then asks once more.
func receptionsOf(t *testing.T, c *AgentClient, n uint64) []testbed.Reception {
	t.Helper()
	var rs []testbed.Reception
	require.Eventually(t, func() bool {
		var dropped, total uint64
		var err error
		rs, dropped, err = c.Receptions(t.Context())
		if !assert.NoError(t, err) || !assert.Zero(t, dropped, "the monitor lost packets itself") {
			return true
		}
		for _, r := range rs {
			total += r.Received
		}
		return total >= n
	}, 2*time.Second, 10*time.Millisecond)
	return rs
}

// TestTenThousandPacketsASecondWithoutLoss holds that the tools lose, double and reorder nothing by themselves: what they count is the network's. A machine that is
// too busy to send at that rate is given another chance; a loss is not.
func TestTenThousandPacketsASecondWithoutLoss(t *testing.T) {
	p := newPair(t)
	const seconds, want = 4, 40_000
	require.NoError(t, p.b.Join(t.Context(), testbed.Join{Group: group, Port: 5004}))
	for range 4 {
		sent, timing, r := p.atTenThousand(t, seconds)
		assert.Equal(t, sent, r.Received)
		assert.Equal(t, sent, r.Delivered)
		assert.Zero(t, r.Lost+r.Duplicated+r.Reordered)
		assert.LessOrEqual(t, sent, uint64(want*11/10))
		if sent < want*9/10 {
			continue
		}
		assert.WithinDuration(t, r.First, r.Last, (seconds+1)*time.Second)
		assert.Equal(t, testbed.ClockReception, r.Clock)
		assertRising(t, 1, r.GapP50, r.GapP99, r.GapP999, r.MaxGap)
		assert.Less(t, r.GapP50, 200*time.Microsecond, "packets leave one by one")
		assertRising(t, 1, r.DelayP50, r.DelayP99, r.DelayP999, r.DelayMax)
		assert.Greater(t, timing.Stamped, uint64(seconds*100))
		assertRising(t, 1, timing.P50, timing.P99, timing.Max)
		assert.Less(t, timing.P50, time.Millisecond, "the kernel's clock is ours")
		return
	}
	assert.Fail(t, "the rate was never kept")
}

// atTenThousand sends and counts anew for some seconds.
func (p pair) atTenThousand(t *testing.T, seconds int) (sent uint64, timing SendTiming, r testbed.Reception) {
	t.Helper()
	ctx := t.Context()
	require.NoError(t, p.b.Reset(ctx))
	require.NoError(t, p.a.Send(ctx, testbed.Stream{ID: 7, Group: group, Port: 5004, Rate: 10_000, Size: 1200}))
	<-time.After(time.Duration(seconds) * time.Second)
	running, err := p.a.Sent(ctx)
	require.NoError(t, err)
	timing, err = p.a.SendTiming(ctx, 7)
	require.NoError(t, err)
	sent, err = p.a.StopSend(ctx, 7)
	require.NoError(t, err)
	assert.LessOrEqual(t, running[7], sent)
	rs := receptionsOf(t, p.b, sent)
	require.Len(t, rs, 1)
	r = rs[0]
	t.Logf("sent %d in %d s, stamped %d: left after p50 %v p99 %v max %v; received %d, delivered %d; gap p50 %v p99 %v p99.9 %v max %v; delay p50 %v p99 %v p99.9 %v max %v",
		sent, seconds, timing.Stamped, timing.P50, timing.P99, timing.Max, r.Received, r.Delivered,
		r.GapP50, r.GapP99, r.GapP999, r.MaxGap, r.DelayP50, r.DelayP99, r.DelayP999, r.DelayMax)
	assert.Equal(t, addrA, r.Source)
	assert.Equal(t, group, r.Group)
	assert.EqualValues(t, 7, r.Stream)
	return sent, timing, r
}

// assertRising wants each duration to be no shorter than the one before it.
func assertRising(t *testing.T, least time.Duration, durations ...time.Duration) {
	t.Helper()
	for _, d := range durations {
		assert.GreaterOrEqual(t, d, least, "of %v", durations)
		least = d
	}
}

// TestToolsNotice has a network that loses one packet, doubles one and lets one overtake another: each shows as what it is, and as nothing else.
func TestToolsNotice(t *testing.T) {
	for _, c := range []struct {
		about                                 string
		numbers                               []int
		received, lost, duplicated, reordered uint64
	}{
		{"nothing", []int{1, 2, 3, 4, 5}, 5, 0, 0, 0},
		{"a loss", []int{1, 2, 4, 5}, 4, 1, 0, 0},
		{"a burst of losses", []int{1, 2000}, 2, 1998, 0, 0},
		{"a duplicate", []int{1, 2, 3, 3, 4, 5}, 5, 0, 1, 0},
		{"a duplicate much later", []int{1, 2, 3, 4, 5, 2}, 5, 0, 1, 0},
		{"an overtaking", []int{1, 2, 4, 3, 5}, 5, 0, 0, 1},
		{"all of it", []int{1, 2, 3, 3, 6, 5, 8}, 6, 2, 1, 1},
	} {
		t.Run(c.about, func(t *testing.T) {
			p := newPair(t)
			p.sendNumbers(t, c.numbers)
			rs := receptionsOf(t, p.b, c.received)
			require.Len(t, rs, 1)
			r := rs[0]
			assert.Equal(t, []uint64{c.received, c.lost, c.duplicated, c.reordered}, []uint64{r.Received, r.Lost, r.Duplicated, r.Reordered},
				"received, lost, duplicated, reordered")
		})
	}
}

// sendNumbers has a's host send packets of a stream with these sequence numbers.
func (p pair) sendNumbers(t *testing.T, numbers []int) {
	t.Helper()
	args := []string{"-t", p.namespaceOfA, "-n", os.Args[0], sendNumbers}
	for _, n := range numbers {
		args = append(args, strconv.Itoa(n))
	}
	run(t, "nsenter", args...)
}

// sendAsTold sends a packet for each sequence number.
func sendAsTold(numbers []string) error {
	conn, err := dialMulticast("xp0", netip.AddrPortFrom(group, 5004))
	if err != nil {
		return err
	}
	for _, n := range numbers {
		sequence, err := strconv.ParseUint(n, 10, 64)
		if err != nil {
			return err
		}
		if _, err := conn.Write(Packet{Stream: 1, Sequence: sequence, SentAt: time.Now().UnixNano()}.Append(nil)); err != nil {
			return err
		}
	}
	return conn.Close()
}

func TestMonitorSeesWhatNobodyJoined(t *testing.T) {
	p, ctx := newPair(t), t.Context()
	require.NoError(t, p.a.Send(ctx, testbed.Stream{ID: 1, Group: group, Port: 5004, Rate: 1000, Size: 100}))
	<-time.After(100 * time.Millisecond)
	sent, err := p.a.StopSend(ctx, 1)
	require.NoError(t, err)
	rs := receptionsOf(t, p.b, sent)
	require.Len(t, rs, 1)
	assert.Zero(t, rs[0].Delivered)

	own, _, err := p.a.Receptions(ctx)
	require.NoError(t, err)
	assert.Empty(t, own, "what a host sends does not arrive there")
}

func TestResetStartsAtTheNextPacketAndNumbersGoOn(t *testing.T) {
	p, ctx := newPair(t), t.Context()
	stream := testbed.Stream{ID: 1, Group: group, Port: 5004, Rate: 1000, Size: 100}
	burst := func() uint64 {
		require.NoError(t, p.a.Send(ctx, stream))
		<-time.After(50 * time.Millisecond)
		sent, err := p.a.StopSend(ctx, 1)
		require.NoError(t, err)
		return sent
	}
	first := burst()
	second := burst()
	rs := receptionsOf(t, p.b, first+second)
	require.Len(t, rs, 1)
	assert.Equal(t, first+second, rs[0].Received, "a stream that is started again is still one stream")
	assert.Zero(t, rs[0].Lost+rs[0].Duplicated)

	require.NoError(t, p.b.Reset(ctx))
	rs, _, err := p.b.Receptions(ctx)
	require.NoError(t, err)
	assert.Empty(t, rs)
	third := burst()
	rs = receptionsOf(t, p.b, third)
	require.Len(t, rs, 1)
	assert.Equal(t, third, rs[0].Received)
	assert.Zero(t, rs[0].Lost, "what came before the reset is not missing")
}

func TestSourceFilter(t *testing.T) {
	p, ctx := newPair(t), t.Context()
	other := netip.MustParseAddr("10.99.0.77")
	join := testbed.Join{Group: group, Source: other, Port: 5004, Version: 3}
	require.NoError(t, p.b.Join(ctx, join))
	require.NoError(t, p.a.Send(ctx, testbed.Stream{ID: 1, Group: group, Port: 5004, Rate: 500, Size: 24}))
	<-time.After(100 * time.Millisecond)
	rs := receptionsOf(t, p.b, 1)
	require.Len(t, rs, 1)
	assert.Zero(t, rs[0].Delivered, "joined for another source")

	wanted := testbed.Join{Group: group, Source: addrA, Port: 5004}
	require.NoError(t, p.b.Join(ctx, wanted))
	require.NoError(t, p.b.Join(ctx, wanted), "joining twice changes nothing")
	require.Eventually(t, func() bool { return receptionsOf(t, p.b, 1)[0].Delivered > 0 }, time.Second, 20*time.Millisecond)

	require.NoError(t, p.b.Leave(ctx, testbed.Join{Group: group, Source: addrA}), "port 0 is any port")
	require.NoError(t, p.b.Leave(ctx, join))
	assert.ErrorContains(t, p.b.Leave(ctx, join), "not joined")
	_, err := p.a.StopSend(ctx, 1)
	require.NoError(t, err)
}

// TestIPv6 holds that streams, joins by MLD and echo work over IPv6 as they do over IPv4.
func TestIPv6(t *testing.T) {
	p, ctx := newPair(t), t.Context()
	join := testbed.Join{Group: group6, Source: netip.MustParseAddr("fd99::77"), Port: 5004}
	require.NoError(t, p.b.Join(ctx, join))
	require.NoError(t, p.b.Join(ctx, testbed.Join{Group: group6}), "any source, without a socket that reads")
	stream := testbed.Stream{ID: 6, Group: group6, Port: 5004, Rate: 1000, Size: 1452}
	require.NoError(t, p.a.Send(ctx, stream))
	<-time.After(200 * time.Millisecond)
	rs := receptionsOf(t, p.b, 1)
	require.Len(t, rs, 1)
	assert.Zero(t, rs[0].Delivered, "joined for another source")
	wanted := testbed.Join{Group: group6, Source: addr6A, Port: 5004, Version: 2}
	require.NoError(t, p.b.Join(ctx, wanted))
	require.Eventually(t, func() bool { return receptionsOf(t, p.b, 1)[0].Delivered > 0 }, time.Second, 20*time.Millisecond)
	sent, err := p.a.StopSend(ctx, 6)
	require.NoError(t, err)
	rs = receptionsOf(t, p.b, sent)
	assert.Equal(t, sent, rs[0].Received)
	assert.Zero(t, rs[0].Lost+rs[0].Duplicated)
	assert.Equal(t, addr6A, rs[0].Source)
	assert.Equal(t, group6, rs[0].Group)
	require.NoError(t, p.b.Leave(ctx, wanted))
	require.NoError(t, p.b.Leave(ctx, join))

	stream.Size++
	assert.ErrorContains(t, p.a.Send(ctx, stream), "1452")
	assert.ErrorContains(t, p.b.Join(ctx, testbed.Join{Group: group6, Version: 3}), "not 1 or 2")
	assert.ErrorContains(t, p.b.Join(ctx, testbed.Join{Group: group6, Source: addrA}), "IP version")

	n, err := p.a.Ping(ctx, addr6B, 3)
	require.NoError(t, err)
	assert.Equal(t, 3, n)
}

func TestManyGroupsAndSources(t *testing.T) {
	p, ctx := newPair(t), t.Context()
	joins := make([]testbed.Join, 0, 100)
	for i := range 75 {
		joins = append(joins, testbed.Join{Group: netip.AddrFrom4([4]byte{239, 1, 0, byte(i)})})
	}
	for i := range 25 { // past Linux's limit of 10 sources
		joins = append(joins, testbed.Join{Group: group, Source: netip.AddrFrom4([4]byte{10, 99, 1, byte(i)})})
	}
	for _, j := range joins {
		require.NoError(t, p.b.Join(ctx, j), "%v", j)
	}
	for _, j := range joins {
		require.NoError(t, p.b.Leave(ctx, j), "%v", j)
	}
}

func TestPing(t *testing.T) {
	p, ctx := newPair(t), t.Context()
	n, err := p.a.Ping(ctx, addrB, 5)
	require.NoError(t, err)
	assert.Equal(t, 5, n)

	n, err = p.a.Ping(ctx, netip.MustParseAddr("10.99.0.200"), 1)
	require.NoError(t, err)
	assert.Zero(t, n)
}

func TestConcurrentRequests(t *testing.T) {
	p, ctx := newPair(t), t.Context()
	start := time.Now()
	var calls sync.WaitGroup
	for range 50 {
		calls.Go(func() {
			_, _, err := p.a.Receptions(ctx)
			assert.NoError(t, err)
		})
		calls.Go(func() {
			_, err := p.a.Sent(ctx)
			assert.NoError(t, err)
		})
	}
	calls.Wait()
	assert.Less(t, time.Since(start), 50*ringSettle, "one waits for the other")
}

func TestRefusals(t *testing.T) {
	p, ctx := newPair(t), t.Context()
	good := testbed.Stream{ID: 1, Group: group, Port: 5004, Rate: 10, Size: 24}
	for name, change := range map[string]func(*testbed.Stream){
		"no multicast group": func(s *testbed.Stream) { s.Group = addrB },
		"port":               func(s *testbed.Stream) { s.Port = 0 },
		"rate":               func(s *testbed.Stream) { s.Rate = 0 },
		"size":               func(s *testbed.Stream) { s.Size = 23 },
	} {
		s := good
		change(&s)
		assert.ErrorContains(t, p.a.Send(ctx, s), name)
	}
	require.NoError(t, p.a.Send(ctx, good))
	assert.ErrorContains(t, p.a.Send(ctx, good), "runs already")
	_, err := p.a.StopSend(ctx, 2)
	assert.ErrorContains(t, err, "does not run")
	assert.ErrorContains(t, p.a.Join(ctx, testbed.Join{Group: addrA}), "not a multicast group")
	assert.ErrorContains(t, p.a.SetIGMPVersion(ctx, 4), "not 1, 2 or 3")
	assert.NoError(t, p.a.SetIGMPVersion(ctx, 2))
	_, err = p.a.call(ctx, Request{Op: "dance"})
	assert.ErrorContains(t, err, `"dance" is unknown`)
	_, err = p.a.call(ctx, Request{Op: OpJoin})
	assert.ErrorContains(t, err, "lacks its argument")
}

func TestQuitEndsTheAgent(t *testing.T) {
	p, ctx := newPair(t), t.Context()
	_, err := p.a.call(ctx, Request{Op: OpQuit})
	require.NoError(t, err)
	select {
	case <-p.a.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("the agent goes on")
	}
	assert.ErrorIs(t, p.a.Reset(ctx), ErrAgentGone)
}
