package openflow

func (r MeterStatsReply) appendReply(b []byte) ([]byte, error) {
	return appendList(b, r, appendMeterStats)
}

// appendMeterStats writes struct ofp_meter_stats (OpenFlow 1.3.5 §7.3.5.12).
func appendMeterStats(b []byte, m *MeterStats) ([]byte, error) {
	size := 40 + 16*len(m.Bands)
	b, s := growZero(b, size)
	put32(s, uint32(m.Meter))
	put16(s[4:], uint16(size))
	put32(s[12:], m.FlowCount)
	put64(s[16:], m.PacketIn)
	put64(s[24:], m.ByteIn)
	put32(s[32:], m.DurationSec)
	put32(s[36:], m.DurationNsec)
	for i, c := range m.Bands {
		put64(s[40+16*i:], c.PacketCount)
		put64(s[48+16*i:], c.ByteCount)
	}
	return b, nil
}

func (d *decoder) meterStats(b []byte) (MeterStatsReply, error) {
	list := MeterStatsReply(makeList[MeterStats](b, 4, 40))
	for len(b) > 0 {
		if err := d.atLeast(b, 40, "meter stats"); err != nil {
			return nil, err
		}
		m, rest, err := d.element(b, int(u16(b[4:])), 40, true, "meter stats", badRequestLen)
		if err != nil {
			return nil, err
		}
		bands, err := records(d, m[40:], 16, "band counter", func(b []byte) BandCounter {
			return BandCounter{PacketCount: u64(b), ByteCount: u64(b[8:])}
		})
		if err != nil {
			return nil, err
		}
		list = append(list, MeterStats{
			Meter: MeterID(u32(m)), FlowCount: u32(m[12:]),
			PacketIn: u64(m[16:]), ByteIn: u64(m[24:]),
			DurationSec: u32(m[32:]), DurationNsec: u32(m[36:]),
			Bands: bands,
		})
		b = rest
	}
	return list, nil
}

func (r MeterConfigReply) appendReply(b []byte) ([]byte, error) {
	return appendList(b, r, appendMeterConfig)
}

// appendMeterConfig writes struct ofp_meter_config (OpenFlow 1.3.5 §7.3.5.13).
func appendMeterConfig(b []byte, m *MeterConfig) ([]byte, error) {
	start := len(b)
	b, s := grow(b, 8)
	put16(s[2:], uint16(m.Flags))
	put32(s[4:], uint32(m.Meter))
	b, err := appendList(b, m.Bands, appendBand)
	put16(b[start:], uint16(len(b)-start))
	return b, err
}

func (d *decoder) meterConfig(b []byte) (MeterConfigReply, error) {
	list := MeterConfigReply(makeList[MeterConfig](b, 0, 8))
	for len(b) > 0 {
		if err := d.atLeast(b, 8, "meter"); err != nil {
			return nil, err
		}
		m, rest, err := d.element(b, int(u16(b)), 8, true, "meter", badRequestLen)
		if err != nil {
			return nil, err
		}
		bands, err := d.bands(m[8:])
		if err != nil {
			return nil, err
		}
		list = append(list, MeterConfig{Flags: MeterFlags(u16(m[2:])), Meter: MeterID(u32(m[4:])), Bands: bands})
		b = rest
	}
	return list, nil
}

// appendReply writes struct ofp_meter_features (OpenFlow 1.3.5 §7.3.5.14).
func (r MeterFeatures) appendReply(b []byte) ([]byte, error) {
	b, s := growZero(b, 16)
	put32(s, r.MaxMeter)
	put32(s[4:], r.BandTypes)
	put32(s[8:], r.Capabilities)
	s[12], s[13] = r.MaxBands, r.MaxColor
	return b, nil
}

func (d *decoder) meterFeatures(b []byte) (MeterFeatures, error) {
	if err := d.exactly(b, 16, "body"); err != nil {
		return MeterFeatures{}, err
	}
	return MeterFeatures{MaxMeter: u32(b), BandTypes: u32(b[4:]), Capabilities: u32(b[8:]), MaxBands: b[12], MaxColor: b[13]}, nil
}
