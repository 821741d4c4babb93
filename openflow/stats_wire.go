package openflow

// Lengths in bytes of the names in struct ofp_desc (OpenFlow 1.3.5 §7.3.5.1).
const (
	descLen    = 256
	serialLen  = 32
	descSize   = 4*descLen + serialLen
	serialFrom = 3 * descLen
)

func (r RawReply) appendReply(b []byte) ([]byte, error) { return append(b, r.Data...), nil }

func (r ExperimenterReply) appendReply(b []byte) ([]byte, error) {
	return appendExperimenter(b, r.ID, r.ExpType, r.Data)
}

func (r Desc) appendReply(b []byte) ([]byte, error) {
	b, s := growZero(b, descSize)
	parts := [...]struct {
		text string
		room []byte
		what string
	}{
		{r.Manufacturer, s[:descLen], "manufacturer"},
		{r.Hardware, s[descLen : 2*descLen], "hardware"},
		{r.Software, s[2*descLen : serialFrom], "software"},
		{r.Serial, s[serialFrom : serialFrom+serialLen], "serial"},
		{r.Datapath, s[serialFrom+serialLen:], "datapath"},
	}
	for _, p := range parts {
		if err := putName(p.room, p.text, p.what); err != nil {
			return b, err
		}
	}
	return b, nil
}

func (d *decoder) desc(b []byte) (Desc, error) {
	if err := d.exactly(b, descSize, "body"); err != nil {
		return Desc{}, err
	}
	return Desc{
		Manufacturer: cstring(b[:descLen]),
		Hardware:     cstring(b[descLen : 2*descLen]),
		Software:     cstring(b[2*descLen : serialFrom]),
		Serial:       cstring(b[serialFrom : serialFrom+serialLen]),
		Datapath:     cstring(b[serialFrom+serialLen:]),
	}, nil
}

func (r TableStatsReply) appendReply(b []byte) ([]byte, error) {
	return appendList(b, r, func(b []byte, t *TableStats) ([]byte, error) {
		b, s := growZero(b, 24)
		s[0] = byte(t.Table)
		put32(s[4:], t.ActiveCount)
		put64(s[8:], t.LookupCount)
		put64(s[16:], t.MatchedCount)
		return b, nil
	})
}

func readTableStats(b []byte) TableStats {
	return TableStats{Table: TableID(b[0]), ActiveCount: u32(b[4:]), LookupCount: u64(b[8:]), MatchedCount: u64(b[16:])}
}

// counters lists the counters in the order of the wire (OpenFlow 1.3.5 §7.3.5.6, struct ofp_port_stats).
func (p *PortStats) counters() [12]*uint64 {
	return [12]*uint64{
		&p.RxPackets, &p.TxPackets, &p.RxBytes, &p.TxBytes, &p.RxDropped, &p.TxDropped,
		&p.RxErrors, &p.TxErrors, &p.RxFrameErr, &p.RxOverErr, &p.RxCRCErr, &p.Collisions,
	}
}

func (r PortStatsReply) appendReply(b []byte) ([]byte, error) {
	return appendList(b, r, func(b []byte, p *PortStats) ([]byte, error) {
		b, s := growZero(b, 112)
		put32(s, uint32(p.Port))
		for i, c := range p.counters() {
			put64(s[8+8*i:], *c)
		}
		put32(s[104:], p.DurationSec)
		put32(s[108:], p.DurationNsec)
		return b, nil
	})
}

func readPortStats(b []byte) PortStats {
	p := PortStats{Port: PortNo(u32(b)), DurationSec: u32(b[104:]), DurationNsec: u32(b[108:])}
	for i, c := range p.counters() {
		*c = u64(b[8+8*i:])
	}
	return p
}

func (r QueueStatsReply) appendReply(b []byte) ([]byte, error) {
	return appendList(b, r, func(b []byte, q *QueueStats) ([]byte, error) {
		b, s := grow(b, 40)
		put32(s, uint32(q.Port))
		put32(s[4:], q.Queue)
		put64(s[8:], q.TxBytes)
		put64(s[16:], q.TxPackets)
		put64(s[24:], q.TxErrors)
		put32(s[32:], q.DurationSec)
		put32(s[36:], q.DurationNsec)
		return b, nil
	})
}

func readQueueStats(b []byte) QueueStats {
	return QueueStats{
		Port: PortNo(u32(b)), Queue: u32(b[4:]),
		TxBytes: u64(b[8:]), TxPackets: u64(b[16:]), TxErrors: u64(b[24:]),
		DurationSec: u32(b[32:]), DurationNsec: u32(b[36:]),
	}
}

func (r PortDescReply) appendReply(b []byte) ([]byte, error) { return appendList(b, r, appendPort) }
