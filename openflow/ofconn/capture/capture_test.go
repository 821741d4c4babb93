package capture_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"crosspoint/openflow"
	"crosspoint/openflow/ofconn/capture"
)

// How long a test waits for what happens soon.
const (
	eventual = 5 * time.Second
	tick     = time.Millisecond
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a file in memory that can be slow, or break.
type memory struct {
	bytes.Buffer
	gate   chan struct{} // nil, or each write waits for it
	broken error
}

func (m *memory) Write(b []byte) (int, error) {
	if m.gate != nil {
		<-m.gate
	}
	if m.broken != nil {
		return 0, m.broken
	}
	return m.Buffer.Write(b)
}

func (m *memory) Close() error { return nil }

func tcpAddr(ip string, port int) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: port} }

var (
	here  = tcpAddr("192.0.2.1", 6653)
	there = tcpAddr("192.0.2.2", 40000)
)

func encode(t *testing.T, messages ...openflow.Message) []byte {
	t.Helper()
	var b []byte
	for i, m := range messages {
		var err error
		b, err = openflow.Append(b, uint32(i), m)
		require.NoError(t, err)
	}
	return b
}

// packet is what a test looks at.
type packet struct {
	from, to string
	tcp      *layers.TCP
}

func packets(t *testing.T, file io.Reader) []packet {
	t.Helper()
	r, err := pcapgo.NewReader(file)
	require.NoError(t, err)
	assert.Equal(t, layers.LinkTypeEthernet, r.LinkType())
	var out []packet
	var last time.Time
	for {
		b, info, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
		assert.False(t, info.Timestamp.Before(last))
		last = info.Timestamp
		p := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.Default)
		require.Nil(t, p.ErrorLayer())
		tcp := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		flow := p.NetworkLayer().NetworkFlow()
		out = append(out, packet{hostPort(flow.Src(), tcp.SrcPort), hostPort(flow.Dst(), tcp.DstPort), tcp})
	}
}

func hostPort(host gopacket.Endpoint, port layers.TCPPort) string {
	return net.JoinHostPort(host.String(), strconv.Itoa(int(port)))
}

func TestFramingOfOneConnection(t *testing.T) {
	file := &memory{}
	c := capture.New(file, capture.Config{})
	w := c.Watch(here, there)
	w.Received(encode(t, &openflow.Hello{}))
	w.Sent(encode(t, &openflow.Hello{}, &openflow.FeaturesRequest{}))
	w.Received([]byte("rest"))
	w.Close()
	w.Received([]byte("after the end"))
	require.NoError(t, c.Close())
	assert.Equal(t, capture.Stats{Messages: 4, Bytes: int64(file.Len())}, c.Stats())

	type line struct {
		fromRemote bool
		flags      string
		seq, ack   uint32
		size       int
	}
	var got []line
	for _, p := range packets(t, &file.Buffer) {
		flags := ""
		for _, f := range []struct {
			on   bool
			name string
		}{{p.tcp.SYN, "S"}, {p.tcp.FIN, "F"}, {p.tcp.PSH, "P"}, {p.tcp.ACK, "A"}} {
			if f.on {
				flags += f.name
			}
		}
		remote := p.from == "192.0.2.2:40000"
		if remote {
			assert.Equal(t, "192.0.2.1:6653", p.to)
		}
		got = append(got, line{remote, flags, p.tcp.Seq, p.tcp.Ack, len(p.tcp.Payload)})
	}
	assert.Equal(t, []line{
		{true, "S", 0, 0, 0}, {false, "SA", 0, 1, 0}, {true, "A", 1, 1, 0},
		{true, "PA", 1, 1, 8}, {false, "PA", 1, 9, 8}, {false, "PA", 9, 9, 8}, {true, "PA", 9, 17, 4},
		{false, "FA", 17, 13, 0}, {true, "FA", 13, 18, 0}, {false, "A", 18, 14, 0},
	}, got)
}

