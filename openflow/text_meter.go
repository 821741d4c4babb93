package openflow

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// meterFlagNames are the names of MeterFlags from bit 0 on, as ovs-ofctl has them. Never written.
var meterFlagNames = [...]string{"kbps", "pktps", "burst", "stats"}

// String writes the meter with the words of "ovs-ofctl dump-meters", on one line: "meter=1 kbps burst bands=type=drop rate=5000 burst_size=600".
// "ovs-ofctl add-meter" and ParseMeter read it. The burst size is left out when MeterBurst is not set, since it does not count then.
func (m MeterConfig) String() string {
	b := fmt.Appendf(nil, "meter=%d ", m.Meter)
	for i, name := range meterFlagNames {
		if m.Flags&(1<<i) != 0 {
			b = append(append(b, name...), ' ')
		}
	}
	b = append(b, "bands="...)
	for i, band := range m.Bands {
		if i > 0 {
			b = append(b, ' ')
		}
		b = band.appendText(b, m.Flags)
	}
	return string(b)
}

// bandTypeText is the name of a band's type, or its number.
func bandTypeText(t BandType) string {
	switch t {
	case BandDrop:
		return "drop"
	case BandDSCPRemark:
		return "dscp_remark"
	default:
		return utoa(uint64(t))
	}
}

func (band Band) appendText(b []byte, flags MeterFlags) []byte {
	b = fmt.Appendf(b, "type=%s rate=%d", bandTypeText(band.Type), band.Rate)
	if flags&MeterBurst != 0 {
		b = fmt.Appendf(b, " burst_size=%d", band.Burst)
	}
	if band.Type == BandDSCPRemark {
		b = fmt.Appendf(b, " prec_level=%d", band.PrecLevel)
	}
	if band.Experimenter != 0 {
		b = fmt.Appendf(b, " experimenter=0x%x", band.Experimenter)
	}
	if len(band.Data) > 0 {
		b = fmt.Appendf(b, " data=0x%x", band.Data)
	}
	return b
}

// Config is the meter that adding m makes.
func (m *MeterMod) Config() MeterConfig {
	return MeterConfig{Flags: m.Flags, Meter: m.Meter, Bands: m.Bands}
}

// ParseMeter reads a meter as MeterConfig.String writes it; commas may stand for spaces. The result adds the meter.
func ParseMeter(s string) (MeterMod, error) {
	m := MeterMod{Command: MeterAdd}
	head, bands, ok := strings.Cut(s, "bands=")
	err := m.parseHead(head)
	if err == nil && ok {
		err = m.parseBands(bands)
	}
	if err != nil {
		return MeterMod{}, fmt.Errorf("parse meter %q: %w", s, err)
	}
	return m, nil
}

// parseHead reads id and flags.
func (m *MeterMod) parseHead(s string) error {
	found := false
next:
	for word := range strings.FieldsFuncSeq(s, isSeparator) {
		for i, name := range meterFlagNames {
			if word == name {
				m.Flags |= 1 << i
				continue next
			}
		}
		value, ok := strings.CutPrefix(word, "meter=")
		v, err := parseUint(value, 32)
		if !ok || err != nil {
			return fmt.Errorf("%q: want meter=number or a flag", word)
		}
		m.Meter, found = MeterID(v), true
	}
	if !found {
		return errors.New("no meter=")
	}
	return nil
}

// parseBands reads the bands; each starts with its type.
func (m *MeterMod) parseBands(s string) error {
	for word := range strings.FieldsFuncSeq(s, isSeparator) {
		name, value, _ := strings.Cut(word, "=")
		if name == "type" {
			t, err := parseBandType(value)
			if err != nil {
				return err
			}
			m.Bands = append(m.Bands, Band{Type: t})
			continue
		}
		if len(m.Bands) == 0 {
			return fmt.Errorf("%q: want type= first", word)
		}
		if err := m.Bands[len(m.Bands)-1].parseWord(name, value); err != nil {
			return fmt.Errorf("band: %s: %w", name, err)
		}
	}
	return nil
}

func parseBandType(s string) (BandType, error) {
	for _, t := range [...]BandType{BandDrop, BandDSCPRemark} {
		if s == bandTypeText(t) {
			return t, nil
		}
	}
	v, err := parseUint(s, 16)
	if err != nil {
		return 0, fmt.Errorf("band type %q: want drop, dscp_remark or a number", s)
	}
	return BandType(v), nil
}

func (band *Band) parseWord(name, value string) (err error) {
	var v uint64
	switch name {
	case "rate":
		v, err = parseUint(value, 32)
		band.Rate = uint32(v)
	case "burst_size":
		v, err = parseUint(value, 32)
		band.Burst = uint32(v)
	case "prec_level":
		v, err = parseUint(value, 8)
		band.PrecLevel = uint8(v)
	case "experimenter":
		v, err = parseUint(value, 32)
		band.Experimenter = uint32(v)
	case "data":
		band.Data, err = hex.DecodeString(strings.TrimPrefix(value, "0x"))
	default:
		err = errors.New("not known")
	}
	return err
}
