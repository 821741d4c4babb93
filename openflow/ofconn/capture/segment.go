package capture

import (
	"net/netip"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// segment is one TCP segment of a connection.
type segment struct {
	ends      ends
	fromLocal bool
	seq       sequence
	syn, fin  bool
	push      bool
	noAck     bool // the first of all: there is nothing to acknowledge yet
	ackOne    bool // acknowledges the other's SYN or FIN too
}

// windowScale makes the window as large as it can be (RFC 7323 §2.3): who acknowledged what is not known, and Wireshark should not
// take a burst for a receiver that is full.
const windowScale = 14

// Sizes of headers in bytes.
const (
	ethernetHeader = 14
	ipv4Header     = 20
	ipv6Header     = 40
	tcpHeader      = 20
	tcpOptions     = 4 // of a SYN: the window scale, padded
)

// headers is the size of what stands before the payload.
func (s *segment) headers() int64 {
	n := int64(ethernetHeader + ipv6Header + tcpHeader)
	if s.ends.local.Addr().Is4() {
		n = ethernetHeader + ipv4Header + tcpHeader
	}
	if s.syn {
		n += tcpOptions
	}
	return n
}

// advance moves past payload.
func (s *segment) advance(n int) {
	if s.fromLocal {
		s.seq.local += uint32(n)
	} else {
		s.seq.remote += uint32(n)
	}
}

// serialize gives the packet, valid until buffer is used again.
func (s *segment) serialize(buffer gopacket.SerializeBuffer, payload []byte) ([]byte, error) {
	from, to, seq, ack := s.ends.remote, s.ends.local, s.seq.remote, s.seq.local
	if s.fromLocal {
		from, to, seq, ack = to, from, ack, seq
	}
	if s.ackOne {
		ack++
	}
	if s.noAck {
		ack = 0
	}
	tcp := &layers.TCP{
		SrcPort: layers.TCPPort(from.Port()), DstPort: layers.TCPPort(to.Port()), Seq: seq, Ack: ack, Window: 1<<16 - 1,
		SYN: s.syn, FIN: s.fin, PSH: s.push, ACK: !s.noAck,
	}
	if s.syn {
		tcp.Options = []layers.TCPOption{{OptionType: layers.TCPOptionKindWindowScale, OptionLength: 3, OptionData: []byte{windowScale}}}
	}
	eth := &layers.Ethernet{SrcMAC: macOf(from.Addr().AsSlice()), DstMAC: macOf(to.Addr().AsSlice()), EthernetType: layers.EthernetTypeIPv4}
	ip := network(from.Addr(), to.Addr(), eth)
	if err := tcp.SetNetworkLayerForChecksum(ip); err != nil {
		return nil, err
	}
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buffer, options, eth, ip, tcp, gopacket.Payload(payload)); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// ipLayer is IPv4 or IPv6.
type ipLayer interface {
	gopacket.SerializableLayer
	gopacket.NetworkLayer
}

// network gives the IP header, and sets the type of the frame.
func network(from, to netip.Addr, eth *layers.Ethernet) ipLayer {
	const hops = 64
	if from.Is4() {
		return &layers.IPv4{Version: 4, TTL: hops, Flags: layers.IPv4DontFragment, Protocol: layers.IPProtocolTCP, SrcIP: from.AsSlice(), DstIP: to.AsSlice()}
	}
	eth.EthernetType = layers.EthernetTypeIPv6
	return &layers.IPv6{Version: 6, HopLimit: hops, NextHeader: layers.IPProtocolTCP, SrcIP: from.AsSlice(), DstIP: to.AsSlice()}
}

// localListens guesses who was connected to: port 6653 in any case, else the lower port, as ports that are given out are high.
func (e ends) localListens() bool {
	switch {
	case e.local.Port() == openFlowPort:
		return true
	case e.remote.Port() == openFlowPort:
		return false
	}
	return e.local.Port() < e.remote.Port()
}
