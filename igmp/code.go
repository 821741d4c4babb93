package igmp

// The Max Resp Code and QQIC have one form (RFC 3376 §4.1.1, §4.1.7): below 128 the code is the number of
// units; above, it is a floating-point number.
//
//	 0 1 2 3 4 5 6 7
//	+-+-+-+-+-+-+-+-+
//	|1| exp | mant  |   units = (mant | 0x10) << (exp + 3)
//	+-+-+-+-+-+-+-+-+
const (
	codeLinear = 128
	mantBits   = 4
	mantMask   = 1<<mantBits - 1
	mantHidden = 1 << mantBits
	expMask    = 7
	expBias    = 3
)

// MaxCodeUnits is the largest number of units that a code can say.
const MaxCodeUnits = (mantMask | mantHidden) << (expMask + expBias)

// DecodeCode gives the number of units that a Max Resp Code (units of 100 ms) or QQIC (units of 1 s) of
// version 3 stands for (RFC 3376 §4.1.1, §4.1.7).
func DecodeCode(code uint8) uint32 {
	if code < codeLinear {
		return uint32(code)
	}
	exp := code >> mantBits & expMask
	return uint32(code&mantMask|mantHidden) << (exp + expBias)
}

// EncodeCode gives the code with the most units that are not more than units; above [MaxCodeUnits] that is
// 255. Rounding down keeps hosts on time: they never answer later than the querier waits.
func EncodeCode(units uint32) uint8 {
	if units < codeLinear {
		return uint8(units)
	}
	if units >= MaxCodeUnits {
		return 0xff
	}
	exp := uint8(0)
	for units>>(exp+expBias) > mantMask|mantHidden {
		exp++
	}
	mant := uint8(units>>(exp+expBias)) & mantMask
	return codeLinear | exp<<mantBits | mant
}
