package ops

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"crosspoint/northbound"
)

// maxAnswer bounds what the client reads of one answer, in bytes.
const maxAnswer = 256 << 20

// Client uses the API of a running controller. An answer that is an error comes back as *[northbound.Problem]; a controller that cannot be reached
// as the *[url.Error] of the transport; something else at that address as *[NotAPIError].
type Client struct {
	Base string       // "http://127.0.0.1:8080", without Prefix
	HTTP *http.Client // nil for http.DefaultClient
}

// Filter narrows a list. The zero value takes everything.
type Filter struct {
	Switch string // name or id; "" for all
	Flow   string // id, a start of it, or label; "" for all
	Rates  bool   // measure too what ports take in and send: only for Ports and Links
}

// NotAPIError says that whoever answered does not speak this API.
type NotAPIError struct {
	URL    string
	Status string // of HTTP
	Err    error  // why the body could not be read
}

// Error says where and what.
func (e *NotAPIError) Error() string {
	return fmt.Sprintf("the answer from %s (%s) is not Crosspoint's: %v", e.URL, e.Status, e.Err)
}

// Unwrap gives the cause.
func (e *NotAPIError) Unwrap() error { return e.Err }

// Switches lists the switches.
func (c Client) Switches(ctx context.Context, f Filter) (*List[Switch], error) {
	return get[List[Switch]](ctx, c, "switches", f.query())
}

// Switch gives one switch, by name or id.
func (c Client) Switch(ctx context.Context, name string) (*Switch, error) {
	return get[Switch](ctx, c, SwitchPath(name), nil)
}

// Tables gives one side of a switch's tables, or their difference. Of the filter only Flow counts.
func (c Client) Tables(ctx context.Context, sw string, side Side, f Filter) (*Tables, error) {
	q := f.query()
	q.Set(paramSide, string(side))
	return get[Tables](ctx, c, SwitchPath(sw)+"/tables", q)
}

// Ports lists the ports. Of the filter only Switch and Rates may be set.
func (c Client) Ports(ctx context.Context, f Filter) (*List[Port], error) {
	return get[List[Port]](ctx, c, "ports", f.query())
}

// Links lists the links, each direction by itself.
func (c Client) Links(ctx context.Context, f Filter) (*List[Link], error) {
	return get[List[Link]](ctx, c, "links", f.query())
}

// Hosts lists the hosts.
func (c Client) Hosts(ctx context.Context, f Filter) (*List[Host], error) {
	return get[List[Host]](ctx, c, "hosts", f.query())
}

// Endpoints lists the endpoints.
func (c Client) Endpoints(ctx context.Context, f Filter) (*List[Endpoint], error) {
	return get[List[Endpoint]](ctx, c, "endpoints", f.query())
}

// Flows lists the flows.
func (c Client) Flows(ctx context.Context, f Filter) (*List[Flow], error) {
	return get[List[Flow]](ctx, c, "flows", f.query())
}

// Flow gives one flow, by id, a start of it, or label.
func (c Client) Flow(ctx context.Context, name string) (*Flow, error) {
	return get[Flow](ctx, c, FlowPath(name), nil)
}

// Memberships lists the memberships.
func (c Client) Memberships(ctx context.Context, f Filter) (*List[Membership], error) {
	return get[List[Membership]](ctx, c, "memberships", f.query())
}

// Denials lists the denials, newest first.
func (c Client) Denials(ctx context.Context, f Filter) (*List[Denial], error) {
	return get[List[Denial]](ctx, c, "denials", f.query())
}

// Sessions lists the OpenFlow sessions that are open. Of the filter only Switch may be set.
func (c Client) Sessions(ctx context.Context, f Filter) (*List[Session], error) {
	return get[List[Session]](ctx, c, "sessions", f.query())
}

// Counters gives the counters.
func (c Client) Counters(ctx context.Context) (*Counters, error) {
	return get[Counters](ctx, c, "counters", nil)
}

// Version tells what the controller is.
func (c Client) Version(ctx context.Context) (*Version, error) {
	return get[Version](ctx, c, "version", nil)
}

// Health tells how the controller is.
func (c Client) Health(ctx context.Context) (*Health, error) {
	return get[Health](ctx, c, "health", nil)
}

// SwitchPath is the resource of one switch, below Prefix.
func SwitchPath(name string) string { return "switches/" + url.PathEscape(name) }

// FlowPath is the resource of one flow, below Prefix.
func FlowPath(name string) string { return "flows/" + url.PathEscape(name) }

// FlowStatusPath is the status of one flow, below Prefix.
func FlowStatusPath(name string) string {
	return "network-flows/" + url.PathEscape(name) + "/status"
}

func (f Filter) query() url.Values {
	q := url.Values{}
	if f.Switch != "" {
		q.Set(paramSwitch, f.Switch)
	}
	if f.Flow != "" {
		q.Set(paramFlow, f.Flow)
	}
	if f.Rates {
		q.Set(paramRates, "true")
	}
	return q
}

func get[T any](ctx context.Context, c Client, resource string, q url.Values) (*T, error) {
	return call[T](ctx, c, http.MethodGet, resource, q, nil)
}

// call makes one request; body is nil for none. What has no answer gives the zero value.
func call[T any](ctx context.Context, c Client, method, resource string, q url.Values, body any) (*T, error) {
	at := strings.TrimSuffix(c.Base, "/") + Prefix + "/" + resource
	if len(q) > 0 {
		at += "?" + q.Encode()
	}
	resp, err := c.send(ctx, method, at, body)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return read[T](resp, at)
}

func (c Client) send(ctx context.Context, method, at string, body any) (*http.Response, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = northbound.Encode(body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, at, bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Accept", "application/json, application/octet-stream")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	return client.Do(req)
}

func read[T any](resp *http.Response, at string) (*T, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer from %s: %w", at, err)
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("read the answer from %s: more than %d bytes", at, maxAnswer)
	}
	if resp.StatusCode == http.StatusNoContent {
		return new(T), nil
	}
	if resp.StatusCode != http.StatusOK {
		var failure northbound.Problem
		if err := json.Unmarshal(body, &failure); err != nil || failure.Code != resp.StatusCode {
			return nil, &NotAPIError{URL: at, Status: resp.Status, Err: fmt.Errorf("no error text of ours")}
		}
		return nil, &failure
	}
	answer := new(T)
	if err := json.Unmarshal(body, answer); err != nil {
		return nil, &NotAPIError{URL: at, Status: resp.Status, Err: err}
	}
	return answer, nil
}
