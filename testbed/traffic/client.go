package traffic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"

	"crosspoint/testbed"
)

// ErrAgentGone is in the error of every call after the agent ended or broke off.
var ErrAgentGone = errors.New("the traffic agent has ended")

// AgentClient has an agent on the other side of a pipe do things. Its methods can be called from many goroutines.
type AgentClient struct {
	in   io.WriteCloser
	done chan struct{} // closed when the answers have ended

	// mu is between callers and the reader of answers.
	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan<- Answer
	err     error // why the answers ended

	write sync.Mutex // so that lines of requests do not mix
}

// NewAgentClient writes requests to in and reads answers from out until out ends.
func NewAgentClient(in io.WriteCloser, out io.Reader) *AgentClient {
	c := &AgentClient{in: in, done: make(chan struct{}), waiting: map[uint64]chan<- Answer{}}
	go c.readAnswers(out)
	return c
}

func (c *AgentClient) readAnswers(out io.Reader) {
	defer close(c.done)
	scanner := lines(out, maxAnswer)
	err := ErrAgentGone
	for scanner.Scan() {
		var a Answer
		if broken := json.Unmarshal(scanner.Bytes(), &a); broken != nil {
			err = fmt.Errorf("%w: its answer cannot be read: %w", ErrAgentGone, broken)
			break
		}
		c.mu.Lock()
		if reply := c.waiting[a.ID]; reply != nil {
			reply <- a // has room for one
			delete(c.waiting, a.ID)
		}
		c.mu.Unlock()
	}
	if broken := scanner.Err(); broken != nil {
		err = fmt.Errorf("%w: %w", ErrAgentGone, broken)
	}
	c.mu.Lock()
	c.err = err
	c.mu.Unlock()
}

// call sends a request and waits for its answer. When ctx ends first, the agent may still have done it.
func (c *AgentClient) call(ctx context.Context, r Request) (Answer, error) {
	reply := make(chan Answer, 1)
	c.mu.Lock()
	c.last++
	r.ID = c.last
	c.waiting[r.ID] = reply
	c.mu.Unlock()
	defer c.forget(r.ID)

	c.write.Lock()
	err := writeLine(c.in, r)
	c.write.Unlock()
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w: %w", r.Op, ErrAgentGone, err)
	}
	select {
	case a := <-reply:
		return a, answerError(a)
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("%s: wait for answer: %w", r.Op, ctx.Err())
	case <-c.done:
		return c.lastWord(r.Op, reply)
	}
}

// lastWord is the answer that came just before the end, or why there will be none.
func (c *AgentClient) lastWord(op Op, reply <-chan Answer) (Answer, error) {
	select {
	case a := <-reply:
		return a, answerError(a)
	default:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return Answer{}, fmt.Errorf("%s: %w", op, c.err)
}

func answerError(a Answer) error {
	if a.Error == "" {
		return nil
	}
	return errors.New(a.Error)
}

func (c *AgentClient) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// Send starts a stream. Started again after StopSend, its sequence numbers go on.
func (c *AgentClient) Send(ctx context.Context, s testbed.Stream) error {
	_, err := c.call(ctx, Request{Op: OpSend, Stream: &s})
	return err
}

// StopSend ends a stream and returns how many packets left since Send.
func (c *AgentClient) StopSend(ctx context.Context, stream uint32) (sent uint64, err error) {
	a, err := c.call(ctx, Request{Op: OpStopSend, StreamID: stream})
	return a.Sent, err
}

// Sent tells how many packets each running stream has sent.
func (c *AgentClient) Sent(ctx context.Context) (map[uint32]uint64, error) {
	a, err := c.call(ctx, Request{Op: OpSent})
	return a.Running, err
}

// SendTiming tells how promptly the packets of a running stream leave the host.
func (c *AgentClient) SendTiming(ctx context.Context, stream uint32) (SendTiming, error) {
	a, err := c.call(ctx, Request{Op: OpSendTiming, StreamID: stream})
	return a.Timing, err
}

// Join joins a group.
func (c *AgentClient) Join(ctx context.Context, j testbed.Join) error {
	_, err := c.call(ctx, Request{Op: OpJoin, Join: &j})
	return err
}

// Leave undoes a Join.
func (c *AgentClient) Leave(ctx context.Context, j testbed.Join) error {
	_, err := c.call(ctx, Request{Op: OpLeave, Join: &j})
	return err
}

// Receptions tells what arrived since the last Reset, without Host, and how many packets the agent's own sockets dropped.
func (c *AgentClient) Receptions(ctx context.Context) (rs []testbed.Reception, dropped uint64, err error) {
	a, err := c.call(ctx, Request{Op: OpReceptions})
	return a.Receptions, a.Dropped, err
}

// Reset sets all counters of receptions to zero.
func (c *AgentClient) Reset(ctx context.Context) error {
	_, err := c.call(ctx, Request{Op: OpReset})
	return err
}

// Ping has the host send echo requests and tells how many were answered.
func (c *AgentClient) Ping(ctx context.Context, to netip.Addr, count int) (answered int, err error) {
	a, err := c.call(ctx, Request{Op: OpPing, Ping: &PingRequest{To: to, Count: count}})
	return a.Answered, err
}

// Probe times joins and leaves of the host.
func (c *AgentClient) Probe(ctx context.Context, r ProbeRequest) (Probed, error) {
	a, err := c.call(ctx, Request{Op: OpProbe, Probe: &r})
	return a.Probed, err
}

// Flood has the host flood reports and tells how many left.
func (c *AgentClient) Flood(ctx context.Context, r FloodRequest) (sent uint64, err error) {
	a, err := c.call(ctx, Request{Op: OpFlood, Flood: &r})
	return a.Sent, err
}

// SetIGMPVersion has the host speak IGMP version 1, 2 or 3 from now on.
func (c *AgentClient) SetIGMPVersion(ctx context.Context, version int) error {
	_, err := c.call(ctx, Request{Op: OpSetIGMPVersion, Version: version})
	return err
}

// Done is closed when the agent has ended.
func (c *AgentClient) Done() <-chan struct{} { return c.done }

// Close ends the requests, which ends the agent. Done says when it has.
func (c *AgentClient) Close() error { return c.in.Close() }
