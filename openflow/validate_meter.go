package openflow

// knownMeterFlags are the flags that 1.3 defines.
const knownMeterFlags = MeterKbps | MeterPktps | MeterBurst | MeterFlagStats

// maxPrecLevel is how often a DSCP of six bits can be lowered at most.
const maxPrecLevel = 63

// Answers to wrong meters (OpenFlow 1.3.5 §6.6 and §7.5.4.13).
var (
	invalidMeter  = errorAnswer{ErrMeterModFailed, CodeMeterModInvalidMeter}
	badMeterFlags = errorAnswer{ErrMeterModFailed, CodeMeterModFlags}
	badBandValue  = errorAnswer{ErrMeterModFailed, CodeMeterModBandValue}
)

// validate checks a meter modification (OpenFlow 1.3.5 §6.6 and §7.3.4.4).
func (m *MeterMod) validate() *ValidationError {
	virtual := m.Meter == MeterSlowpath || m.Meter == MeterController
	switch {
	case m.Command > MeterDelete:
		return broken("command", "6.6", errorAnswer{ErrMeterModFailed, CodeMeterModCommand}, "%d is not known", m.Command)
	case m.Command == MeterDelete && m.Meter == MeterAll:
		return nil
	case m.Meter == 0, m.Meter > MeterMax && !virtual:
		return broken("meter", "7.3.4.4", invalidMeter, "%#x is no meter", uint32(m.Meter))
	case m.Command == MeterDelete: // flags and bands have no meaning then
		return nil
	}
	c := m.Config()
	return c.validate()
}

// validate checks a meter that is, or is to be (OpenFlow 1.3.5 §5.7 and §7.3.4.4).
func (c *MeterConfig) validate() *ValidationError {
	switch {
	case c.Flags&^knownMeterFlags != 0:
		return broken("flags", "7.3.4.4", badMeterFlags, "%#x are not known", uint16(c.Flags&^knownMeterFlags))
	case c.Flags&MeterKbps != 0 && c.Flags&MeterPktps != 0:
		return broken("flags", "7.3.4.4", badMeterFlags, "both kbit/s and packets/s")
	}
	for i := range c.Bands {
		if e := c.Bands[i].validate(); e != nil {
			return e.inElement("bands", i)
		}
	}
	return nil
}

// validate checks one band: its type, and that it has no values that a band of its type does not carry (OpenFlow 1.3.5 §7.3.4.4).
func (b *Band) validate() *ValidationError {
	const number = "7.3.4.4"
	switch {
	case b.Type != BandDrop && b.Type != BandDSCPRemark && b.Type != BandExperimenter:
		return broken("type", number, badBand, "%d is not known", b.Type)
	case b.Type != BandDSCPRemark && b.PrecLevel != 0:
		return broken("prec_level", number, badBandValue, "in a band that does not remark")
	case b.Type != BandExperimenter && (b.Experimenter != 0 || len(b.Data) != 0):
		return broken("experimenter", number, badBandValue, "in a band of no experimenter")
	case b.PrecLevel > maxPrecLevel:
		return broken("prec_level", number, badBandValue, "%d is more than a DSCP can be lowered", b.PrecLevel)
	}
	return nil
}
