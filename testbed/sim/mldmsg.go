package sim

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

// MLD message types (RFC 2710 §3, RFC 3810 §5). Like that of IGMP, this encoder shares nothing with the project's igmp package on purpose.
const (
	mldQuery        = 130
	mldV1Report     = 131
	mldV1Done       = 132
	mldV2ReportType = 143
)

var (
	allMLDRouters   = netip.MustParseAddr("ff02::2")
	allMLDv2Routers = netip.MustParseAddr("ff02::16")
)

// mldV1Message builds an MLDv1 report or done.
func mldV1Message(kind byte, g netip.Addr) []byte {
	return append([]byte{kind, 0, 0, 0, 0, 0, 0, 0}, g.AsSlice()...)
}

func mldV2Report(records []groupRecord) []byte {
	b := []byte{mldV2ReportType, 0, 0, 0, 0, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(len(records)))
	for _, r := range records {
		b = append(b, r.kind, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(len(r.sources)))
		b = append(b, r.group.AsSlice()...)
		for _, s := range r.sources {
			b = append(b, s.AsSlice()...)
		}
	}
	return b
}

// sendMLD sends a message as RFC 3810 §5 wants: from the address of the link, hop limit 1, router alert.
func (h *host) sendMLD(to netip.Addr, b []byte) {
	h.sendICMPv6(ipv6Header{dstMAC: groupMAC(to), src: h.local, dst: to, hopLimit: 1, routerAlert: true}, b)
}

// receiveMLD treats MLD from the network: queries, and other hosts' reports in MLDv1.
func (i *igmpHost) receiveMLD(p ipPacket) {
	b := p.payload
	if len(b) < 24 {
		return
	}
	if b[0] == mldV1Report {
		i.heard(netip.AddrFrom16([16]byte(b[8:24])))
		return
	}
	if p.ttl != 1 || !p.routerAlert || !p.src.IsLinkLocalUnicast() {
		i.h.bad(fmt.Sprintf("MLD query of %s has hop limit %d, router alert %t: want a link-local source, 1, true (RFC 3810 §5)", p.src, p.ttl, p.routerAlert))
	}
	if q, ok := parseMLDQuery(b); ok {
		i.query(q)
	}
}

// parseMLDQuery reads a query of at least 24 bytes; its version shows in its length (RFC 3810 §8.1).
func parseMLDQuery(b []byte) (q query, ok bool) {
	code := binary.BigEndian.Uint16(b[4:])
	q = query{version: 2, group: netip.AddrFrom16([16]byte(b[8:24])), maxResp: time.Duration(code) * time.Millisecond}
	if len(b) == 24 {
		return q, true
	}
	if len(b) < 28 || len(b) < 28+16*int(binary.BigEndian.Uint16(b[26:])) {
		return q, false
	}
	q.version = 3
	if code >= 0x8000 { // RFC 3810 §5.1.3
		q.maxResp = time.Duration(int(code&0xfff|0x1000)<<(code>>12&7+3)) * time.Millisecond
	}
	q.robustness = int(b[24] & 7)
	q.interval = time.Duration(floatCode(b[25])) * time.Second
	for at := 28; at < 28+16*int(binary.BigEndian.Uint16(b[26:])); at += 16 {
		q.sources = append(q.sources, netip.AddrFrom16([16]byte(b[at:at+16])))
	}
	return q, true
}
