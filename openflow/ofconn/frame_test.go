package ofconn

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"crosspoint/openflow"
)

// cutStream is a connection that gives a stream in pieces of chosen sizes.
type cutStream struct {
	net.Conn
	stream []byte
	sizes  func() int
}

func (s *cutStream) Read(b []byte) (int, error) {
	if len(s.stream) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), s.sizes())], s.stream)
	s.stream = s.stream[n:]
	return n, nil
}

func (s *cutStream) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 6653}
}

func frameOf(t openflow.Type, length int, fill byte) []byte {
	b := bytes.Repeat([]byte{fill}, length)
	b[0], b[1] = openflow.Version, byte(t)
	binary.BigEndian.PutUint16(b[2:], uint16(length))
	return b
}

func TestFramesOfAnyCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		types := rapid.SampledFrom([]openflow.Type{openflow.TypePacketIn, openflow.TypePacketIn, openflow.TypeBarrierReply})
		lengths := rapid.OneOf(rapid.IntRange(8, 200), rapid.IntRange(8, 5000), rapid.IntRange(60000, 65535))
		var want [][]byte
		var stream []byte
		for i := range rapid.IntRange(1, 80).Draw(t, "messages") {
			frame := frameOf(types.Draw(t, "type"), lengths.Draw(t, "length"), byte(i))
			want = append(want, frame)
			stream = append(stream, frame...)
		}
		sizes := rapid.OneOf(rapid.IntRange(1, 9), rapid.IntRange(100, 100000))
		size := sizes.Draw(t, "read")
		f := frames{nc: &cutStream{stream: stream, sizes: func() int { return size }}, agreed: true}
		got := allFrames(t, &f)
		require.Len(t, got, len(want))
		for i := range want {
			// Packet-ins are compared after all was read: they must not have been written over.
			assert.Equal(t, want[i][:8], got[i].head)
			if openflow.Type(want[i][1]) == openflow.TypePacketIn {
				assert.True(t, bytes.Equal(want[i], got[i].frame), "message %d changed", i)
			}
		}
		assert.Equal(t, uint64(len(stream)), f.offset)
	})
}

type cut struct{ head, frame []byte }

func allFrames(t require.TestingT, f *frames) []cut {
	var got []cut
	for {
		frame, err := f.next()
		require.NoError(t, err)
		if frame != nil {
			got = append(got, cut{bytes.Clone(frame[:8]), frame})
			continue
		}
		if err := f.fill(); err != nil {
			require.ErrorIs(t, err, io.EOF)
			return got
		}
	}
}

func TestFramesThatCannotBeCut(t *testing.T) {
	good := frameOf(openflow.TypeBarrierReply, 8, 0)
	cases := []struct {
		name, bad, says string
	}{
		{"version", "\x07\x0a\x00\x08\x01\x02\x03\x04", "version 0x07"},
		{"type of another version", "\x06\x24\x00\x08\x01\x02\x03\x04", "type 36"},
		{"length of another version", "\x06\x0a\x00\x07\x01\x02\x03\x04", "length 7"},
		{"length", "\x04\x0a\x00\x07\x01\x02\x03\x04", "length 7"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			stream := append(bytes.Clone(good), tc.bad...)
			f := frames{nc: &cutStream{stream: stream, sizes: func() int { return 100 }}, agreed: true}
			require.NoError(t, f.fill())
			_, err := f.next()
			require.NoError(t, err)
			_, err = f.next()
			var lost *FramingError
			require.ErrorAs(t, err, &lost)
			assert.Equal(t, uint64(8), lost.Offset)
			assert.Equal(t, []byte(tc.bad), lost.Bytes)
			assert.ErrorContains(t, err, "192.0.2.1:6653")
			assert.ErrorContains(t, err, tc.says)
		})
	}
}

func TestFramesUseTheChunkAgain(t *testing.T) {
	stream := bytes.Repeat(frameOf(openflow.TypeFlowMod, 100, 1), 1000)
	f := frames{nc: &cutStream{stream: stream, sizes: func() int { return 100 }}, agreed: true}
	allocs := testing.AllocsPerRun(1, func() {
		for {
			if frame, _ := f.next(); frame != nil {
				continue
			}
			if f.fill() != nil {
				return
			}
		}
	})
	assert.LessOrEqual(t, allocs, 2.0)
}
