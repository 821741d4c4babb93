package ofconn

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

// overLoopback gives one end as a Conn that is served, and the other end of the TCP connection in the test's hands.
func overLoopback(t *testing.T, e end, h Handler) (c *Conn, p *rawPeer, ended <-chan error, logged *logtest.Hook) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	far, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	near, err := ln.Accept()
	require.NoError(t, err)
	log, logged := logtest.NewNullLogger()
	p = newRawPeer(t, far)
	shaken := make(chan struct{})
	go func() {
		defer close(shaken)
		if e == controllerEnd {
			p.introduce()
			return
		}
		p.send(1, hello())
		p.next()
	}()
	c, err = open(context.Background(), near, Config{Log: log}, e)
	require.NoError(t, err)
	<-shaken
	return c, p, serve(t, c, h), logged
}

// bad is a message that one end must not get, and what comes of it.
type bad struct {
	name   string
	end    end
	bytes  string
	typ    openflow.ErrorType
	code   openflow.ErrorCode
	field  string
	offset int
}

func badMessages() []bad {
	head := strings.Repeat("\x00", 40) // of a FLOW_MOD, up to its match
	const noMatch = "\x00\x01\x00\x04\x00\x00\x00\x00"
	return []bad{
		{"short PORT_STATUS", controllerEnd, frameText(12, "abcd"), openflow.ErrBadRequest, openflow.CodeBadRequestLen, "", -1},
		{"PACKET_IN without a match", controllerEnd, frameText(10, "\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
			openflow.ErrBadMatch, openflow.CodeBadMatchLen, "match", 24},
		{"PACKET_IN with a match beyond its end", controllerEnd, frameText(10, "\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\xff\x00\x00\x00\x00\x00"),
			openflow.ErrBadMatch, openflow.CodeBadMatchLen, "match", 24},
		{"MULTIPART_REPLY without a body", controllerEnd, frameText(19, "\x00\x0d\x00\x00\x00\x00\x00\x00abc"),
			openflow.ErrBadRequest, openflow.CodeBadRequestLen, "", -1},
		{"another version", controllerEnd, "\x01\x0a\x00\x10\x00\x00\x00\x63abcdefgh", openflow.ErrBadRequest, openflow.CodeBadRequestVersion, "version", 0},
		{"a later version's message", switchEnd, "\x06\x23\x00\x08\x00\x00\x00\x63", openflow.ErrBadRequest, openflow.CodeBadRequestVersion, "version", 0},
		{"BARRIER_REQUEST with a body", switchEnd, frameText(20, "abcd"), openflow.ErrBadRequest, openflow.CodeBadRequestLen, "body", 8},
		{"FLOW_MOD with a match type of 1.0", switchEnd, frameText(14, head+"\x00\x00\x00\x04\x00\x00\x00\x00"),
			openflow.ErrBadMatch, openflow.CodeBadMatchType, "match", -1},
		{"FLOW_MOD with an instruction beyond its end", switchEnd, frameText(14, head+noMatch+"\x00\x01\x00\x10\x01\x00\x00\x00"),
			openflow.ErrBadInstruction, openflow.CodeBadInstructionLen, "instruction", -1},
		{"FLOW_MOD with an action of no length", switchEnd,
			frameText(14, head+noMatch+"\x00\x04\x00\x10\x00\x00\x00\x00"+"\x00\x00\x00\x00\x00\x00\x00\x01"),
			openflow.ErrBadAction, openflow.CodeBadActionLen, "action", -1},
		{"GROUP_MOD with a bucket beyond its end", switchEnd, frameText(15, "\x00\x00\x00\x00\x00\x00\x00\x01"+"\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
			openflow.ErrGroupModFailed, openflow.CodeGroupModBucket, "bucket", -1},
		{"METER_MOD with half a band", switchEnd, frameText(29, "\x00\x00\x00\x01\x00\x00\x00\x01"+"\x00\x01\x00\x10\x00\x00\x00\x00"),
			openflow.ErrMeterModFailed, openflow.CodeMeterModBand, "band", -1},
	}
}

// frameText is a whole message of version 1.3 with xid 99.
func frameText(typ byte, body string) string {
	n := openflow.HeaderLen + len(body)
	return string([]byte{openflow.Version, typ, byte(n >> 8), byte(n), 0, 0, 0, 99}) + body
}

// TestBadMessages: each gets an error of its type and code with the bytes that caused it, a line with field and offset in the log, and a
// count; and then the connection is as good as before.
func TestBadMessages(t *testing.T) {
	for _, tc := range badMessages() {
		t.Run(tc.name, func(t *testing.T) {
			c, p, _, logged := overLoopback(t, tc.end, ignore)
			p.write(tc.bytes)
			answer := p.next()
			m, ok := answer.msg.(*openflow.ErrorMsg)
			require.True(t, ok, "%T", answer.msg)
			assert.Equal(t, uint32(99), answer.header.XID)
			assert.Equal(t, tc.typ, m.ErrType, "%v", m)
			assert.Equal(t, tc.code, m.Code, "%v", m)
			assert.Equal(t, tc.bytes[:min(len(tc.bytes), errorDataLen)], string(m.Data))

			p.send(7, &openflow.EchoRequest{})
			assert.Equal(t, openflow.TypeEchoReply, p.next().header.Type, "the connection goes on")
			assert.Equal(t, uint64(1), c.Stats().ParseErrors)
			require.Len(t, logged.AllEntries(), 1)
			line := logged.LastEntry()
			assert.Equal(t, logrus.WarnLevel, line.Level)
			assert.Contains(t, line.Data["field"], tc.field)
			if tc.offset >= 0 {
				assert.Equal(t, tc.offset, line.Data["offset"])
			}
			assert.IsType(t, 0, line.Data["offset"])
			assert.Equal(t, p.nc.LocalAddr().String(), line.Data["peer"])
			assert.Equal(t, uint32(99), line.Data["xid"])
		})
	}
}

// TestMisplacedMessages can be read, but have no business where they come.
func TestMisplacedMessages(t *testing.T) {
	t.Run("a command from the switch", func(t *testing.T) {
		c, p, _, logged := overLoopback(t, controllerEnd, ignore)
		bytes := frameText(20, "")
		p.write(bytes)
		m := p.next().msg.(*openflow.ErrorMsg)
		assert.Equal(t, openflow.ErrBadRequest, m.ErrType)
		assert.Equal(t, openflow.CodeBadRequestType, m.Code)
		assert.Equal(t, bytes, string(m.Data))
		assert.Len(t, logged.AllEntries(), 1)
		assert.Equal(t, uint64(1), c.Stats().Unmatched)
	})
	t.Run("a second hello", func(t *testing.T) {
		c, p, _, logged := overLoopback(t, controllerEnd, ignore)
		p.send(1, &openflow.Hello{Versions: []uint8{1}})
		p.send(7, &openflow.EchoRequest{})
		assert.Equal(t, openflow.TypeEchoReply, p.next().header.Type, "nothing came before")
		assert.Len(t, logged.AllEntries(), 1)
		assert.Equal(t, uint64(1), c.Stats().Unmatched)
	})
	t.Run("an error that cannot be read", func(t *testing.T) {
		c, p, _, logged := overLoopback(t, switchEnd, ignore)
		p.write(frameText(1, "x"))
		p.send(7, &openflow.EchoRequest{})
		assert.Equal(t, openflow.TypeEchoReply, p.next().header.Type, "an error is never answered by an error")
		assert.Len(t, logged.AllEntries(), 1)
		assert.Equal(t, uint64(1), c.Stats().ParseErrors)
	})
}

// TestLostFraming: only then the connection is closed, and the peer is told why first.
func TestLostFraming(t *testing.T) {
	for _, tc := range []struct {
		name, bytes string
		code        openflow.ErrorCode
		xid         uint32
	}{
		{"length", "\x04\x0e\x00\x04\x00\x00\x00\x63", openflow.CodeBadRequestLen, 0x63},
		{"length of another version", "\x01\x0e\x00\x04\x00\x00\x00\x63", openflow.CodeBadRequestLen, 0x63},
		{"no OpenFlow", "\x00\x00\x00\x08\x00\x00\x00\x63", openflow.CodeBadRequestVersion, 0x63},
		{"text", "GET / HTTP/1.1\r\n\r\n", openflow.CodeBadRequestVersion, 0x2f204854},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, e := range []end{controllerEnd, switchEnd} {
				_, p, ended, _ := overLoopback(t, e, ignore)
				p.write(tc.bytes)
				answer := p.next()
				m := answer.msg.(*openflow.ErrorMsg)
				assert.Equal(t, tc.xid, answer.header.XID)
				assert.Equal(t, openflow.ErrBadRequest, m.ErrType)
				assert.Equal(t, tc.code, m.Code)
				assert.Equal(t, tc.bytes, string(m.Data))
				var lost *FramingError
				require.ErrorAs(t, <-ended, &lost)
				<-p.done // closed
			}
		})
	}
}

