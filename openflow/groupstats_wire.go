package openflow

func (r GroupStatsReply) appendReply(b []byte) ([]byte, error) {
	return appendList(b, r, appendGroupStats)
}

// appendGroupStats writes struct ofp_group_stats (OpenFlow 1.3.5 §7.3.5.9).
func appendGroupStats(b []byte, g *GroupStats) ([]byte, error) {
	size := 40 + 16*len(g.Buckets)
	b, s := growZero(b, size)
	put16(s, uint16(size))
	put32(s[4:], uint32(g.Group))
	put32(s[8:], g.RefCount)
	put64(s[16:], g.PacketCount)
	put64(s[24:], g.ByteCount)
	put32(s[32:], g.DurationSec)
	put32(s[36:], g.DurationNsec)
	for i, c := range g.Buckets {
		put64(s[40+16*i:], c.PacketCount)
		put64(s[48+16*i:], c.ByteCount)
	}
	return b, nil
}

func (d *decoder) groupStats(b []byte) (GroupStatsReply, error) {
	list := GroupStatsReply(makeList[GroupStats](b, 0, 40))
	for len(b) > 0 {
		if err := d.atLeast(b, 40, "group stats"); err != nil {
			return nil, err
		}
		g, rest, err := d.element(b, int(u16(b)), 40, true, "group stats", badRequestLen)
		if err != nil {
			return nil, err
		}
		buckets, err := records(d, g[40:], 16, "bucket counter", func(b []byte) BucketCounter {
			return BucketCounter{PacketCount: u64(b), ByteCount: u64(b[8:])}
		})
		if err != nil {
			return nil, err
		}
		list = append(list, GroupStats{
			Group: GroupID(u32(g[4:])), RefCount: u32(g[8:]),
			PacketCount: u64(g[16:]), ByteCount: u64(g[24:]),
			DurationSec: u32(g[32:]), DurationNsec: u32(g[36:]),
			Buckets: buckets,
		})
		b = rest
	}
	return list, nil
}

func (r GroupDescReply) appendReply(b []byte) ([]byte, error) {
	return appendList(b, r, appendGroupDesc)
}

// appendGroupDesc writes struct ofp_group_desc (OpenFlow 1.3.5 §7.3.5.10).
func appendGroupDesc(b []byte, g *GroupDesc) ([]byte, error) {
	start := len(b)
	b, s := growZero(b, 8)
	s[2] = byte(g.GroupType)
	put32(s[4:], uint32(g.Group))
	b, err := appendBuckets(b, g.Buckets)
	put16(b[start:], uint16(len(b)-start))
	return b, err
}

func (d *decoder) groupDesc(b []byte) (GroupDescReply, error) {
	list := GroupDescReply(makeList[GroupDesc](b, 0, 8))
	for len(b) > 0 {
		if err := d.atLeast(b, 8, "group"); err != nil {
			return nil, err
		}
		g, rest, err := d.element(b, int(u16(b)), 8, true, "group", badRequestLen)
		if err != nil {
			return nil, err
		}
		buckets, err := d.buckets(g[8:])
		if err != nil {
			return nil, err
		}
		list = append(list, GroupDesc{GroupType: GroupType(g[2]), Group: GroupID(u32(g[4:])), Buckets: buckets})
		b = rest
	}
	return list, nil
}

// appendReply writes struct ofp_group_features (OpenFlow 1.3.5 §7.3.5.11).
func (r GroupFeatures) appendReply(b []byte) ([]byte, error) {
	b, s := grow(b, 40)
	put32(s, r.Types)
	put32(s[4:], r.Capabilities)
	for i := range 4 {
		put32(s[8+4*i:], r.MaxGroups[i])
		put32(s[24+4*i:], r.Actions[i])
	}
	return b, nil
}

func (d *decoder) groupFeatures(b []byte) (GroupFeatures, error) {
	if err := d.exactly(b, 40, "body"); err != nil {
		return GroupFeatures{}, err
	}
	f := GroupFeatures{Types: u32(b), Capabilities: u32(b[4:])}
	for i := range 4 {
		f.MaxGroups[i] = u32(b[8+4*i:])
		f.Actions[i] = u32(b[24+4*i:])
	}
	return f, nil
}
