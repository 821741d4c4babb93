package scenario

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"crosspoint/northbound/ops"
)

const (
	// startPatience is how long a controller may take until its APIs answer.
	startPatience = 10 * time.Second
	// stopPatience is how long it may take to end when it is asked to.
	stopPatience = 5 * time.Second
)

var _ Controller = (*Process)(nil)

// ProcessOptions say how a controller is run.
type ProcessOptions struct {
	// Program is the crosspoint binary.
	Program string
	// Folder is where its store and log go.
	Folder string
	// OpenFlow and HTTP are where it listens, as host and port. Port 0 picks one that is free.
	OpenFlow, HTTP string
	// Dial names switches that listen, as host and port.
	Dial []string
	// Args are further arguments of serve.
	Args []string
}

// Process is "crosspoint serve" as a process of its own, so that it can be killed. Its store and its log live on when it is started again.
type Process struct {
	opts  ProcessOptions
	child *child // nil while it does not run
}

// child is one run of the program.
type child struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it was waited for; then err is set
	err   error
}

// NewProcess prepares a controller; Start starts it.
func NewProcess(o ProcessOptions) (*Process, error) {
	for _, addr := range []*string{&o.OpenFlow, &o.HTTP} {
		var err error
		if *addr, err = freePort(*addr); err != nil {
			return nil, err
		}
	}
	return &Process{opts: o}, nil
}

// freePort puts a port that nobody listens on in place of 0. It is free until somebody else takes it.
func freePort(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || port != "0" {
		return addr, err
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// API is where its HTTP APIs are.
func (p *Process) API() string { return "http://" + p.opts.HTTP }

// OpenFlow is where switches connect.
func (p *Process) OpenFlow() string { return p.opts.OpenFlow }

// LogFile is where its log goes.
func (p *Process) LogFile() string { return filepath.Join(p.opts.Folder, "serve.log") }

// Log gives what it has logged so far.
func (p *Process) Log() (string, error) {
	b, err := os.ReadFile(p.LogFile())
	return string(b), err
}

// Start starts it and waits until it answers.
func (p *Process) Start(ctx context.Context) error {
	if p.child != nil {
		return errors.New("start controller: it runs already")
	}
	log, err := os.OpenFile(p.LogFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start controller: %w", err)
	}
	defer func() { _ = log.Close() }() // the child has a copy
	c := &child{cmd: exec.Command(p.opts.Program, p.args()...), ended: make(chan struct{})}
	c.cmd.Stderr, c.cmd.Stdout = log, log
	// A group of its own, so that Ctrl-C in a terminal ends it only after the fabric; and it must not outlive whoever started it.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := c.cmd.Start(); err != nil {
		return fmt.Errorf("start controller: %w", err)
	}
	go func() {
		defer close(c.ended)
		c.err = c.cmd.Wait()
	}()
	p.child = c
	if err := p.answers(ctx); err != nil {
		return errors.Join(fmt.Errorf("start controller: %w", err), p.Kill())
	}
	return nil
}

func (p *Process) args() []string {
	args := []string{
		"serve", "--openflow", p.opts.OpenFlow, "--http", p.opts.HTTP, "--store", filepath.Join(p.opts.Folder, "crosspoint.db"),
	}
	for _, d := range p.opts.Dial {
		args = append(args, "--dial", d)
	}
	return append(args, p.opts.Args...)
}

// answers waits until the read API answers, or the program has ended.
func (p *Process) answers(ctx context.Context) error {
	client := ops.Client{Base: p.API(), HTTP: &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}}
	gone := false
	err := poll(ctx, startPatience, func() error {
		select {
		case <-p.child.ended:
			gone = true
			return nil
		default:
			_, err := client.Health(ctx)
			return err
		}
	})
	if gone {
		log, _ := p.Log()
		lines := strings.Split(strings.TrimSpace(log), "\n")
		return fmt.Errorf("it ended at once (%w): %s", p.child.err, lines[len(lines)-1])
	}
	return err
}

// Kill ends it at once.
func (p *Process) Kill() error { return p.end(syscall.SIGKILL) }

// Stop asks it to end, and kills it when it does not.
func (p *Process) Stop() error {
	if p.child == nil {
		return nil
	}
	late := time.AfterFunc(stopPatience, func() { _ = p.child.cmd.Process.Kill() })
	defer late.Stop()
	c := p.child
	if err := p.end(syscall.SIGTERM); err != nil {
		return err
	}
	if c.err != nil {
		return fmt.Errorf("stop controller: it ended with %w", c.err)
	}
	return nil
}

// end sends a signal and waits for the end.
func (p *Process) end(s syscall.Signal) error {
	c := p.child
	if c == nil {
		return errors.New("the controller does not run")
	}
	// It fails only when the program has ended by itself, which shows in the log.
	_ = c.cmd.Process.Signal(s)
	<-c.ended
	p.child = nil
	return nil
}

// PID is its process, or 0 while it does not run.
func (p *Process) PID() int {
	if p.child == nil {
		return 0
	}
	return p.child.cmd.Process.Pid
}
