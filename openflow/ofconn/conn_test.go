package ofconn

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

// rawPeer is the far end of a pipe without a Conn: it reads all, and sends what a test tells it.
type rawPeer struct {
	t    *testing.T
	nc   net.Conn
	got  chan incoming // all that was received, in order
	done chan struct{}
}

func newRawPeer(t *testing.T, nc net.Conn) *rawPeer {
	p := &rawPeer{t: t, nc: nc, got: make(chan incoming, 10000), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		defer close(p.got)
		f := frames{nc: nc}
		for {
			frame, err := f.next()
			if err != nil {
				return
			}
			if frame == nil {
				if f.fill() != nil {
					return
				}
				continue
			}
			if h, m, err := openflow.Parse(frame); err == nil {
				p.got <- incoming{h, m}
			}
		}
	}()
	t.Cleanup(func() {
		_ = nc.Close()
		<-p.done
	})
	return p
}

func (p *rawPeer) send(xid uint32, msgs ...openflow.Message) {
	p.t.Helper()
	var b []byte
	for _, m := range msgs {
		var err error
		b, err = openflow.Append(b, xid, m)
		require.NoError(p.t, err)
	}
	p.write(string(b))
}

func (p *rawPeer) write(b string) {
	p.t.Helper()
	_, err := io.WriteString(p.nc, b)
	require.NoError(p.t, err)
}

// next waits for one message; its absence makes the test hang, which synctest reports as a deadlock.
func (p *rawPeer) next() incoming {
	p.t.Helper()
	in, ok := <-p.got
	require.True(p.t, ok, "connection ended")
	return in
}

// introduce plays the switch in the controller's handshake. extra is sent before the last answer.
func (p *rawPeer) introduce(extra ...openflow.Message) {
	p.t.Helper()
	p.send(1, hello())
	for range 5 {
		in := p.next()
		if _, ok := in.msg.(*openflow.MultipartRequest); ok && in.header.XID == xidPorts {
			p.send(0, extra...)
		}
		for _, m := range introduction(in.msg) {
			p.send(in.header.XID, m)
		}
	}
}

// connectRaw gives a controller's connection that is ready and the raw switch at its other end.
func connectRaw(t *testing.T, cfg Config) (*Conn, *rawPeer) {
	near, far := net.Pipe()
	p := newRawPeer(t, far)
	introduced := make(chan struct{})
	go func() {
		defer close(introduced)
		p.introduce()
	}()
	c, err := Connect(context.Background(), near, cfg)
	require.NoError(t, err)
	<-introduced
	return c, p
}

// recorder keeps what a handler gets.
type recorder struct{ got chan incoming }

func newRecorder() recorder { return recorder{make(chan incoming, 10000)} }

func (r recorder) HandleMessage(h openflow.Header, m openflow.Message) { r.got <- incoming{h, m} }

func TestConnectReadsTheSwitch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ctl, sw := pair(t, near, far, Config{})
		assert.Equal(t, testFeatures, ctl.Features())
		assert.Equal(t, testPorts, ctl.Ports())
		assert.Equal(t, testDesc, ctl.Desc())
		assert.Nil(t, sw.Features())
		assert.NotNil(t, ctl.LocalAddr())
		assert.NotNil(t, ctl.RemoteAddr())
		serve(t, ctl, ignore)
		serve(t, sw, ignore)
	})
}

func TestServeDeliversFirstWhatTheHandshakeKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		p := newRawPeer(t, far)
		go p.introduce(&openflow.PortStatus{Reason: openflow.PortDeleted, Port: testPorts[0]},
			&openflow.PacketIn{TotalLen: 3, Data: []byte("one"), Match: mustMatch(t, 1)})
		c, err := Connect(context.Background(), near, Config{})
		require.NoError(t, err)
		r := newRecorder()
		serve(t, c, r)
		synctest.Wait()
		p.send(0, &openflow.PacketIn{TotalLen: 3, Data: []byte("two"), Match: mustMatch(t, 2)})
		assert.Equal(t, openflow.PortDeleted, (<-r.got).msg.(*openflow.PortStatus).Reason)
		one := (<-r.got).msg.(*openflow.PacketIn)
		two := (<-r.got).msg.(*openflow.PacketIn)
		assert.Equal(t, "one", string(one.Data))
		assert.Equal(t, "two", string(two.Data))
		assert.Equal(t, openflow.PortNo(1), one.InPort())
	})
}

