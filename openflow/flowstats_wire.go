package openflow

func (r FlowStatsReply) appendReply(b []byte) ([]byte, error) {
	return appendList(b, r, appendFlowStats)
}

// appendFlowStats writes struct ofp_flow_stats (OpenFlow 1.3.5 §7.3.5.2).
func appendFlowStats(b []byte, f *FlowStats) ([]byte, error) {
	start := len(b)
	b, s := growZero(b, 48)
	s[2] = byte(f.Table)
	put32(s[4:], f.DurationSec)
	put32(s[8:], f.DurationNsec)
	put16(s[12:], f.Priority)
	put16(s[14:], f.IdleTimeout)
	put16(s[16:], f.HardTimeout)
	put16(s[18:], uint16(f.Flags))
	put64(s[24:], f.Cookie)
	put64(s[32:], f.PacketCount)
	put64(s[40:], f.ByteCount)
	b, err := appendInstructions(appendMatch(b, f.Match), f.Instructions)
	put16(b[start:], uint16(len(b)-start))
	return b, err
}

func (d *decoder) flowStats(b []byte) (FlowStatsReply, error) {
	list := FlowStatsReply(makeList[FlowStats](b, 0, 56))
	for len(b) > 0 {
		if err := d.atLeast(b, 56, "flow stats"); err != nil {
			return nil, err
		}
		one, rest, err := d.element(b, int(u16(b)), 56, true, "flow stats", badRequestLen)
		if err != nil {
			return nil, err
		}
		f, err := d.flowStatsEntry(one)
		if err != nil {
			return nil, err
		}
		list, b = append(list, f), rest
	}
	return list, nil
}

func (d *decoder) flowStatsEntry(b []byte) (FlowStats, error) {
	match, rest, err := d.match(b[48:], nil)
	if err != nil {
		return FlowStats{}, err
	}
	instructions, err := d.instructions(rest)
	if err != nil {
		return FlowStats{}, err
	}
	return FlowStats{
		Table:        TableID(b[2]),
		DurationSec:  u32(b[4:]),
		DurationNsec: u32(b[8:]),
		Priority:     u16(b[12:]),
		IdleTimeout:  u16(b[14:]),
		HardTimeout:  u16(b[16:]),
		Flags:        FlowFlags(u16(b[18:])),
		Cookie:       u64(b[24:]),
		PacketCount:  u64(b[32:]),
		ByteCount:    u64(b[40:]),
		Match:        match,
		Instructions: instructions,
	}, nil
}

func (r AggregateReply) appendReply(b []byte) ([]byte, error) {
	b, s := growZero(b, 24)
	put64(s, r.PacketCount)
	put64(s[8:], r.ByteCount)
	put32(s[16:], r.FlowCount)
	return b, nil
}

func (d *decoder) aggregate(b []byte) (AggregateReply, error) {
	if err := d.exactly(b, 24, "body"); err != nil {
		return AggregateReply{}, err
	}
	return AggregateReply{PacketCount: u64(b), ByteCount: u64(b[8:]), FlowCount: u32(b[16:])}, nil
}