func TestAddresses(t *testing.T) {
	for _, tc := range []struct {
		name          string
		local, remote net.Addr
		asks, answers string
	}{
		{"IPv4", here, there, "192.0.2.2:40000", "192.0.2.1:6653"},
		{"dialled", tcpAddr("192.0.2.1", 40000), tcpAddr("192.0.2.2", 6654), "192.0.2.1:40000", "192.0.2.2:6654"},
		{"dialled at 6653", tcpAddr("192.0.2.1", 1024), tcpAddr("192.0.2.2", 6653), "192.0.2.1:1024", "192.0.2.2:6653"},
		{"IPv6", tcpAddr("2001:db8::1", 6653), tcpAddr("2001:db8::2", 40000), "[2001:db8::2]:40000", "[2001:db8::1]:6653"},
		{"IPv4 in IPv6", tcpAddr("::ffff:192.0.2.1", 6653), there, "192.0.2.2:40000", "192.0.2.1:6653"},
		{"a Unix socket", &net.UnixAddr{Name: "/run/x"}, &net.UnixAddr{}, "127.0.0.1:49152", "127.0.0.1:6653"},
		{"nothing", nil, nil, "127.0.0.1:49152", "127.0.0.1:6653"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := &memory{}
			c := capture.New(file, capture.Config{})
			c.Watch(tc.local, tc.remote).Sent([]byte("x"))
			require.NoError(t, c.Close())
			first := packets(t, &file.Buffer)[0]
			assert.Equal(t, tc.asks, first.from)
			assert.Equal(t, tc.answers, first.to)
		})
	}
}

// TestLimit fills a file: it never grows beyond its limit, ends with a whole message, and the log says so once.
func TestLimit(t *testing.T) {
	const limit = 10_000
	log, logged := logtest.NewNullLogger()
	file := &memory{}
	c := capture.New(file, capture.Config{Limit: limit, Log: log})
	w := c.Watch(here, there)
	for range 1000 {
		w.Received(encode(t, &openflow.EchoRequest{Data: make([]byte, 100)}))
	}
	require.Eventually(t, func() bool { return c.Stats().Ended }, eventual, tick)
	assert.Nil(t, c.Watch(here, there), "no new connection is looked at")
	w.Sent(encode(t, &openflow.Hello{}))
	require.NoError(t, c.Close(), "to reach the limit is no error")
	assert.LessOrEqual(t, file.Len(), limit)
	assert.Greater(t, file.Len(), limit-200)
	assert.Equal(t, int64(file.Len()), c.Stats().Bytes)
	require.Len(t, logged.AllEntries(), 2)
	assert.Contains(t, logged.AllEntries()[0].Message, "capture has ended")
	for _, p := range packets(t, &file.Buffer)[3:] {
		assert.Len(t, p.tcp.Payload, 108)
	}
}

// TestSlowFileHoldsNobodyUp shows more than the backlog takes while the file takes nothing: whoever shows goes on at once, what is left
// out is counted, and the sequence numbers tell of the gap.
func TestSlowFileHoldsNobodyUp(t *testing.T) {
	const messages = 1000
	file := &memory{gate: make(chan struct{})}
	c := capture.New(file, capture.Config{Backlog: 10_000})
	w := c.Watch(here, there)
	for range messages {
		w.Sent(encode(t, &openflow.EchoRequest{Data: make([]byte, 92)}, &openflow.EchoReply{Data: make([]byte, 92)}))
	}
	dropped := c.Stats().Dropped
	assert.Greater(t, dropped, uint64(2*messages-400))
	close(file.gate)
	require.Eventually(t, func() bool { return c.Stats().Messages == 2*messages-dropped }, eventual, tick)
	w.Sent(encode(t, &openflow.Hello{}))
	require.NoError(t, c.Close())
	all := packets(t, &file.Buffer)
	last := all[len(all)-1].tcp
	assert.Len(t, last.Payload, 8)
	assert.Equal(t, uint32(1+2*messages*100), last.Seq)
	for _, p := range all[3:] {
		assert.Equal(t, uint32(1), p.tcp.Seq%100)
	}
}

func TestBrokenFile(t *testing.T) {
	log, logged := logtest.NewNullLogger()
	c := capture.New(&memory{broken: errors.New("disk full")}, capture.Config{Log: log})
	w := c.Watch(here, there)
	require.Eventually(t, func() bool { return c.Stats().Ended }, eventual, tick)
	w.Received([]byte("x"))
	assert.ErrorContains(t, c.Close(), "write capture file: disk full")
	assert.NotEmpty(t, logged.AllEntries())
}

func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pcap")
	c, err := capture.Create(path, capture.Config{})
	require.NoError(t, err)
	require.NoError(t, c.Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	assert.Equal(t, int64(24), info.Size())
	_, err = capture.Create(filepath.Join(path, "no"), capture.Config{})
	assert.ErrorContains(t, err, "create capture file")
}