func TestConnectFails(t *testing.T) {
	silence := func(*rawPeer) {}
	cases := []struct {
		name string
		peer func(p *rawPeer)
		is   error
		says string
	}{
		{"probe", func(p *rawPeer) { _ = p.nc.Close() }, ErrNoHello, ""},
		{"silence", silence, ErrHandshakeTimeout, "no HELLO; 0 bytes"},
		{"half a header", func(p *rawPeer) { p.write("\x04\x00\x00") }, ErrHandshakeTimeout, "04 00 00"},
		{"half a header, then closed", func(p *rawPeer) { p.write("\x04\x00"); _ = p.nc.Close() }, ErrClosedByPeer, "before HELLO"},
		{"silence after hello", func(p *rawPeer) { p.send(1, hello()) }, ErrHandshakeTimeout, "no FEATURES_REPLY, DESC, PORT_DESC"},
		{"closed after hello", func(p *rawPeer) { p.send(1, hello()); _ = p.nc.Close() }, ErrClosedByPeer, "before FEATURES_REPLY"},
		{"garbage", func(p *rawPeer) { p.write("GET / HTTP/1.1\r\n") }, ErrNotOpenFlow, "47 45 54 20"},
		{"version", func(p *rawPeer) { p.write("\x01\x00\x00\x08\x00\x00\x00\x05") }, ErrVersion, "at most 0x01"},
		{"features before hello", func(p *rawPeer) { p.send(2, testFeatures) }, ErrProtocol, "FEATURES_REPLY before HELLO"},
		{"bad features", func(p *rawPeer) {
			p.send(1, hello())
			p.write("\x04\x06\x00\x09\x00\x00\x00\x02x")
		}, nil, "FEATURES_REPLY"},
		{"another version after hello", func(p *rawPeer) {
			p.send(1, hello())
			p.write("\x05\x06\x00\x08\x00\x00\x00\x02")
		}, nil, "parse FEATURES_REPLY: version at byte 0: is 5"},
		{"no OpenFlow after hello", func(p *rawPeer) {
			p.send(1, hello())
			p.write("\x47\x45\x54\x20/ HTTP")
		}, nil, "lost framing of pipe at byte 16"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				p := newRawPeer(t, far)
				go tc.peer(p)
				start := time.Now()
				_, err := Connect(context.Background(), near, Config{})
				require.Error(t, err)
				if tc.is != nil {
					require.ErrorIs(t, err, tc.is)
				}
				require.ErrorContains(t, err, tc.says)
				if errors.Is(err, ErrHandshakeTimeout) {
					assert.Equal(t, 5*time.Second, time.Since(start))
				}
				<-p.done // the connection was closed
			})
		})
	}
}

func TestVersionMismatchTellsThePeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		p := newRawPeer(t, far)
		go p.write("\x01\x00\x00\x08\x00\x00\x00\x05")
		_, err := Attach(context.Background(), near, Config{})
		require.ErrorIs(t, err, ErrVersion)
		assert.Equal(t, []uint8{4}, p.next().msg.(*openflow.Hello).Versions)
		answer := p.next()
		assert.Equal(t, uint32(5), answer.header.XID)
		m := answer.msg.(*openflow.ErrorMsg)
		assert.Equal(t, openflow.ErrHelloFailed, m.ErrType)
		assert.Equal(t, openflow.CodeHelloIncompatible, m.Code)
		assert.Contains(t, string(m.Data), "0x04")
	})
}

func TestHandshakeEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		newRawPeer(t, far)
		why := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(time.Second, func() { cancel(why) })
		_, err := Connect(ctx, near, Config{})
		require.ErrorIs(t, err, why)
	})
}

func TestHandshakeAnswersEcho(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		p := newRawPeer(t, far)
		go func() {
			p.send(1, hello())
			p.send(33, &openflow.EchoRequest{Data: []byte("there?")})
		}()
		_, err := Connect(context.Background(), near, Config{})
		require.ErrorIs(t, err, ErrHandshakeTimeout)
		for in := range p.got {
			if m, ok := in.msg.(*openflow.EchoReply); ok {
				assert.Equal(t, uint32(33), in.header.XID)
				assert.Equal(t, "there?", string(m.Data))
				return
			}
		}
		t.Error("echo was not answered")
	})
}

func TestServeReturnsWhyItEnded(t *testing.T) {
	mine := errors.New("duplicate datapath id")
	cases := []struct {
		name string
		end  func(c *Conn, p *rawPeer)
		is   error
		says string
	}{
		{"closed by peer", func(c *Conn, p *rawPeer) { _ = p.nc.Close() }, ErrClosedByPeer, ""},
		{"closed within a message", func(c *Conn, p *rawPeer) { p.write("\x04\x0a"); _ = p.nc.Close() }, ErrClosedByPeer, "middle of a message, 2 bytes"},
		{"closed here", func(c *Conn, p *rawPeer) { c.Close(nil) }, ErrClosed, ""},
		{"closed here with a reason", func(c *Conn, p *rawPeer) { c.Close(mine); c.Close(nil) }, mine, ""},
		{"bad version", func(c *Conn, p *rawPeer) { p.write("\x00\x0a\x00\x08\x01\x02\x03\x04") }, nil, "version 0x00"},
		{"bad length", func(c *Conn, p *rawPeer) { p.write("\x04\x0a\x00\x04\x01\x02\x03\x04") }, nil, "04 0a 00 04 01 02 03 04"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connectRaw(t, Config{})
				ended := serve(t, c, ignore)
				synctest.Wait()
				tc.end(c, p)
				err := <-ended
				if tc.is != nil {
					require.ErrorIs(t, err, tc.is)
				}
				require.ErrorContains(t, err, tc.says)
				<-c.Done()
				require.Error(t, c.Send(&openflow.BarrierRequest{}), "nothing can be sent any more")
				require.ErrorIs(t, c.Serve(ignore), ErrServing)
			})
		})
	}
}

func TestSilentPeerIsAskedThenGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectRaw(t, Config{})
		start := time.Now()
		ended := serve(t, c, ignore)
		_, isEcho := p.next().msg.(*openflow.EchoRequest)
		assert.True(t, isEcho)
		assert.Equal(t, 5*time.Second, time.Since(start))
		require.ErrorIs(t, <-ended, ErrSilent)
		assert.Equal(t, 10*time.Second, time.Since(start))
	})
}

func TestKeepAliveBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ctl, sw := pair(t, near, far, Config{})
		r := newRecorder()
		serve(t, ctl, ignore)
		serve(t, sw, r)
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, c := range []*Conn{ctl, sw} {
			s := c.Stats()
			assert.NoError(t, c.reason())
			assert.Positive(t, s.Out.Of(openflow.TypeEchoRequest).Messages+s.Out.Of(openflow.TypeEchoReply).Messages)
			assert.Zero(t, s.Unmatched)
		}
		assert.Empty(t, r.got, "keep-alive is not the handler's business")
	})
}

func TestBlockedHandlerIsNotSilenceOfThePeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ctl, sw := pair(t, near, far, Config{EchoTimeout: time.Hour, WriteTimeout: time.Hour})
		serve(t, sw, ignore)
		ctl.alive.timeout = 10 * time.Second
		serve(t, ctl, HandlerFunc(func(openflow.Header, openflow.Message) { time.Sleep(time.Minute) }))
		require.NoError(t, sw.Send(&openflow.PortStatus{Port: testPorts[0]}))
		time.Sleep(2 * time.Minute)
		assert.NoError(t, ctl.reason())
	})
}

func TestSlowHandlerHoldsThePeerBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		cfg := Config{QueueBytes: 4096, WriteTimeout: time.Hour, EchoTimeout: time.Hour}
		ctl, sw := pair(t, near, far, cfg)
		serve(t, sw, ignore)
		release := make(chan struct{})
		serve(t, ctl, HandlerFunc(func(openflow.Header, openflow.Message) { <-release }))
		defer close(release)
		m := &openflow.PacketIn{Data: make([]byte, 1000), Match: mustMatch(t, 1)}
		var err error
		for range 1000 {
			if err = sw.Send(m); err != nil {
				break
			}
			synctest.Wait()
		}
		require.ErrorIs(t, err, ErrQueueFull)
		s := sw.Stats()
		assert.LessOrEqual(t, s.QueueBytes, 4096)
		assert.Equal(t, uint64(1), s.QueueFull)
		assert.NoError(t, sw.reason(), "a full queue ends nothing")
	})
}

func TestPeerThatTakesNothingIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ctl, sw := pair(t, near, far, Config{EchoTimeout: time.Hour, EchoInterval: time.Hour})
		defer sw.Close(nil) // it never reads
		start := time.Now()
		ended := serve(t, ctl, ignore)
		require.NoError(t, ctl.Send(&openflow.BarrierRequest{}))
		require.ErrorIs(t, <-ended, os.ErrDeadlineExceeded)
		assert.Equal(t, 5*time.Second, time.Since(start))
	})
}

func TestBadBodyIsAnsweredAndTheConnectionGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectRaw(t, Config{})
		r := newRecorder()
		serve(t, c, r)
		bad := "\x04\x0c\x00\x0c\x00\x00\x00\x63abcd" // PORT_STATUS with four bytes of body
		p.write(bad)
		answer := p.next()
		assert.Equal(t, uint32(0x63), answer.header.XID)
		m := answer.msg.(*openflow.ErrorMsg)
		assert.Equal(t, openflow.ErrBadRequest, m.ErrType)
		assert.Equal(t, openflow.CodeBadRequestLen, m.Code)
		assert.Equal(t, bad, string(m.Data))
		p.send(0, &openflow.PortStatus{Port: testPorts[1]})
		assert.Equal(t, testPorts[1], (<-r.got).msg.(*openflow.PortStatus).Port)
		assert.Equal(t, uint64(1), c.Stats().ParseErrors)
	})
}

func TestBadErrorIsNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectRaw(t, Config{})
		serve(t, c, ignore)
		p.write("\x04\x01\x00\x09\x00\x00\x00\x63x")
		p.send(5, &openflow.EchoRequest{})
		assert.Equal(t, openflow.TypeEchoReply, p.next().header.Type, "nothing came before the echo reply")
		assert.Equal(t, uint64(1), c.Stats().ParseErrors)
	})
}

func TestControllerRefusesCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectRaw(t, Config{})
		r := newRecorder()
		serve(t, c, r)
		p.send(70, &openflow.BarrierRequest{})
		answer := p.next()
		assert.Equal(t, uint32(70), answer.header.XID)
		assert.Equal(t, openflow.CodeBadRequestType, answer.msg.(*openflow.ErrorMsg).Code)
		assert.Empty(t, r.got)
	})
}

