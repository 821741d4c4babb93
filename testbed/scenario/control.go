package scenario

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// Controller is the controller that a plan runs against, and that it can kill.
type Controller interface {
	// API is where its HTTP APIs are, such as "http://127.0.0.1:8080".
	API() string
	// OpenFlow is where switches connect, as host and port.
	OpenFlow() string
	// Log gives what it has logged so far.
	Log() (string, error)
	// Start starts it and returns when its APIs answer.
	Start(ctx context.Context) error
	// Kill ends it without a chance to say or write a thing (SIGKILL), and returns when it is gone.
	Kill() error
}

// controllerVerb kills the controller, or starts it again.
type controllerVerb struct{ start bool }

func (v controllerVerb) run(ctx context.Context, r *Runner) error {
	if v.start {
		return r.controller.Start(ctx)
	}
	return r.controller.Kill()
}

// garbageVerb says something to the OpenFlow port that no switch says. The connection must be closed and logged once, with where it came
// from, and the switches must not notice.
type garbageVerb struct {
	text   string
	within time.Duration
}

func parseGarbage(w *words) verb {
	v := garbageVerb{text: w.take("what to say")}
	if !w.at("closed") {
		w.fail("\"closed\" is missing")
	}
	v.within = w.within()
	return v
}

func (v garbageVerb) run(ctx context.Context, r *Runner) error {
	before, err := r.sessions(ctx)
	if err != nil {
		return err
	}
	from, err := v.say(ctx, r.controller.OpenFlow())
	if err != nil {
		return err
	}
	err = poll(ctx, patience, func() error { return loggedOnce(r.controller, from) })
	if err != nil {
		return err
	}
	after, err := r.sessions(ctx)
	if err == nil && before != after {
		err = fmt.Errorf("switches noticed; their connections were %s, and are %s", before, after)
	}
	return err
}

// say sends the text and waits for the end of the connection. It returns the address that it spoke from.
func (v garbageVerb) say(ctx context.Context, to string) (from string, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", to)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(v.within)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, v.text); err != nil {
		return "", err
	}
	_, err = io.Copy(io.Discard, conn)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "", fmt.Errorf("the connection was still open after %v", v.within)
	case err != nil && !errors.Is(err, syscall.ECONNRESET):
		return "", err
	}
	return conn.LocalAddr().String(), nil
}

func loggedOnce(c Controller, peer string) error {
	log, err := c.Log()
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(log) {
		if strings.Contains(line, peer) {
			n++
		}
	}
	if n != 1 {
		return fmt.Errorf("the log has %d lines with the peer's address %s, not one", n, peer)
	}
	return nil
}

// sessions tells each switch's connection and since when it stands.
func (r *Runner) sessions(ctx context.Context) (string, error) {
	list, err := r.ops.Switches(ctx, noFilter)
	if err != nil {
		return "", err
	}
	var all []string
	for _, sw := range list.Items {
		all = append(all, fmt.Sprintf("%s %t since %v", sw.Name, sw.Connected, sw.Since.Format(time.RFC3339Nano)))
	}
	return strings.Join(all, ", "), nil
}
