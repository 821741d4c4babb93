package ofconn

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

// asking runs a request in a goroutine.
func asking[T any](f func() (T, error)) <-chan error {
	ended := make(chan error, 1)
	go func() {
		_, err := f()
		ended <- err
	}()
	return ended
}

func TestRequestGetsItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ctl, sw := pair(t, near, far, Config{})
		serve(t, ctl, ignore)
		serve(t, sw, HandlerFunc(func(h openflow.Header, m openflow.Message) {
			var answer openflow.Message
			switch m := m.(type) {
			case *openflow.BarrierRequest:
				answer = &openflow.BarrierReply{}
			case *openflow.RoleRequest:
				answer = &openflow.RoleReply{Role: m.Role, GenerationID: m.GenerationID}
			case *openflow.GetConfigRequest:
				answer = &openflow.GetConfigReply{SwitchConfig: openflow.SwitchConfig{MissSendLen: 128}}
			case *openflow.GetAsyncRequest:
				answer = &openflow.GetAsyncReply{}
			case *openflow.Experimenter:
				answer = &openflow.Experimenter{ID: m.ID, ExpType: m.ExpType + 1}
			}
			assert.NoError(t, sw.Reply(h.XID, answer))
		}))
		for _, m := range []openflow.Message{&openflow.BarrierRequest{}, &openflow.EchoRequest{Data: []byte("x")},
			&openflow.RoleRequest{Role: openflow.RoleMaster, GenerationID: 5}, &openflow.GetConfigRequest{},
			&openflow.GetAsyncRequest{}, &openflow.Experimenter{ID: 1, ExpType: 2}} {
			answer, err := ctl.Request(t.Context(), m)
			require.NoError(t, err)
			want, _ := answerType(m.Type())
			assert.Equal(t, want, answer.Type())
		}
		_, err := ctl.Request(t.Context(), &openflow.FlowMod{})
		require.ErrorContains(t, err, "no answer")
	})
}

func TestRequestsAreTakenApartByXID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ctl, sw := pair(t, near, far, Config{})
		serve(t, ctl, ignore)
		var held []incoming
		serve(t, sw, HandlerFunc(func(h openflow.Header, m openflow.Message) {
			held = append(held, incoming{h, m})
			if len(held) < 50 {
				return
			}
			for i := len(held) - 1; i >= 0; i-- { // the last is answered first
				r := held[i].msg.(*openflow.RoleRequest)
				assert.NoError(t, sw.Reply(held[i].header.XID, &openflow.RoleReply{GenerationID: r.GenerationID}))
			}
		}))
		var wg sync.WaitGroup
		for i := range uint64(50) {
			wg.Go(func() {
				answer, err := ctl.Request(t.Context(), &openflow.RoleRequest{GenerationID: i})
				if assert.NoError(t, err) {
					assert.Equal(t, i, answer.(*openflow.RoleReply).GenerationID)
				}
			})
		}
		wg.Wait()
		assert.Zero(t, ctl.Stats().Pending)
	})
}

