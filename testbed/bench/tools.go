package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"crosspoint/testbed"
	"crosspoint/testbed/traffic"
)

// toolWorkloads have the measuring tools measure themselves, before anything else.
func toolWorkloads() []Workload {
	return []Workload{{
		Name: "tools", About: "the sender and the receiver on a plain veth, 10,000 packets/s: they must lose nothing themselves",
		Series: []string{"tools.lost", "tools.disorder", "tools.delay", "tools.delay.p999", "tools.gap", "tools.send"}, Run: runTools,
	}}
}

// toolRounds is how many seconds a quick run gives the tools.
const toolRounds = 3

func toolRows() []Row {
	return []Row{
		{Name: "tools.lost", Title: "packets that the tools lose by themselves, veth, 10,000 packets/s for 3 s", Unit: "packets", Series: "tools.lost", Stat: Sum, Target: atMost(0)},
		{Name: "tools.disorder", Title: "packets that the tools double or reorder by themselves", Unit: "packets", Series: "tools.disorder", Stat: Sum, Target: atMost(0)},
		{Name: "tools.delay", Title: "delay that the tools see on a veth, slowest 1 %", Unit: "ms", Series: "tools.delay"},
		{Name: "tools.delay.p999", Title: "the same, slowest 0.1 %", Unit: "ms", Series: "tools.delay.p999"},
		{Name: "tools.send", Title: "from a packet's stamp to its departure, by the kernel's clock, slowest 1 %", Unit: "ms", Series: "tools.send"},
		{Name: "tools.gap", Title: "time between two packets (0.1 ms are meant) that the tools see on a veth, slowest 1 %", Unit: "ms", Series: "tools.gap"},
	}
}

// namespace is a network namespace with an agent in it.
type namespace struct {
	holder *exec.Cmd
	agent  *exec.Cmd
	client *traffic.AgentClient
}

func (n *namespace) pid() string { return strconv.Itoa(n.holder.Process.Pid) }

// newNamespace starts a process in a network namespace of its own, which the kernel removes with it.
func newNamespace() (*namespace, error) {
	n := &namespace{holder: exec.Command("sleep", "infinity")}
	n.holder.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := n.holder.Start(); err != nil {
		return nil, fmt.Errorf("make a network namespace (needs root): %w", err)
	}
	return n, nil
}

// startAgent gives the end of the veth an address and starts an agent on it.
func (n *namespace) startAgent(ctx context.Context, command []string, addr netip.Addr) error {
	set := "ethtool -K xp0 tx off >/dev/null && ip addr add " + addr.String() + "/24 dev xp0 && ip link set xp0 up && ip route add 224.0.0.0/4 dev xp0"
	if out, err := exec.CommandContext(ctx, "nsenter", "-t", n.pid(), "-n", "sh", "-c", set).CombinedOutput(); err != nil {
		return fmt.Errorf("set up a veth: %w: %s", err, out)
	}
	n.agent = exec.Command("nsenter", append(append([]string{"-t", n.pid(), "-n"}, command...), "xp0")...)
	n.agent.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	n.agent.Stderr = os.Stderr
	in, err := n.agent.StdinPipe()
	if err != nil {
		return err
	}
	var out io.Reader
	if out, err = n.agent.StdoutPipe(); err != nil {
		return err
	}
	if err := n.agent.Start(); err != nil {
		n.agent = nil
		return fmt.Errorf("start agent: %w", err)
	}
	n.client = traffic.NewAgentClient(in, out)
	return n.client.Reset(ctx)
}

func (n *namespace) close() {
	if n.client != nil {
		_ = n.client.Close()
		<-n.client.Done()
	}
	if n.agent != nil {
		_ = n.agent.Wait() // what it had to say is on standard error
	}
	_ = n.holder.Process.Kill()
	_ = n.holder.Wait()
}

func runTools(ctx context.Context, s *Stand) error {
	a, err := newNamespace()
	if err != nil {
		return err
	}
	defer a.close()
	b, err := newNamespace()
	if err != nil {
		return err
	}
	defer b.close()
	link := []string{"-t", a.pid(), "-n", "ip", "link", "add", "xp0", "type", "veth", "peer", "name", "xp0", "netns", b.pid()}
	if out, err := exec.CommandContext(ctx, "nsenter", link...).CombinedOutput(); err != nil {
		return fmt.Errorf("make a veth: %w: %s", err, out)
	}
	for i, n := range []*namespace{a, b} {
		if err := n.startAgent(ctx, s.Agent, netip.AddrFrom4([4]byte{10, 99, 0, byte(i + 1)})); err != nil {
			return err
		}
	}
	for range s.rounds(toolRounds) {
		if err := s.toolsOnce(ctx, a.client, b.client); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stand) toolsOnce(ctx context.Context, from, to *traffic.AgentClient) error {
	if err := to.Reset(ctx); err != nil {
		return err
	}
	if err := from.Send(ctx, testbed.Stream{ID: 1, Group: groupAt(0), Port: streamPort, Rate: streamRate, Size: streamSize}); err != nil {
		return err
	}
	settle(ctx, time.Second)
	timing, err := from.SendTiming(ctx, 1)
	if err != nil {
		return err
	}
	sent, err := from.StopSend(ctx, 1)
	if err != nil {
		return err
	}
	settle(ctx, 100*time.Millisecond)
	receptions, dropped, err := to.Receptions(ctx)
	if err != nil {
		return err
	}
	if len(receptions) != 1 {
		return errors.New("nothing arrived over a veth")
	}
	r := receptions[0]
	if sent < streamRate*9/10 {
		return fmt.Errorf("the sender got %d packets out in a second, not %d: no figure of this run can be trusted", sent, streamRate)
	}
	lost := float64(sent) - float64(r.Received)
	if lost != 0 || dropped != 0 {
		s.say("        %-12s THE TOOLS LOSE PACKETS THEMSELVES: %v of %d, %d by their own sockets", s.now.Name, lost, sent, dropped)
	}
	s.Book.Add("tools.lost", Crosspoint, lost)
	s.Book.Add("tools.disorder", Crosspoint, float64(r.Duplicated+r.Reordered))
	for series, d := range map[string]time.Duration{
		"tools.delay": r.DelayP99, "tools.delay.p999": r.DelayP999, "tools.gap": r.GapP99, "tools.send": timing.P99,
	} {
		s.Book.Add(series, Crosspoint, float64(d)/float64(time.Millisecond))
	}
	return nil
}
