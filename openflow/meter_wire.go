package openflow

import "errors"

// bandHeaderLen is the length in bytes of what all bands have in common (OpenFlow 1.3.5 §7.3.4.4, struct ofp_meter_band_header).
const bandHeaderLen = 12

func (m *MeterMod) appendBody(b []byte) ([]byte, error) {
	b, s := grow(b, 8)
	put16(s, uint16(m.Command))
	put16(s[2:], uint16(m.Flags))
	put32(s[4:], uint32(m.Meter))
	return appendList(b, m.Bands, appendBand)
}

// appendBand writes a band. One of a type that is not known has Data right behind the burst size.
func appendBand(b []byte, band *Band) ([]byte, error) {
	start := len(b)
	b, s := grow(b, bandHeaderLen)
	put16(s, uint16(band.Type))
	put32(s[4:], band.Rate)
	put32(s[8:], band.Burst)
	switch band.Type {
	case BandDrop:
		b = append(b, 0, 0, 0, 0)
	case BandDSCPRemark:
		b = append(b, band.PrecLevel, 0, 0, 0)
	case BandExperimenter:
		b, s = grow(b, 4)
		put32(s, band.Experimenter)
		b = append(b, band.Data...)
	default:
		b = append(b, band.Data...)
	}
	size := len(b) - start
	if size%8 != 0 || size > MaxMessageLen {
		return b, errors.New("meter band: length is not a multiple of 8, or too long")
	}
	put16(b[start+2:], uint16(size))
	return b, nil
}

func (d *decoder) meterMod(b []byte) (*MeterMod, error) {
	if err := d.atLeast(b, 8, "body"); err != nil {
		return nil, err
	}
	list, err := d.bands(b[8:])
	if err != nil {
		return nil, err
	}
	return &MeterMod{Command: MeterModCommand(u16(b)), Flags: MeterFlags(u16(b[2:])), Meter: MeterID(u32(b[4:])), Bands: list}, nil
}

// bands reads a list of bands that fills b.
func (d *decoder) bands(b []byte) ([]Band, error) {
	list := makeList[Band](b, 2, 16)
	for len(b) > 0 {
		if len(b) < bandHeaderLen {
			return nil, d.fail(b, "band", "cut short", badBand)
		}
		one, rest, err := d.element(b, int(u16(b[2:])), 16, true, "band", badBand)
		if err != nil {
			return nil, err
		}
		band, err := d.band(one)
		if err != nil {
			return nil, err
		}
		list, b = append(list, band), rest
	}
	return list, nil
}

// band reads one band, all of b.
func (d *decoder) band(b []byte) (Band, error) {
	band := Band{Type: BandType(u16(b)), Rate: u32(b[4:]), Burst: u32(b[8:])}
	switch band.Type {
	case BandDrop, BandDSCPRemark:
		if len(b) != 16 {
			return Band{}, d.fail(b, "band", "length "+utoa(uint64(len(b)))+", want 16", badBand)
		}
		if band.Type == BandDSCPRemark {
			band.PrecLevel = b[12]
		}
	case BandExperimenter:
		band.Experimenter, band.Data = u32(b[12:]), clone(b[16:])
	default:
		band.Data = clone(b[12:])
	}
	return band, nil
}
