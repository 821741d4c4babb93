package sim

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// IGMP message and record types (RFC 2236 §2, RFC 3376 §4). This encoder shares nothing with the project's igmp package on purpose.
const (
	igmpQuery    = 0x11
	igmpV1Report = 0x12
	igmpV2Report = 0x16
	igmpV2Leave  = 0x17
	igmpV3Report = 0x22

	modeIsInclude   = 1
	modeIsExclude   = 2
	changeToInclude = 3
	changeToExclude = 4
	allowNewSources = 5
	blockOldSources = 6
)

const (
	ipTOSControl = 0xc0 // RFC 3376 §4: Internetwork Control
	// maxReport is how long an IGMPv3 report may be, so that it fits an Ethernet frame.
	maxReport = 1400
)

var (
	allSystems   = netip.AddrFrom4([4]byte{224, 0, 0, 1})
	allRouters   = netip.AddrFrom4([4]byte{224, 0, 0, 2})
	allV3Routers = netip.AddrFrom4([4]byte{224, 0, 0, 22})
)

// groupRecord is one record of an IGMPv3 report (RFC 3376 §4.2.4).
type groupRecord struct {
	kind    byte
	group   netip.Addr
	sources []netip.Addr
}

func (r *groupRecord) len() int { return 8 + 4*len(r.sources) }

// v3Reports packs records into as few messages as hold them (RFC 3376 §4.2.16).
func v3Reports(records []groupRecord) [][]byte {
	var out [][]byte
	for len(records) > 0 {
		n, size := 0, 8
		for n < len(records) && (n == 0 || size+records[n].len() <= maxReport) {
			size += records[n].len()
			n++
		}
		out = append(out, v3Report(records[:n]))
		records = records[n:]
	}
	return out
}

func v3Report(records []groupRecord) []byte {
	b := []byte{igmpV3Report, 0, 0, 0, 0, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(len(records)))
	for _, r := range records {
		group := r.group.As4()
		b = append(b, r.kind, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(len(r.sources)))
		b = append(b, group[:]...)
		for _, s := range r.sources {
			source := s.As4()
			b = append(b, source[:]...)
		}
	}
	return sumIGMP(b)
}

// v2Message builds an IGMPv1 or v2 report, or a leave, which have one form (RFC 1112 appendix I, RFC 2236 §2).
func v2Message(kind byte, g netip.Addr) []byte {
	group := g.As4()
	return sumIGMP(append([]byte{kind, 0, 0, 0}, group[:]...))
}

func sumIGMP(b []byte) []byte {
	binary.BigEndian.PutUint16(b[2:], onesComplement(b))
	return b
}

// sendIGMP sends a message as RFC 3376 §4 wants: TTL 1, router alert.
func (h *host) sendIGMP(to netip.Addr, b []byte) {
	h.send(ipv4Frame(ipv4Header{
		dstMAC: groupMAC(to), srcMAC: h.mac, src: h.addr, dst: to,
		proto: protoIGMP, ttl: 1, tos: ipTOSControl, routerAlert: true,
	}, b))
}

// query is an IGMP query.
type query struct {
	version    int
	group      netip.Addr // unspecified: a general query
	sources    []netip.Addr
	maxResp    time.Duration
	robustness int // 0: not told
	interval   time.Duration
}

// parseQuery reads a query; its version shows in its length (RFC 3376 §7.1).
func parseQuery(b []byte) (q query, ok bool) {
	if len(b) < 8 || b[0] != igmpQuery {
		return q, false
	}
	q.group = netip.AddrFrom4([4]byte(b[4:8]))
	if len(b) == 8 {
		q.version, q.maxResp = 2, time.Duration(b[1])*100*time.Millisecond
		if b[1] == 0 {
			q.version, q.maxResp = 1, v1Response
		}
		return q, true
	}
	if len(b) < 12 {
		return q, false
	}
	n := int(binary.BigEndian.Uint16(b[10:]))
	if len(b) < 12+4*n {
		return q, false
	}
	q.version = 3
	q.maxResp = time.Duration(floatCode(b[1])) * 100 * time.Millisecond
	q.robustness = int(b[8] & 7)
	q.interval = time.Duration(floatCode(b[9])) * time.Second
	for i := range n {
		q.sources = append(q.sources, netip.AddrFrom4([4]byte(b[12+4*i:16+4*i])))
	}
	return q, true
}

// floatCode decodes Max Resp Code and QQIC (RFC 3376 §4.1.1, §4.1.7).
func floatCode(c byte) int {
	if c < 128 {
		return int(c)
	}
	return (int(c&0xf) | 0x10) << (c>>4&7 + 3)
}
