package sim

import "net/netip"

// speech is how a host says what it wants: IGMP for IPv4 groups, MLD for IPv6 groups.
type speech interface {
	systems() netip.Addr // the group of all systems, which is never reported
	newest() int         // the version in which sources can be named, which counts as 3 here
	report(h *host, g netip.Addr, version int)
	leave(h *host, g netip.Addr)
	records(h *host, records []groupRecord)
}

// igmpSpeech is IGMPv1, v2 and v3.
type igmpSpeech struct{}

func (igmpSpeech) systems() netip.Addr { return allSystems }
func (igmpSpeech) newest() int         { return 3 }

func (igmpSpeech) report(h *host, g netip.Addr, version int) {
	if version == 1 {
		h.send(ipv4Frame(ipv4Header{dstMAC: groupMAC(g), srcMAC: h.mac, src: h.addr, dst: g, proto: protoIGMP, ttl: 1}, v2Message(igmpV1Report, g)))
		return
	}
	h.sendIGMP(g, v2Message(igmpV2Report, g))
}

func (igmpSpeech) leave(h *host, g netip.Addr) { h.sendIGMP(allRouters, v2Message(igmpV2Leave, g)) }

func (igmpSpeech) records(h *host, records []groupRecord) {
	for _, b := range v3Reports(records) {
		h.sendIGMP(allV3Routers, b)
	}
}

// mldSpeech is MLDv1 and v2.
type mldSpeech struct{}

func (mldSpeech) systems() netip.Addr { return allNodes }
func (mldSpeech) newest() int         { return 2 }

func (mldSpeech) report(h *host, g netip.Addr, _ int) { h.sendMLD(g, mldV1Message(mldV1Report, g)) }
func (mldSpeech) leave(h *host, g netip.Addr)         { h.sendMLD(allMLDRouters, mldV1Message(mldV1Done, g)) }

func (mldSpeech) records(h *host, records []groupRecord) {
	for len(records) > 0 {
		n, size := 0, 8
		for n < len(records) && (n == 0 || size+20+16*len(records[n].sources) <= maxReport) {
			size += 20 + 16*len(records[n].sources)
			n++
		}
		h.sendMLD(allMLDv2Routers, mldV2Report(records[:n]))
		records = records[n:]
	}
}
