package bench

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// machine is a computer of its own as far as a peer's programs can see: its own network, processes, and folders in place of the system's.
// The kernel ends and removes all that is in it with the process that holds it, and that dies with the stand.
type machine struct{ holder *exec.Cmd }

// newMachine makes a machine in which some folders are empty, and what is written to them is nowhere on disk. They belong to a user.
func newMachine(ctx context.Context, user string, folders ...string) (*machine, error) {
	var script strings.Builder
	script.WriteString("mount --make-rprivate / && mount -t proc proc /proc")
	for _, f := range folders {
		fmt.Fprintf(&script, " && mkdir -p %[2]s && mount -t tmpfs -o mode=755 crosspoint-bench %[2]s && chown %[1]s %[2]s", user, f)
	}
	script.WriteString(" && ip link set lo up && echo ready && exec sleep infinity")
	m := &machine{holder: exec.Command("sh", "-c", script.String())}
	m.holder.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID, Setpgid: true, Pdeathsig: syscall.SIGKILL,
	}
	said, err := m.holder.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := m.holder.Start(); err != nil {
		return nil, fmt.Errorf("make a machine of namespaces (needs root): %w", err)
	}
	end := context.AfterFunc(ctx, func() { _ = m.holder.Process.Kill() })
	defer end()
	ready := make([]byte, len("ready"))
	if n, err := said.Read(ready); err != nil || string(ready[:n]) != "ready" {
		m.close()
		return nil, fmt.Errorf("make a machine of namespaces: its folders or its network cannot be set up: %q, %v", ready[:n], err)
	}
	return m, nil
}

// pid names the machine to ip(8).
func (m *machine) pid() string { return strconv.Itoa(m.holder.Process.Pid) }

// run has a shell in the machine run a script, which ends at the first command that fails, and gives what it prints.
func (m *machine) run(ctx context.Context, script string) (string, error) {
	return m.feed(ctx, script, "")
}

// write makes a file in one of the machine's folders.
func (m *machine) write(ctx context.Context, path, text string) error {
	_, err := m.feed(ctx, "cat >"+path, text)
	return err
}

// feed is run with something to read for the script.
func (m *machine) feed(ctx context.Context, script, input string) (string, error) {
	cmd := exec.CommandContext(ctx, "nsenter", "-t", m.pid(), "-n", "-m", "-p", "sh", "-e", "-c", script)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %.600s", err, out)
	}
	return string(out), nil
}

// close ends everything in the machine, and with it the links that lead to it.
func (m *machine) close() {
	_ = m.holder.Process.Kill()
	_ = m.holder.Wait() // it was killed
}

// connect joins two namespaces, each named by a process in it, by a virtual cable.
func connect(ctx context.Context, pid, port, toPID, toPort string) error {
	link := []string{"-t", pid, "-n", "ip", "link", "add", port, "type", "veth", "peer", "name", toPort, "netns", toPID}
	if out, err := exec.CommandContext(ctx, "nsenter", link...).CombinedOutput(); err != nil {
		return fmt.Errorf("connect %s to %s: %w: %s", port, toPort, err, out)
	}
	return nil
}