func TestRequestFails(t *testing.T) {
	refusal := &openflow.ErrorMsg{ErrType: openflow.ErrRoleRequestFailed, Code: openflow.CodeRoleRequestStale}
	why := errors.New("caller gave up")
	cases := []struct {
		name  string
		peer  func(c *Conn, p *rawPeer, xid uint32, cancel func(error))
		is    error
		says  string
		after time.Duration
	}{
		{"refused", func(_ *Conn, p *rawPeer, xid uint32, _ func(error)) { p.send(xid, refusal) }, refusal, "", 0},
		{"no answer", func(*Conn, *rawPeer, uint32, func(error)) {}, ErrTimeout, "", 5 * time.Second},
		{"answer of another type", func(_ *Conn, p *rawPeer, xid uint32, _ func(error)) { p.send(xid, barrier) }, ErrTimeout, "", 5 * time.Second},
		{"answer of another kind", func(_ *Conn, p *rawPeer, xid uint32, _ func(error)) {
			p.send(xid, &openflow.MultipartReply{Body: testDesc})
		}, ErrTimeout, "", 5 * time.Second},
		{"answer that cannot be read", func(_ *Conn, p *rawPeer, xid uint32, _ func(error)) {
			p.write("\x04\x19\x00\x09" + string([]byte{byte(xid >> 24), byte(xid >> 16), byte(xid >> 8), byte(xid)}) + "x")
		}, nil, "parse ROLE_REPLY", 0},
		{"closed", func(c *Conn, _ *rawPeer, _ uint32, _ func(error)) { c.Close(why) }, why, "", 0},
		{"peer gone", func(_ *Conn, p *rawPeer, _ uint32, _ func(error)) { _ = p.nc.Close() }, ErrClosedByPeer, "", 0},
		{"context", func(_ *Conn, _ *rawPeer, _ uint32, cancel func(error)) { cancel(why) }, why, "", 0},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connectRaw(t, Config{})
				serve(t, c, ignore)
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				start := time.Now()
				ended := asking(func() (openflow.Message, error) { return c.Request(ctx, &openflow.RoleRequest{}) })
				tc.peer(c, p, p.next().header.XID, cancel)
				err := <-ended
				requireCause(t, err, tc.is)
				require.ErrorContains(t, err, tc.says)
				assert.Equal(t, tc.after, time.Since(start))
				assert.Zero(t, c.Stats().Pending)
			})
		})
	}
}

func TestAsynchronousMessagesNeverAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectRaw(t, Config{})
		r := newRecorder()
		serve(t, c, r)
		ended := asking(func() (openflow.Message, error) { return c.Request(t.Context(), &openflow.BarrierRequest{}) })
		xid := p.next().header.XID
		p.send(xid, &openflow.PortStatus{Port: testPorts[0]}) // a switch counts its xids for itself
		assert.Equal(t, openflow.TypePortStatus, (<-r.got).header.Type)
		p.send(xid, barrier)
		require.NoError(t, <-ended)
	})
}

func flowPart(more bool, n int) *openflow.MultipartReply {
	part := &openflow.MultipartReply{Body: openflow.FlowStatsReply(make([]openflow.FlowStats, n))}
	if more {
		part.Flags = openflow.MultipartMore
	}
	return part
}

func TestMultipartJoinsItsParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectRaw(t, Config{})
		serve(t, c, ignore)
		got := make(chan openflow.ReplyBody, 1)
		ended := asking(func() (openflow.ReplyBody, error) {
			body, err := c.Multipart(t.Context(), openflow.FlowStatsRequest{})
			got <- body
			return body, err
		})
		xid := p.next().header.XID
		for range 3 {
			time.Sleep(4 * time.Second) // the timeout counts from each part
			p.send(xid, flowPart(true, 10))
		}
		p.send(xid, flowPart(false, 1))
		require.NoError(t, <-ended)
		assert.Len(t, <-got, 31)
	})
}

func TestMultipartFails(t *testing.T) {
	cases := []struct {
		name  string
		parts []openflow.Message
		is    error
		after time.Duration
	}{
		{"refused", []openflow.Message{flowPart(true, 1), full}, full, 0},
		{"too large", []openflow.Message{flowPart(true, 10), flowPart(true, 10), flowPart(false, 1)}, ErrTooLarge, 0},
		{"another type", []openflow.Message{flowPart(true, 1), &openflow.MultipartReply{Body: testDesc}}, ErrProtocol, 0},
		{"last part missing", []openflow.Message{flowPart(true, 1)}, ErrTimeout, 5 * time.Second},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connectRaw(t, Config{MultipartBytes: 1000})
				serve(t, c, ignore)
				start := time.Now()
				ended := asking(func() (openflow.ReplyBody, error) { return c.Multipart(t.Context(), openflow.FlowStatsRequest{}) })
				p.send(p.next().header.XID, tc.parts...)
				requireCause(t, <-ended, tc.is)
				assert.Equal(t, tc.after, time.Since(start))
				synctest.Wait()
				require.NoError(t, c.reason(), "the connection goes on")
			})
		})
	}
}
