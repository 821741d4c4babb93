package ofconn

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"crosspoint/openflow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	testFeatures = &openflow.FeaturesReply{DatapathID: 0x2a, Tables: 254, Capabilities: openflow.CapFlowStats}
	testDesc     = openflow.Desc{Manufacturer: "Crosspoint", Software: "test"}
	testPorts    = []openflow.Port{{No: 1, Name: "one"}, {No: 2, Name: "two"}, {No: 3, Name: "three"}}
)

// ignore is a handler that needs nothing.
var ignore = HandlerFunc(func(openflow.Header, openflow.Message) {})

// attachAndIntroduce is the switch's part of both handshakes. PORT_DESC comes in two parts.
func attachAndIntroduce(nc net.Conn, cfg Config) (*Conn, error) {
	sw, err := Attach(context.Background(), nc, cfg)
	if err != nil {
		return nil, err
	}
	for range 4 {
		h, m, err := readOne(sw)
		if err != nil {
			return nil, err
		}
		for _, answer := range introduction(m) {
			if err := sw.Reply(h.XID, answer); err != nil {
				return nil, err
			}
		}
	}
	return sw, nil
}

// introduction is what a switch answers in the controller's handshake.
func introduction(m openflow.Message) []openflow.Message {
	switch m := m.(type) {
	case *openflow.FeaturesRequest:
		return []openflow.Message{testFeatures}
	case *openflow.MultipartRequest:
		if _, ok := m.Body.(openflow.DescRequest); ok {
			return []openflow.Message{&openflow.MultipartReply{Body: testDesc}}
		}
		return []openflow.Message{
			&openflow.MultipartReply{Flags: openflow.MultipartMore, Body: openflow.PortDescReply(testPorts[:2])},
			&openflow.MultipartReply{Body: openflow.PortDescReply(testPorts[2:])},
		}
	}
	return nil
}

// readOne reads in the place of Serve.
func readOne(c *Conn) (openflow.Header, openflow.Message, error) {
	for {
		frame, err := c.in.next()
		if err != nil {
			return openflow.Header{}, nil, err
		}
		if frame != nil {
			return openflow.Parse(frame)
		}
		if err := c.in.fill(); err != nil {
			return openflow.Header{}, nil, err
		}
	}
}

// pair brings both ends of a connection through the handshake.
func pair(t testing.TB, near, far net.Conn, cfg Config) (ctl, sw *Conn) {
	type attached struct {
		conn *Conn
		err  error
	}
	result := make(chan attached, 1)
	go func() {
		conn, err := attachAndIntroduce(far, cfg)
		result <- attached{conn, err}
	}()
	ctl, err := Connect(context.Background(), near, cfg)
	require.NoError(t, err)
	a := <-result
	require.NoError(t, a.err)
	return ctl, a.conn
}

// serve runs Serve until the test ends.
func serve(t testing.TB, c *Conn, h Handler) <-chan error {
	ended := make(chan error, 1)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		ended <- c.Serve(h)
	}()
	t.Cleanup(func() {
		c.Close(nil)
		<-stopped
	})
	return ended
}

// answerBarriers is a switch that accepts everything.
func answerBarriers(sw *Conn) Handler {
	return HandlerFunc(func(h openflow.Header, m openflow.Message) {
		if _, ok := m.(*openflow.BarrierRequest); ok {
			_ = sw.Reply(h.XID, &openflow.BarrierReply{}) // an error ends the connection, which the test sees
		}
	})
}

func mustMatch(t testing.TB, port openflow.PortNo) openflow.Match {
	m := openflow.NewMatch(openflow.InPort(port))
	assert.NotEmpty(t, m)
	return m
}

// requireCause looks for an error in the chain; two OFPT_ERRORs are the same when type and code are.
func requireCause(t testing.TB, err, want error) {
	t.Helper()
	require.Error(t, err)
	if m, ok := want.(*openflow.ErrorMsg); ok {
		var got *openflow.ErrorMsg
		require.ErrorAs(t, err, &got)
		assert.Equal(t, m.ErrType, got.ErrType)
		assert.Equal(t, m.Code, got.Code)
		return
	}
	if want != nil {
		require.ErrorIs(t, err, want)
	}
}
