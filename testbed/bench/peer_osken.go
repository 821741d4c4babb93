package bench

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"crosspoint/testbed/ovs"
)

// The applications: IGMP by os-ken's library, and a learning switch.
var (
	//go:embed osken_igmp.py
	oskenIGMP []byte
	//go:embed osken_switch.py
	oskenSwitch []byte
)

// osken is os-ken's manager with an application.
type osken struct {
	folder string
	app    []byte // one of the two
	cmd    *exec.Cmd
	ended  chan struct{}
}

func (c *osken) name() string { return OSKen }

func (c *osken) version() (string, error) { return output("osken-manager", "--version") }

func (c *osken) pid() int {
	if c.cmd == nil {
		return 0
	}
	return c.cmd.Process.Pid
}

func (c *osken) start(ctx context.Context, _ job) (string, error) {
	app := filepath.Join(c.folder, "osken_app.py")
	if err := os.WriteFile(app, c.app, 0o600); err != nil {
		return "", fmt.Errorf("write application: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return "", err
	}
	_, port, _ := strings.Cut(addr, ":")
	c.cmd = exec.Command("osken-manager", "--ofp-listen-host", "127.0.0.1", "--ofp-tcp-listen-port", port, app)
	c.cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	// Out of the reach of Ctrl-C in a terminal, and it must not outlive the stand.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := c.cmd.Start(); err != nil {
		c.cmd = nil
		return "", fmt.Errorf("start os-ken: %w", err)
	}
	c.ended = make(chan struct{})
	go func() { defer close(c.ended); _ = c.cmd.Wait() }()
	return addr, until(ctx, "os-ken to listen", func() (bool, error) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return false, err
		}
		return true, conn.Close()
	})
}

func (c *osken) prepare(ctx context.Context, _ *ovs.Fabric) error {
	settle(ctx, time.Second) // it does not tell when a switch is ready
	return ctx.Err()
}

func (c *osken) stop() error {
	if c.cmd == nil {
		return nil
	}
	late := time.AfterFunc(5*time.Second, func() { _ = c.cmd.Process.Kill() })
	defer late.Stop()
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it fails only when the process has ended
	<-c.ended
	return nil
}
