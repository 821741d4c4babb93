package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/pprof"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// longestProfile bounds how long a CPU profile may take.
const longestProfile = 2 * time.Minute

// profileOptions say where profiles of the controller can be had.
type profileOptions struct{ socket string }

func (o *profileOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.socket, "profile-socket", "",
		"Unix socket, for its owner alone, where CPU profiles can be taken: POST /cpu, for as long as the request's body lasts; \"\" for none")
}

// serve answers until ctx ends. Without a socket it does nothing.
func (o *profileOptions) serve(ctx context.Context) error {
	if o.socket == "" {
		return nil
	}
	if info, err := os.Stat(o.socket); err == nil && info.Mode().Type() == os.ModeSocket && !answers(o.socket) {
		_ = os.Remove(o.socket) // of a controller that was killed; when it stays, Listen says so
	}
	l, err := net.Listen("unix", o.socket)
	if err != nil {
		return fmt.Errorf("open --profile-socket: %w", err)
	}
	if err := os.Chmod(o.socket, 0o600); err != nil {
		return errors.Join(fmt.Errorf("open --profile-socket: %w", err), l.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /cpu", profileCPU)
	server := &http.Server{Handler: mux, ReadTimeout: longestProfile, MaxHeaderBytes: 16 << 10}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve --profile-socket: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		return server.Close()
	})
	return g.Wait()
}

// answers tells whether somebody listens at a Unix socket.
func answers(socket string) bool {
	c, err := net.Dial("unix", socket)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// profileCPU profiles until the request's body ends, or the server takes it to last too long, and answers with the profile, as "go tool pprof" reads it.
func profileCPU(w http.ResponseWriter, r *http.Request) {
	var profile bytes.Buffer
	if err := pprof.StartCPUProfile(&profile); err != nil {
		http.Error(w, "a profile is being taken already: wait for its end", http.StatusConflict)
		return
	}
	_, err := io.Copy(io.Discard, r.Body)
	pprof.StopCPUProfile()
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return // whoever asked is gone
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(profile.Bytes()) // it fails when whoever asked is gone
}
