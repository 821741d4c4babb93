package sim

import "crosspoint/openflow"

// codeInstructionTwice is what Open vSwitch says when one kind of instruction comes twice; the standard names it in 1.4 (OFPBIC_DUP_INST).
const codeInstructionTwice openflow.ErrorCode = 9

// refuse makes the answer to a request that cannot be carried out; nil means that it can. Where the standard has several codes
// to choose from, callers take the one that Open vSwitch picks (OpenFlow 1.3.5 §7.5.4).
func refuse(t openflow.ErrorType, c openflow.ErrorCode) *openflow.ErrorMsg {
	return &openflow.ErrorMsg{ErrType: t, Code: c}
}

// maxErrorData bounds the part of a refused request that goes back in the error, in bytes.
const maxErrorData = 256

// blame puts the start of the refused request into the error, so that the controller can tell which one it was. Of a request that
// never was on a wire and cannot be, it is the header.
func blame(e *openflow.ErrorMsg, h openflow.Header, m openflow.Message) *openflow.ErrorMsg {
	b, err := openflow.Append(nil, h.XID, m)
	if err != nil {
		b = []byte{openflow.Version, byte(m.Type()), 0, openflow.HeaderLen, byte(h.XID >> 24), byte(h.XID >> 16), byte(h.XID >> 8), byte(h.XID)}
	}
	e.Data = b[:min(len(b), maxErrorData)]
	return e
}
