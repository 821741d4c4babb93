package openflow

// knownBundleFlags are the flags that EXT-230 defines.
const knownBundleFlags = BundleAtomic | BundleOrdered

// bundleRule makes an error for a rule of EXT-230.
func bundleRule(field string, code ErrorCode, reason string) *ValidationError {
	return &ValidationError{Field: field, Reason: reason, Section: "EXT-230", answer: errorAnswer{ErrExperimenter, code}}
}

// validate checks step and flags (EXT-230).
func (m *BundleControl) validate() *ValidationError {
	switch {
	case m.Step > BundleDiscardReply:
		return bundleRule("step", CodeBundleType, m.Step.String()+" is not known")
	case m.Flags&^knownBundleFlags != 0:
		return bundleRule("flags", CodeBundleFlags, "not all are known")
	}
	return nil
}

// Validate checks the message inside, which has to be one that changes something (EXT-230). The error is as of the function Validate, with
// the type of the message inside where that one is wrong.
func (m *BundleAdd) Validate() error {
	if m.Flags&^knownBundleFlags != 0 {
		return bundleRule("flags", CodeBundleFlags, "not all are known").of(m.Type())
	}
	switch m.Message.(type) {
	case *FlowMod, *GroupMod, *MeterMod, *PortMod, *TableMod, *PacketOut, *Experimenter:
		return Validate(m.Message)
	}
	return bundleRule("message", CodeBundleMsgUnsup, "is not one that a bundle can hold").of(m.Type())
}
