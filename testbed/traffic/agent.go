package traffic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// maxConcurrent is how many slow requests an agent works on at a time; further ones hold up those behind them.
const maxConcurrent = 16

// RunAgent obeys the requests on in and answers on out until in ends, a quit, or ctx is done; then it stops all streams and leaves
// all groups. It measures and joins on iface, and needs root. An error says why it could not start or had to stop; the end of in is none.
// When ctx ends it, one goroutine is left reading in, until in ends or has another line.
func RunAgent(ctx context.Context, in io.Reader, out io.Writer, iface string) error {
	a, err := newAgent(iface, out)
	if err != nil {
		return fmt.Errorf("run agent: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	requests := make(chan Request)
	failed := make(chan error, 1)
	go func() { failed <- readRequests(ctx, in, requests) }()
	err = a.serve(ctx, requests, failed)
	cancel()
	a.slow.Wait()
	return errors.Join(err, a.close())
}

// readRequests ends with in, or when nobody takes requests any more and another one came.
func readRequests(ctx context.Context, in io.Reader, to chan<- Request) error {
	scanner := lines(in, maxRequest)
	for scanner.Scan() {
		var r Request
		if err := json.Unmarshal(scanner.Bytes(), &r); err != nil {
			return fmt.Errorf("read request: %w", err)
		}
		select {
		case to <- r:
		case <-ctx.Done():
			return nil
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("read request: %w", err)
	}
	return nil
}

// agent is owned by the goroutine that serves; only answers come from others too.
type agent struct {
	iface      string
	monitor    *Monitor
	membership *Membership
	senders    map[uint32]*Sender
	// next is where a stream's numbers go on when it is started again, so that receivers see one stream.
	next map[uint32]uint64

	slow  sync.WaitGroup
	slots chan struct{}

	mu  sync.Mutex // so that lines of answers do not mix
	out io.Writer
}

func newAgent(iface string, out io.Writer) (*agent, error) {
	membership, err := NewMembership(iface)
	if err != nil {
		return nil, err
	}
	monitor, err := NewMonitor(iface)
	if err != nil {
		return nil, err
	}
	return &agent{
		iface: iface, monitor: monitor, membership: membership, out: out,
		senders: map[uint32]*Sender{}, next: map[uint32]uint64{},
		slots: make(chan struct{}, maxConcurrent),
	}, nil
}

func (a *agent) serve(ctx context.Context, requests <-chan Request, ended <-chan error) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-ended:
			return err
		case r := <-requests:
			if r.Op == OpQuit {
				return a.answer(Answer{ID: r.ID})
			}
			if err := a.handle(ctx, r); err != nil {
				return err
			}
		}
	}
}

// handle answers at once, or has a goroutine answer later. Its error means that nobody reads answers any more.
func (a *agent) handle(ctx context.Context, r Request) error {
	if r.Op != OpPing && r.Op != OpReceptions && r.Op != OpProbe && r.Op != OpFlood {
		return a.answer(finish(a.do(r)))
	}
	select {
	case a.slots <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	a.slow.Go(func() {
		defer func() { <-a.slots }()
		// A failed write shows at the next answer, or as the end of the requests.
		_ = a.answer(finish(a.doSlowly(ctx, r)))
	})
	return nil
}

// finish puts an error into the answer.
func finish(answer Answer, err error) Answer {
	if err != nil {
		answer.Error = err.Error()
	}
	return answer
}

func (a *agent) answer(answer Answer) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := writeLine(a.out, answer); err != nil {
		return fmt.Errorf("answer request %d: %w", answer.ID, err)
	}
	return nil
}

// do carries out a request that is quick.
func (a *agent) do(r Request) (answer Answer, err error) {
	answer.ID = r.ID
	switch {
	case r.Op == OpSend && r.Stream != nil:
		err = a.send(r)
	case r.Op == OpStopSend:
		answer.Sent, err = a.stopSend(r.StreamID)
	case r.Op == OpSendTiming:
		answer.Timing, err = a.sendTiming(r.StreamID)
	case r.Op == OpSent:
		answer.Running = map[uint32]uint64{}
		for id, s := range a.senders {
			answer.Running[id] = s.Sent()
		}
	case r.Op == OpJoin && r.Join != nil:
		err = a.membership.Join(*r.Join)
	case r.Op == OpLeave && r.Join != nil:
		err = a.membership.Leave(*r.Join)
	case r.Op == OpReset:
		now := time.Now()
		a.membership.Reset(now)
		err = a.monitor.Reset(now)
	case r.Op == OpSetIGMPVersion:
		err = SetIGMPVersion(a.iface, r.Version)
	default:
		err = fmt.Errorf("request %d: operation %q is unknown or lacks its argument", r.ID, r.Op)
	}
	return answer, err
}

// doSlowly carries out a request beside others.
func (a *agent) doSlowly(ctx context.Context, r Request) (answer Answer, err error) {
	answer.ID = r.ID
	switch {
	case r.Op == OpReceptions:
		answer.Receptions, answer.Dropped, err = a.monitor.Receptions(ctx)
		answer.Dropped += a.membership.AddTo(answer.Receptions)
	case r.Op == OpPing && r.Ping != nil:
		answer.Answered, err = Ping(ctx, r.Ping.To, r.Ping.Count)
	case r.Op == OpProbe && r.Probe != nil:
		answer.Probed, err = a.membership.Probe(ctx, *r.Probe)
	case r.Op == OpFlood && r.Flood != nil:
		answer.Sent, err = a.membership.Flood(ctx, *r.Flood)
	default:
		err = fmt.Errorf("request %d: operation %q lacks its argument", r.ID, r.Op)
	}
	return answer, err
}

func (a *agent) send(r Request) error {
	id := r.Stream.ID
	if a.senders[id] != nil {
		return fmt.Errorf("send stream %d: it runs already", id)
	}
	if len(a.senders) >= MaxStreams {
		return fmt.Errorf("send stream %d: this host sends %d streams already", id, MaxStreams)
	}
	s, err := StartSender(a.iface, *r.Stream, a.next[id])
	if err == nil {
		a.senders[id] = s
	}
	return err
}

func (a *agent) stopSend(id uint32) (uint64, error) {
	s := a.senders[id]
	if s == nil {
		return 0, fmt.Errorf("stop stream %d: it does not run", id)
	}
	sent, err := s.Stop()
	a.next[id] = s.Next()
	delete(a.senders, id)
	return sent, err
}

func (a *agent) sendTiming(id uint32) (SendTiming, error) {
	s := a.senders[id]
	if s == nil {
		return SendTiming{}, fmt.Errorf("timing of stream %d: it does not run", id)
	}
	return s.Timing(), nil
}

func (a *agent) close() error {
	for _, s := range a.senders {
		_, _ = s.Stop() // what was not asked for does not matter any more
	}
	return errors.Join(a.membership.Close(), a.monitor.Close())
}