func TestWhatReachesTheHandlerOfTheController(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectRaw(t, Config{})
		r := newRecorder()
		serve(t, c, r)
		wanted := []openflow.Message{
			&openflow.PacketIn{Match: mustMatch(t, 1)},
			&openflow.FlowRemoved{Match: mustMatch(t, 1)},
			&openflow.PortStatus{Port: testPorts[0]},
			&openflow.ErrorMsg{ErrType: openflow.ErrFlowModFailed},
			&openflow.Experimenter{ID: 0x2320, ExpType: 1},
			&openflow.Unknown{MsgType: 30, Body: make([]byte, 16)}, // ROLE_STATUS of later versions
		}
		p.send(0, wanted...)
		p.send(1000, &openflow.BarrierReply{}, &openflow.RoleReply{}, &openflow.EchoReply{})
		synctest.Wait()
		require.Len(t, r.got, len(wanted))
		for _, m := range wanted {
			assert.Equal(t, m.Type(), (<-r.got).header.Type)
		}
		assert.Equal(t, uint64(3), c.Stats().Unmatched)
	})
}

func TestSwitchGetsAllButEcho(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ctl, sw := pair(t, near, far, Config{})
		r := newRecorder()
		serve(t, ctl, ignore)
		serve(t, sw, r)
		_, err := ctl.Request(t.Context(), &openflow.EchoRequest{Data: []byte("x")})
		require.NoError(t, err)
		require.NoError(t, ctl.Send(&openflow.FlowMod{Match: mustMatch(t, 1)}, &openflow.BarrierRequest{}))
		flow, barrier := <-r.got, <-r.got
		assert.Equal(t, openflow.TypeFlowMod, flow.header.Type)
		assert.Equal(t, openflow.TypeBarrierRequest, barrier.header.Type)
		assert.Equal(t, flow.header.XID+1, barrier.header.XID, "each message has its own xid")
		assert.Empty(t, r.got)
	})
}

func TestSendIsAllOrNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ctl, sw := pair(t, near, far, Config{})
		r := newRecorder()
		serve(t, ctl, ignore)
		serve(t, sw, r)
		tooLong := &openflow.PacketOut{Data: make([]byte, 70000)}
		require.ErrorIs(t, ctl.Send(&openflow.BarrierRequest{}, tooLong), openflow.ErrTooLong)
		require.NoError(t, ctl.Send(&openflow.GetConfigRequest{}))
		assert.Equal(t, openflow.TypeGetConfigRequest, (<-r.got).header.Type)
	})
}

func TestFlushWaitsForTheNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ctl, sw := pair(t, near, far, Config{})
		serve(t, ctl, ignore)
		require.NoError(t, ctl.Flush(t.Context()), "nothing is queued")
		require.NoError(t, ctl.Send(&openflow.BarrierRequest{}))
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, ctl.Flush(short), context.DeadlineExceeded, "the switch does not read yet")
		serve(t, sw, ignore)
		require.NoError(t, ctl.Flush(t.Context()))
		assert.Zero(t, ctl.Stats().QueueBytes)
		ctl.Close(nil)
		require.ErrorIs(t, ctl.Flush(t.Context()), ErrClosed)
	})
}

func TestHandlerMayClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectRaw(t, Config{})
		calls := 0
		ended := serve(t, c, HandlerFunc(func(openflow.Header, openflow.Message) {
			calls++
			c.Close(nil)
		}))
		p.send(0, &openflow.PortStatus{}, &openflow.PortStatus{}, &openflow.PortStatus{})
		require.ErrorIs(t, <-ended, ErrClosed)
		assert.Equal(t, 1, calls, "nothing is delivered after Close")
	})
}

func TestStatsCountByType(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ctl, sw := pair(t, near, far, Config{})
		serve(t, ctl, ignore)
		serve(t, sw, ignore)
		require.NoError(t, sw.Send(&openflow.PortStatus{}, &openflow.PortStatus{}, &openflow.Unknown{MsgType: 99}))
		synctest.Wait()
		in, out := ctl.Stats().In, sw.Stats().Out
		assert.Equal(t, Count{2, 160}, in.Of(openflow.TypePortStatus))
		assert.Equal(t, Count{1, 8}, in.Of(200), "types that are not known share a count")
		assert.Equal(t, out, in, "all that one end sent the other received, the handshake included")
		assert.Equal(t, in.Total().Bytes, ctl.in.offset)
	})
}
