package openflow

// Requests without a body.

func (DescRequest) appendRequest(b []byte) ([]byte, error)          { return b, nil }
func (TableStatsRequest) appendRequest(b []byte) ([]byte, error)    { return b, nil }
func (GroupDescRequest) appendRequest(b []byte) ([]byte, error)     { return b, nil }
func (GroupFeaturesRequest) appendRequest(b []byte) ([]byte, error) { return b, nil }
func (MeterFeaturesRequest) appendRequest(b []byte) ([]byte, error) { return b, nil }
func (PortDescRequest) appendRequest(b []byte) ([]byte, error)      { return b, nil }

func (r RawRequest) appendRequest(b []byte) ([]byte, error) { return append(b, r.Data...), nil }

func (r ExperimenterRequest) appendRequest(b []byte) ([]byte, error) {
	return appendExperimenter(b, r.ID, r.ExpType, r.Data)
}

func (r TableFeaturesRequest) appendRequest(b []byte) ([]byte, error) {
	return appendList(b, r, appendTableFeatures)
}

func (r FlowStatsRequest) appendRequest(b []byte) ([]byte, error) {
	return AggregateRequest(r).appendRequest(b)
}

// appendRequest writes the filter that flow and aggregate requests share (OpenFlow 1.3.5 §7.3.5.2, struct ofp_flow_stats_request).
func (r AggregateRequest) appendRequest(b []byte) ([]byte, error) {
	b, s := growZero(b, 32)
	s[0] = byte(r.Table)
	put32(s[4:], uint32(r.OutPort))
	put32(s[8:], uint32(r.OutGroup))
	put64(s[16:], r.Cookie)
	put64(s[24:], r.CookieMask)
	return appendMatch(b, r.Match), nil
}

func (d *decoder) flowFilter(b []byte) (AggregateRequest, error) {
	if err := d.atLeast(b, 32, "body"); err != nil {
		return AggregateRequest{}, err
	}
	match, rest, err := d.match(b[32:], nil)
	if err != nil {
		return AggregateRequest{}, err
	}
	return AggregateRequest{
		Table:      TableID(b[0]),
		OutPort:    PortNo(u32(b[4:])),
		OutGroup:   GroupID(u32(b[8:])),
		Cookie:     u64(b[16:]),
		CookieMask: u64(b[24:]),
		Match:      match,
	}, d.exactly(rest, 0, "end")
}

// appendID writes a request that is one id and padding.
func appendID(b []byte, id uint32) ([]byte, error) {
	b, s := grow(b, 8)
	put64(s, uint64(id)<<32)
	return b, nil
}

func (d *decoder) idOnly(b []byte) (uint32, error) {
	if err := d.exactly(b, 8, "body"); err != nil {
		return 0, err
	}
	return u32(b), nil
}

func (r PortStatsRequest) appendRequest(b []byte) ([]byte, error) {
	return appendID(b, uint32(r.Port))
}

func (r GroupStatsRequest) appendRequest(b []byte) ([]byte, error) {
	return appendID(b, uint32(r.Group))
}

func (r MeterStatsRequest) appendRequest(b []byte) ([]byte, error) {
	return appendID(b, uint32(r.Meter))
}

func (r MeterConfigRequest) appendRequest(b []byte) ([]byte, error) {
	return appendID(b, uint32(r.Meter))
}

func (r QueueStatsRequest) appendRequest(b []byte) ([]byte, error) {
	b, s := grow(b, 8)
	put32(s, uint32(r.Port))
	put32(s[4:], r.Queue)
	return b, nil
}

func (d *decoder) queueStatsRequest(b []byte) (QueueStatsRequest, error) {
	if err := d.exactly(b, 8, "body"); err != nil {
		return QueueStatsRequest{}, err
	}
	return QueueStatsRequest{Port: PortNo(u32(b)), Queue: u32(b[4:])}, nil
}
