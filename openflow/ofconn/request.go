package ofconn

import (
	"context"
	"fmt"
	"time"

	"crosspoint/openflow"
)

// Request sends a message that has exactly one answer – ECHO, BARRIER, FEATURES, GET_CONFIG, QUEUE_GET_CONFIG, ROLE, GET_ASYNC,
// EXPERIMENTER – and waits for that. A refusal is returned as a *openflow.ErrorMsg. Other errors: ErrTimeout after
// Config.RequestTimeout, the end of ctx or of the connection, ErrQueueFull, ErrTooManyPending, or an answer that cannot be read.
// Serve must be running in another goroutine.
func (c *Conn) Request(ctx context.Context, m openflow.Message) (openflow.Message, error) {
	want, ok := answerType(m.Type())
	if !ok {
		return nil, fmt.Errorf("request %s: a message that has no answer", m.Type())
	}
	a, err := c.ask(ctx, m, &call{want: want})
	if err != nil {
		return nil, fmt.Errorf("request %s: %w", m.Type(), err)
	}
	return a.msg, nil
}

// Multipart sends a multipart request, waits for all parts of the answer and joins them. The answer has at most
// Config.MultipartBytes, beyond which ErrTooLarge is returned; Config.RequestTimeout counts anew from each part. Otherwise it
// is like Request.
func (c *Conn) Multipart(ctx context.Context, body openflow.RequestBody) (openflow.ReplyBody, error) {
	kind := body.MultipartType()
	a, err := c.ask(ctx, &openflow.MultipartRequest{Body: body}, &call{want: openflow.TypeMultipartReply, kind: kind})
	if err != nil {
		return nil, fmt.Errorf("request multipart %d: %w", kind, err)
	}
	reply, err := openflow.JoinReplies(a.parts)
	if err != nil {
		return nil, fmt.Errorf("request multipart %d: %w", kind, err)
	}
	return reply, nil
}

// answerType is the type of the answer to a request.
func answerType(t openflow.Type) (openflow.Type, bool) {
	switch t {
	case openflow.TypeEchoRequest, openflow.TypeFeaturesRequest, openflow.TypeGetConfigRequest, openflow.TypeBarrierRequest,
		openflow.TypeGetQueueRequest, openflow.TypeRoleRequest, openflow.TypeGetAsyncRequest:
		return t + 1, true // the standard numbers them so (OpenFlow 1.3.5 §7.1)
	case openflow.TypeExperimenter:
		return t, true
	}
	return 0, false
}

// call is one request that awaits its answer. Conn.mu guards it, save done.
type call struct {
	want     openflow.Type
	kind     openflow.MultipartType // of the parts, when want is TypeMultipartReply
	parts    []openflow.ReplyBody
	bytes    int
	sent     time.Time
	progress time.Time    // when the request was sent or the last part came
	done     chan outcome // of capacity 1: the reader never waits
}

// outcome is what a call ends with.
type outcome struct {
	msg   openflow.Message
	parts []openflow.ReplyBody
	err   error
}

func (c *Conn) ask(ctx context.Context, m openflow.Message, k *call) (outcome, error) {
	k.done = make(chan outcome, 1)
	k.sent = time.Now()
	k.progress = k.sent
	xid, err := c.startCall(m, k)
	if err != nil {
		return outcome{}, err
	}
	err = c.await(ctx, k)
	c.mu.Lock()
	delete(c.calls, xid)
	c.mu.Unlock()
	// An answer that came together with the end of waiting is still the answer.
	select {
	case a := <-k.done:
		return a, a.err
	default:
		return outcome{}, err
	}
}

func (c *Conn) startCall(m openflow.Message, k *call) (uint32, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil && c.pendingLocked() >= c.cfg.MaxPending {
		return 0, ErrTooManyPending
	}
	xid := c.out.take(1)
	if err := c.queueLocked(xid, 0, []openflow.Message{m}, c.aloneLocked()); err != nil {
		return 0, err
	}
	c.calls[xid] = k
	return xid, nil
}

// await returns when k.done holds an outcome, with nil, or when waiting is over, with the reason.
func (c *Conn) await(ctx context.Context, k *call) error {
	timer := time.NewTimer(c.cfg.RequestTimeout)
	defer timer.Stop()
	for {
		select {
		case a := <-k.done:
			k.done <- a
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.dead:
			return c.reason()
		case <-timer.C:
			left := c.timeLeft(k)
			if left <= 0 {
				return ErrTimeout
			}
			timer.Reset(left)
		}
	}
}

func (c *Conn) timeLeft(k *call) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Until(k.progress.Add(c.cfg.RequestTimeout))
}

// answerCallLocked gives a message to the request that waits for it.
func (c *Conn) answerCallLocked(h openflow.Header, m openflow.Message) bool {
	k, ok := c.calls[h.XID]
	if !ok {
		return false
	}
	switch m := m.(type) {
	case *openflow.ErrorMsg:
		c.endCallLocked(h.XID, k, outcome{err: m})
		return true
	case *openflow.MultipartReply:
		if k.want != openflow.TypeMultipartReply {
			return false
		}
		c.addPartLocked(h, k, m)
		return true
	}
	if h.Type != k.want {
		return false
	}
	c.endCallLocked(h.XID, k, outcome{msg: m})
	return true
}

func (c *Conn) addPartLocked(h openflow.Header, k *call, m *openflow.MultipartReply) {
	k.bytes += int(h.Length)
	switch got := m.Body.MultipartType(); {
	case got != k.kind:
		err := fmt.Errorf("%w: answer of multipart type %d to a request of %d", ErrProtocol, got, k.kind)
		c.endCallLocked(h.XID, k, outcome{err: err})
		return
	case k.bytes > c.cfg.MultipartBytes:
		c.endCallLocked(h.XID, k, outcome{err: ErrTooLarge})
		return
	}
	k.parts = append(k.parts, m.Body)
	k.progress = time.Now()
	if m.Flags&openflow.MultipartMore == 0 {
		c.endCallLocked(h.XID, k, outcome{parts: k.parts})
	}
}

func (c *Conn) failCallLocked(xid uint32, err error) {
	if k, ok := c.calls[xid]; ok {
		c.endCallLocked(xid, k, outcome{err: err})
	}
}

// endCallLocked is called once for a call, as it takes it out of the map.
func (c *Conn) endCallLocked(xid uint32, k *call, o outcome) {
	delete(c.calls, xid)
	c.rtt.request.add(time.Since(k.sent))
	k.done <- o
}
