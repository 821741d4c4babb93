package sim

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"crosspoint/openflow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// t0 is when tests of a bare switch begin.
var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// bench is a switch with a clock that the test moves.
type bench struct {
	t   *testing.T
	s   *Switch
	now time.Time
}

func newBench(t *testing.T, ports int) *bench {
	var list []openflow.Port
	for i := range ports {
		list = append(list, openflow.Port{No: openflow.PortNo(i + 1), Name: "p"})
	}
	return &bench{t: t, s: NewSwitch(1, "s1", list), now: t0}
}

// send has the switch carry out a message and gives the error it answers, or nil.
func (b *bench) send(m openflow.Message) *openflow.ErrorMsg {
	_, refused := b.ask(m)
	return refused
}

// ask gives the answers to one message, and the error among them.
func (b *bench) ask(m openflow.Message) (answers []openflow.Message, refused *openflow.ErrorMsg) {
	replies, _ := b.s.Control(b.now, openflow.Header{XID: 77}, m)
	for _, r := range replies {
		if e, ok := r.Msg.(*openflow.ErrorMsg); ok {
			require.Equal(b.t, uint32(77), r.XID)
			refused = e
			continue
		}
		answers = append(answers, r.Msg)
	}
	return answers, refused
}

// ok has the switch carry out what it must not refuse.
func (b *bench) ok(msgs ...openflow.Message) {
	b.t.Helper()
	for _, m := range msgs {
		if e := b.send(m); e != nil {
			require.NoError(b.t, e)
		}
	}
}

// flow adds entries written as ovs-ofctl does.
func (b *bench) flow(lines ...string) {
	b.t.Helper()
	for _, l := range lines {
		b.ok(flow(b.t, l))
	}
}

// ports receives a frame and gives the ports by which it leaves.
func (b *bench) ports(in openflow.PortNo, frame []byte) []openflow.PortNo {
	out, _ := b.s.Receive(b.now, in, frame)
	return portsOf(out)
}

func portsOf(out []Emission) []openflow.PortNo {
	var ports []openflow.PortNo
	for _, e := range out {
		ports = append(ports, e.Port)
	}
	return ports
}

// refuses checks that a message is refused with exactly this.
func (b *bench) refuses(m openflow.Message, typ openflow.ErrorType, code openflow.ErrorCode) {
	b.t.Helper()
	e := b.send(m)
	require.NotNil(b.t, e, "want %s", openflow.CodeName(typ, code))
	require.Equal(b.t, openflow.CodeName(typ, code), openflow.CodeName(e.ErrType, e.Code))
	require.GreaterOrEqual(b.t, len(e.Data), 8, "the error must carry the request")
	require.Equal(b.t, byte(m.Type()), e.Data[1])
}

func flow(t testing.TB, line string) *openflow.FlowMod {
	t.Helper()
	m, err := openflow.ParseFlow(line)
	require.NoError(t, err)
	return &m
}

func groupAdd(t testing.TB, line string) *openflow.GroupMod {
	t.Helper()
	m, err := openflow.ParseGroup(line)
	require.NoError(t, err)
	return &m
}

// kbps makes a meter with one drop band.
func kbps(id openflow.MeterID, rate, burst uint32) *openflow.MeterMod {
	return &openflow.MeterMod{
		Flags: openflow.MeterKbps | openflow.MeterBurst, Meter: id,
		Bands: []openflow.Band{{Type: openflow.BandDrop, Rate: rate, Burst: burst}},
	}
}

func mac(n byte) net.HardwareAddr { return net.HardwareAddr{0, 0, 0, 0, 0, n} }

// udp builds a frame with gopacket.
func udp(t testing.TB, src, dst string, port uint16, payload int) []byte {
	t.Helper()
	to := netip.MustParseAddr(dst)
	dstMAC := mac(9)
	if to.IsMulticast() {
		m := groupMAC(to)
		dstMAC = m[:]
	}
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.ParseIP(src).To4(), DstIP: net.ParseIP(dst).To4()}
	u := &layers.UDP{SrcPort: 1000, DstPort: layers.UDPPort(port)}
	require.NoError(t, u.SetNetworkLayerForChecksum(ip))
	return serialize(t, &layers.Ethernet{SrcMAC: mac(1), DstMAC: dstMAC, EthernetType: layers.EthernetTypeIPv4}, ip, u, gopacket.Payload(make([]byte, payload)))
}

func serialize(t testing.TB, l ...gopacket.SerializableLayer) []byte {
	t.Helper()
	buf := gopacket.NewSerializeBuffer()
	opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	require.NoError(t, gopacket.SerializeLayers(buf, opts, l...))
	return buf.Bytes()
}

// requireSound checks that a frame's lengths and checksums are right, by serializing it again.
func requireSound(t testing.TB, frame []byte) {
	t.Helper()
	p := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.Default)
	require.Nil(t, p.ErrorLayer())
	var all []gopacket.SerializableLayer
	var ip *layers.IPv4
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case *layers.IPv4:
			ip = l
		case *layers.UDP:
			require.NoError(t, l.SetNetworkLayerForChecksum(ip))
		case *layers.TCP:
			require.NoError(t, l.SetNetworkLayerForChecksum(ip))
		}
		s, ok := l.(gopacket.SerializableLayer)
		require.True(t, ok, "%s", l.LayerType())
		all = append(all, s)
	}
	require.Equal(t, frame, serialize(t, all...))
}
