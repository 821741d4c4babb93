package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/google/pprof/profile"
)

// profiled is a contender whose processor time can be looked into.
type profiled interface {
	// profileSocket is where it gives profiles; "" when it was not told to.
	profileSocket() string
}

// observe notes what a contender's process takes while something is done, and where its processor time goes when that was asked for.
func (s *Stand) observe(ctx context.Context, c contender, do func() error) error {
	usage := watch(c.pid())
	profile := func() (*profile.Profile, error) { return nil, nil }
	if p, ok := c.(profiled); ok && p.profileSocket() != "" {
		profile = takeProfile(ctx, p.profileSocket())
	}
	err := do()
	if u := usage(); c.pid() != 0 {
		s.Book.addUsage(s.now.Name, c.name(), u)
	}
	switch p, profileErr := profile(); {
	case profileErr != nil:
		s.say("        %-12s no profile: %v", s.now.Name, profileErr)
	case p != nil:
		s.profiles[s.now.Name] = append(s.profiles[s.now.Name], p)
	}
	return err
}

// takeProfile profiles a controller until the function that it gives is called, which gives the profile.
func takeProfile(ctx context.Context, socket string) func() (*profile.Profile, error) {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		},
	}}
	type result struct {
		profile *profile.Profile
		err     error
	}
	done := make(chan result, 1)
	body, end := io.Pipe()
	go func() {
		p, err := postProfile(ctx, client, body)
		_ = body.CloseWithError(io.ErrClosedPipe) // so that nobody waits to write to it
		done <- result{p, err}
	}()
	_, _ = end.Write([]byte{0}) // the request is under way when this is read; when it fails, the answer says why
	return func() (*profile.Profile, error) {
		_ = end.Close()
		r := <-done
		return r.profile, r.err
	}
}

func postProfile(ctx context.Context, client *http.Client, body io.Reader) (*profile.Profile, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://controller/cpu", body)
	if err != nil {
		return nil, fmt.Errorf("take profile: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("take profile: %w", err)
	}
	answer, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("take profile: answered %s: %.100s %w", resp.Status, answer, err)
	}
	return profile.Parse(bytes.NewReader(answer))
}
