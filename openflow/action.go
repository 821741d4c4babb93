package openflow

// Action changes or sends a packet (OpenFlow 1.3.5 §7.2.5). The set is closed; actions are values, not pointers.
type Action interface {
	appendAction(b []byte) ([]byte, error)
}

// Output sends the packet to a port.
type Output struct {
	Port   PortNo
	MaxLen uint16 // bytes sent, when Port is PortController
}

// ApplyGroup has a group process the packet.
type ApplyGroup struct{ Group GroupID }

// SetField writes one field of the packet.
type SetField struct{ Field OXM }

// SetQueue picks the queue for output.
type SetQueue struct{ Queue uint32 }

// SetMPLSTTL writes the MPLS TTL.
type SetMPLSTTL struct{ TTL uint8 }

// DecMPLSTTL lowers the MPLS TTL by one.
type DecMPLSTTL struct{}

// SetIPTTL writes the IP TTL.
type SetIPTTL struct{ TTL uint8 }

// DecIPTTL lowers the IP TTL by one.
type DecIPTTL struct{}

// CopyTTLOut copies the TTL from the next header to the outermost.
type CopyTTLOut struct{}

// CopyTTLIn copies the TTL from the outermost header to the next.
type CopyTTLIn struct{}

// PushVLAN adds a VLAN tag.
type PushVLAN struct{ EtherType uint16 }

// PopVLAN removes the outer VLAN tag.
type PopVLAN struct{}

// PushMPLS adds an MPLS label.
type PushMPLS struct{ EtherType uint16 }

// PopMPLS removes the outer MPLS label.
type PopMPLS struct{ EtherType uint16 }

// PushPBB adds a PBB service tag.
type PushPBB struct{ EtherType uint16 }

// PopPBB removes the outer PBB service tag.
type PopPBB struct{}

// RawAction is an action not known here, an experimenter's for instance, kept raw.
type RawAction struct {
	Kind uint16
	Data []byte // all behind type and length, padding included
}

// Instruction says what an entry does with a packet (OpenFlow 1.3.5 §7.2.4). The set is closed; instructions are values.
type Instruction interface {
	appendInstruction(b []byte) ([]byte, error)
}

// GotoTable goes on in a later table.
type GotoTable struct{ Table TableID }

// WriteMetadata writes the metadata that later tables see.
type WriteMetadata struct{ Metadata, Mask uint64 }

// WriteActions merges actions into the action set.
type WriteActions struct{ Actions []Action }

// ApplyActions carries out actions at once, in order.
type ApplyActions struct{ Actions []Action }

// ClearActions empties the action set.
type ClearActions struct{}

// UseMeter sends the packet through a meter first.
type UseMeter struct{ Meter MeterID }

// RawInstruction is an instruction not known here, kept raw.
type RawInstruction struct {
	Kind uint16
	Data []byte
}