// TestBadFeaturesAreAnsweredBeforeTheEnd: the handshake cannot do without them, yet the switch is told.
func TestBadFeaturesAreAnsweredBeforeTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		p := newRawPeer(t, far)
		go func() {
			p.send(1, hello())
			p.write("\x04\x06\x00\x09\x00\x00\x00\x02x")
		}()
		_, err := Connect(t.Context(), near, Config{})
		require.ErrorContains(t, err, "parse FEATURES_REPLY")
		for in := range p.got {
			if m, ok := in.msg.(*openflow.ErrorMsg); ok {
				assert.Equal(t, openflow.CodeBadRequestLen, m.Code)
				return
			}
		}
		t.Error("the switch was not told")
	})
}

// TestLogLinesAreBounded sends a thousand bad messages: all are answered and counted, a few are logged, and the next line says how many
// were not.
func TestLogLinesAreBounded(t *testing.T) {
	const messages = 1000
	synctest.Test(t, func(t *testing.T) {
		log, logged := logtest.NewNullLogger()
		c, p := connectRaw(t, Config{Log: log})
		serve(t, c, ignore)
		for range messages {
			p.write(frameText(12, "abcd"))
			p.next()
		}
		assert.Equal(t, uint64(messages), c.Stats().ParseErrors)
		assert.Len(t, logged.AllEntries(), logBurst)
		time.Sleep(logEvery)
		p.write(frameText(12, "abcd"))
		p.next()
		require.Len(t, logged.AllEntries(), logBurst+1)
		assert.Equal(t, uint64(messages-logBurst), logged.LastEntry().Data["left_out"])
	})
}

// TestKeptCommandsAreRefused: what came during the handshake is treated as if it came after.
func TestKeptCommandsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		p := newRawPeer(t, far)
		go p.introduce(&openflow.BarrierRequest{}, &openflow.BarrierReply{}, &openflow.PortStatus{Port: testPorts[0]})
		c, err := Connect(t.Context(), near, Config{})
		require.NoError(t, err)
		r := newRecorder()
		serve(t, c, r)
		assert.Equal(t, openflow.TypePortStatus, (<-r.got).header.Type)
		assert.Equal(t, openflow.CodeBadRequestType, p.next().msg.(*openflow.ErrorMsg).Code)
		assert.Empty(t, r.got)
		assert.Equal(t, uint64(2), c.Stats().Unmatched)
	})
}
