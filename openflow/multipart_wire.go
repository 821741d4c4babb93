package openflow

import "fmt"

func (m *MultipartRequest) appendBody(b []byte) ([]byte, error) {
	if m.Body == nil {
		return b, fmt.Errorf("multipart body: %w", errNil)
	}
	return m.Body.appendRequest(appendMultipartHeader(b, m.Body.MultipartType(), m.Flags))
}

func (m *MultipartReply) appendBody(b []byte) ([]byte, error) {
	if m.Body == nil {
		return b, fmt.Errorf("multipart body: %w", errNil)
	}
	return m.Body.appendReply(appendMultipartHeader(b, m.Body.MultipartType(), m.Flags))
}

// appendMultipartHeader writes type, flags and padding (OpenFlow 1.3.5 §7.3.5).
func appendMultipartHeader(b []byte, t MultipartType, flags uint16) []byte {
	b, s := grow(b, 8)
	put64(s, uint64(t)<<48|uint64(flags)<<32)
	return b
}

func (d *decoder) multipartRequest(b []byte) (*MultipartRequest, error) {
	if err := d.atLeast(b, 8, "body"); err != nil {
		return nil, err
	}
	body, err := d.requestBody(MultipartType(u16(b)), b[8:])
	return &MultipartRequest{Flags: u16(b[2:]), Body: body}, err
}

func (d *decoder) multipartReply(b []byte) (*MultipartReply, error) {
	if err := d.atLeast(b, 8, "body"); err != nil {
		return nil, err
	}
	body, err := d.replyBody(MultipartType(u16(b)), b[8:])
	return &MultipartReply{Flags: u16(b[2:]), Body: body}, err
}

// requestBody reads the body of a request; kinds that are not known stay raw.
func (d *decoder) requestBody(t MultipartType, b []byte) (RequestBody, error) {
	switch t {
	case MultipartDesc:
		return DescRequest{}, d.exactly(b, 0, "body")
	case MultipartFlow:
		f, err := d.flowFilter(b)
		return FlowStatsRequest(f), err
	case MultipartAggregate:
		return d.flowFilter(b)
	case MultipartTable:
		return TableStatsRequest{}, d.exactly(b, 0, "body")
	case MultipartPortStats:
		n, err := d.idOnly(b)
		return PortStatsRequest{PortNo(n)}, err
	case MultipartQueue:
		return d.queueStatsRequest(b)
	case MultipartGroup:
		n, err := d.idOnly(b)
		return GroupStatsRequest{GroupID(n)}, err
	case MultipartGroupDesc:
		return GroupDescRequest{}, d.exactly(b, 0, "body")
	case MultipartGroupFeatures:
		return GroupFeaturesRequest{}, d.exactly(b, 0, "body")
	case MultipartMeter:
		n, err := d.idOnly(b)
		return MeterStatsRequest{MeterID(n)}, err
	case MultipartMeterConfig:
		n, err := d.idOnly(b)
		return MeterConfigRequest{MeterID(n)}, err
	case MultipartMeterFeatures:
		return MeterFeaturesRequest{}, d.exactly(b, 0, "body")
	case MultipartTableFeatures:
		list, err := d.tableFeatures(b)
		return TableFeaturesRequest(list), err
	case MultipartPortDesc:
		return PortDescRequest{}, d.exactly(b, 0, "body")
	case MultipartExperimenter:
		return d.experimenterRequest(b)
	default:
		return RawRequest{Kind: t, Data: clone(b)}, nil
	}
}

// replyBody reads the body of a reply; kinds that are not known stay raw.
func (d *decoder) replyBody(t MultipartType, b []byte) (ReplyBody, error) {
	switch t {
	case MultipartDesc:
		return d.desc(b)
	case MultipartFlow:
		return d.flowStats(b)
	case MultipartAggregate:
		return d.aggregate(b)
	case MultipartTable:
		list, err := records(d, b, 24, "table stats", readTableStats)
		return TableStatsReply(list), err
	case MultipartPortStats:
		list, err := records(d, b, 112, "port stats", readPortStats)
		return PortStatsReply(list), err
	case MultipartQueue:
		list, err := records(d, b, 40, "queue stats", readQueueStats)
		return QueueStatsReply(list), err
	case MultipartGroup:
		return d.groupStats(b)
	case MultipartGroupDesc:
		return d.groupDesc(b)
	case MultipartGroupFeatures:
		return d.groupFeatures(b)
	case MultipartMeter:
		return d.meterStats(b)
	case MultipartMeterConfig:
		return d.meterConfig(b)
	case MultipartMeterFeatures:
		return d.meterFeatures(b)
	case MultipartTableFeatures:
		list, err := d.tableFeatures(b)
		return TableFeaturesReply(list), err
	case MultipartPortDesc:
		list, err := records(d, b, portLen, "port", readPort)
		return PortDescReply(list), err
	case MultipartExperimenter:
		return d.experimenterReply(b)
	default:
		return RawReply{Kind: t, Data: clone(b)}, nil
	}
}
