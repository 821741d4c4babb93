package openflow

func (m *GroupMod) appendBody(b []byte) ([]byte, error) {
	b, s := grow(b, 8)
	put16(s, uint16(m.Command))
	s[2], s[3] = byte(m.GroupType), 0
	put32(s[4:], uint32(m.Group))
	return appendBuckets(b, m.Buckets)
}

func appendBuckets(b []byte, list []Bucket) (_ []byte, err error) {
	for i := range list {
		if b, err = appendBucket(b, &list[i]); err != nil {
			return b, err
		}
	}
	return b, nil
}

// appendBucket writes struct ofp_bucket (OpenFlow 1.3.5 §7.3.4.2).
func appendBucket(b []byte, k *Bucket) ([]byte, error) {
	if len(k.Actions) == 1 { // the most frequent by far is one port, so it is written in one go
		if o, ok := k.Actions[0].(Output); ok {
			return appendOutputBucket(b, k, o), nil
		}
	}
	start := len(b)
	b, s := grow(b, 16)
	_ = s[15]
	put64(s, uint64(k.Weight)<<32|uint64(k.WatchPort)) // the length comes when it is known
	put64(s[8:], uint64(k.WatchGroup)<<32)
	b, err := appendActions(b, k.Actions)
	put16(b[start:], uint16(len(b)-start))
	return b, err
}

// appendOutputBucket writes a bucket that sends to one port.
func appendOutputBucket(b []byte, k *Bucket, o Output) []byte {
	b, s := grow(b, 32)
	_ = s[31]
	put64(s, 32<<48|uint64(k.Weight)<<32|uint64(k.WatchPort))
	put64(s[8:], uint64(k.WatchGroup)<<32)
	put64(s[16:], uint64(actionOutput)<<48|16<<32|uint64(o.Port))
	put64(s[24:], uint64(o.MaxLen)<<48)
	return b
}

func (d *decoder) groupMod(b []byte) (*GroupMod, error) {
	if err := d.atLeast(b, 8, "body"); err != nil {
		return nil, err
	}
	list, err := d.buckets(b[8:])
	if err != nil {
		return nil, err
	}
	return &GroupMod{Command: GroupModCommand(u16(b)), GroupType: GroupType(b[2]), Group: GroupID(u32(b[4:])), Buckets: list}, nil
}

// buckets reads a list of buckets that fills b.
func (d *decoder) buckets(b []byte) ([]Bucket, error) {
	list := makeList[Bucket](b, 0, 16)
	for len(b) > 0 {
		if len(b) < 16 {
			return nil, d.fail(b, "bucket", "cut short", badBucket)
		}
		k, rest, err := d.element(b, int(u16(b)), 16, true, "bucket", badBucket)
		if err != nil {
			return nil, err
		}
		actions, err := d.actions(k[16:])
		if err != nil {
			return nil, err
		}
		list = append(list, Bucket{
			Weight:     u16(k[2:]),
			WatchPort:  PortNo(u32(k[4:])),
			WatchGroup: GroupID(u32(k[8:])),
			Actions:    actions,
		})
		b = rest
	}
	return list, nil
}
