package openflow

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRoundTrip(t *testing.T) {
	for _, c := range corpus() {
		t.Run(c.name, func(t *testing.T) {
			b := encode(t, c.m)
			h, m, err := Parse(b)
			require.NoError(t, err)
			assert.Equal(t, Header{Version: Version, Type: c.m.Type(), Length: uint16(len(b)), XID: 0x12345678}, h)
			assert.Equal(t, c.m, m)
			assert.Equal(t, b, encode(t, m))
		})
	}
}

func TestCorpusHasEveryType(t *testing.T) {
	types, requests, replies := map[Type]bool{}, map[MultipartType]bool{}, map[MultipartType]bool{}
	for _, c := range corpus() {
		types[c.m.Type()] = true
		switch m := c.m.(type) {
		case *MultipartRequest:
			requests[m.Body.MultipartType()] = true
		case *MultipartReply:
			replies[m.Body.MultipartType()] = true
		}
	}
	for typ := range TypeMeterMod + 1 {
		assert.True(t, types[typ], "%s", typ)
	}
	for typ := range MultipartPortDesc + 1 {
		assert.True(t, requests[typ] && replies[typ], "multipart %d", typ)
	}
	assert.True(t, requests[MultipartExperimenter] && replies[MultipartExperimenter])
}

// TestCapturedBytes reads what Open vSwitch wrote and writes the very same bytes.
func TestCapturedBytes(t *testing.T) {
	for _, b := range captured(t) {
		h, m, err := Parse(b)
		require.NoError(t, err, "%x", b)
		again, err := Append(nil, h.XID, m)
		require.NoError(t, err)
		again[0] = h.Version // a hello carries the highest version of its sender
		assert.Equal(t, b, again, "%s", h.Type)
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	head := []byte("before")
	b, err := Append(head, 1, &EchoRequest{Data: []byte("x")})
	require.NoError(t, err)
	assert.Equal(t, "before", string(b[:6]))
	assert.Len(t, b, 6+HeaderLen+1)
}

func TestAppendWritesOverGarbage(t *testing.T) {
	for _, c := range corpus() {
		dirty := make([]byte, 4096)
		for i := range dirty {
			dirty[i] = 0xa5
		}
		b, err := Append(dirty[:0], 0x12345678, c.m)
		require.NoError(t, err)
		assert.Equal(t, encode(t, c.m), b, c.name)
	}
}

func TestAppendTooLong(t *testing.T) {
	head := []byte("before")
	b, err := Append(head, 1, &EchoRequest{Data: make([]byte, MaxMessageLen-HeaderLen)})
	require.NoError(t, err)
	assert.Len(t, b, 6+MaxMessageLen)

	b, err = Append(head, 1, &EchoRequest{Data: make([]byte, MaxMessageLen-HeaderLen+1)})
	require.ErrorIs(t, err, ErrTooLong)
	assert.Equal(t, head, b)

	huge := Bucket{Actions: make([]Action, 5000)}
	for i := range huge.Actions {
		huge.Actions[i] = Output{Port: 1}
	}
	_, err = Append(nil, 1, &GroupMod{Buckets: []Bucket{huge}})
	require.ErrorIs(t, err, ErrTooLong)
}

func TestAppendRefuses(t *testing.T) {
	for name, m := range map[string]Message{
		"nil message":        nil,
		"nil body":           &MultipartRequest{},
		"nil reply body":     &MultipartReply{},
		"nil action":         &PacketOut{Actions: []Action{nil}},
		"nil instruction":    &FlowMod{Instructions: []Instruction{nil}},
		"wrong address":      &PacketOut{Actions: []Action{SetField{IPv4Dst(netip.IPv6Unspecified())}}},
		"payload and header": &PacketOut{Actions: []Action{SetField{OXM{Header: NewOXMHeader(1, 2, false, 4), Payload: "123"}}}},
		"long name":          &PortStatus{Port: Port{Name: "12345678901234567"}},
		"zero in name":       &PortStatus{Port: Port{Name: "a\x00b"}},
		"raw action":         &PacketOut{Actions: []Action{RawAction{Data: []byte{1}}}},
		"raw instruction":    &FlowMod{Instructions: []Instruction{RawInstruction{Data: []byte{1}}}},
		"queue property":     &GetQueueReply{Queues: []QueueConfig{{Properties: []QueueProperty{{Data: []byte{1}}}}}},
		"band":               &MeterMod{Bands: []Band{{Type: 99}}},
	} {
		head := []byte("before")
		b, err := Append(head, 1, m)
		assert.Error(t, err, name)
		assert.Equal(t, head, b, name)
	}
}

// TestTruncated cuts every message at every byte, with the true length in the header and with the old one.
func TestTruncated(t *testing.T) {
	for _, frame := range frames(t) {
		for n := range len(frame) {
			_, _, err := Parse(frame[:n])
			requireParseError(t, err, n)

			cut := append([]byte(nil), frame[:n]...)
			if n >= 4 {
				put16(cut[2:], uint16(n))
			}
			h, m, err := Parse(cut)
			if err != nil {
				requireParseError(t, err, n)
				continue
			}
			again, err := Append(nil, h.XID, m)
			require.NoError(t, err)
			if h.Version == Version {
				checkExact(t, cut, again)
			}
		}
	}
}

func requireParseError(t *testing.T, err error, n int) {
	t.Helper()
	var p *ParseError
	require.True(t, errors.As(err, &p), "%v", err)
	require.LessOrEqual(t, p.Offset, n)
	require.GreaterOrEqual(t, p.Offset, 0)
	require.NotEmpty(t, p.Reason)
	require.NotEmpty(t, p.Field)
	typ, _ := p.Answer()
	require.NotZero(t, typ) // ErrHelloFailed is never the answer to bad bytes
}

// TestEveryByteChanged changes each byte of each message: nothing may panic, and what parses must have a wire form again.
func TestEveryByteChanged(t *testing.T) {
	var p Parser
	for _, frame := range frames(t) {
		if len(frame) > 1500 {
			frame = frame[:1500]
			frame = append([]byte(nil), frame...)
			put16(frame[2:], 1500)
		}
		for i := range frame {
			old := frame[i]
			for _, v := range [...]byte{0, 1, 7, 0x7f, 0x80, 0xff, old + 1, old - 1, old ^ 0x10} {
				frame[i] = v
				checkFixpoint(t, frame)
				_, _, err := p.Parse(frame)
				if _, _, plain := Parse(frame); (err == nil) != (plain == nil) {
					t.Fatalf("Parser and Parse differ on %x: %v, %v", frame, err, plain)
				}
			}
			frame[i] = old
		}
	}
}

// checkExact requires that what was written again is what was read, save bytes that became zero: padding.
func checkExact(t testing.TB, frame, again []byte) {
	if len(again) != len(frame) {
		t.Fatalf("%x became %x", frame, again)
	}
	for i := range frame {
		if again[i] != frame[i] && again[i] != 0 {
			t.Fatalf("byte %d of %x became %x", i, frame, again[i])
		}
	}
}

// checkFixpoint parses and, when that works, requires that writing and parsing again changes nothing.
func checkFixpoint(t testing.TB, frame []byte) {
	h, m, err := Parse(frame)
	if err != nil {
		if m != nil {
			t.Fatalf("message with an error: %x", frame)
		}
		return
	}
	again, err := Append(nil, h.XID, m)
	if err != nil {
		t.Fatalf("no wire form for %x: %v", frame, err)
	}
	if h.Version == Version {
		checkExact(t, frame, again)
	}
	_, m2, err := Parse(again)
	if err != nil {
		t.Fatalf("%x became %x: %v", frame, again, err)
	}
	third, err := Append(nil, h.XID, m2)
	if err != nil || string(third) != string(again) {
		t.Fatalf("no fixpoint: %x became %x became %x: %v", frame, again, third, err)
	}
}

func TestMessageDoesNotReferToFrame(t *testing.T) {
	for _, c := range corpus() {
		if c.m.Type() == TypePacketIn {
			continue
		}
		b := encode(t, c.m)
		_, m, err := Parse(b)
		require.NoError(t, err)
		for i := range b {
			b[i] = 0xff
		}
		assert.Equal(t, c.m, m, c.name)
	}
}

func TestJoinReplies(t *testing.T) {
	joined, err := JoinReplies([]ReplyBody{GroupDescReply{{Group: 1}}, GroupDescReply{}, GroupDescReply{{Group: 2}}})
	require.NoError(t, err)
	assert.Equal(t, GroupDescReply{{Group: 1}, {Group: 2}}, joined)

	joined, err = JoinReplies([]ReplyBody{RawReply{9, []byte("a")}, RawReply{9, []byte("b")}})
	require.NoError(t, err)
	assert.Equal(t, RawReply{9, []byte("ab")}, joined)

	joined, err = JoinReplies([]ReplyBody{ExperimenterReply{1, 2, []byte("a")}, ExperimenterReply{1, 2, []byte("b")}})
	require.NoError(t, err)
	assert.Equal(t, ExperimenterReply{1, 2, []byte("ab")}, joined)

	joined, err = JoinReplies([]ReplyBody{Desc{Serial: "1"}})
	require.NoError(t, err)
	assert.Equal(t, Desc{Serial: "1"}, joined)

	for name, parts := range map[string][]ReplyBody{
		"none":          nil,
		"nil":           {nil},
		"two desc":      {Desc{}, Desc{}},
		"mixed":         {GroupDescReply{}, PortDescReply{}},
		"raw kinds":     {RawReply{Kind: 1}, RawReply{Kind: 2}},
		"experimenters": {ExperimenterReply{ID: 1}, ExperimenterReply{ID: 2}},
	} {
		_, err := JoinReplies(parts)
		assert.Error(t, err, name)
	}
}

// TestJoinEveryList joins each list body of the corpus with itself.
func TestJoinEveryList(t *testing.T) {
	lists := 0
	for _, c := range corpus() {
		m, ok := c.m.(*MultipartReply)
		if !ok {
			continue
		}
		joined, err := JoinReplies([]ReplyBody{m.Body, m.Body})
		if err != nil {
			continue
		}
		lists++
		assert.IsType(t, m.Body, joined)
		one, two := encode(t, &MultipartReply{Body: m.Body}), encode(t, &MultipartReply{Body: joined})
		if m.Body.MultipartType() != MultipartExperimenter {
			assert.Equal(t, 2*(len(one)-16), len(two)-16, c.name)
		}
	}
	assert.Equal(t, 16, lists)
}
