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

// The 16-bit Maximum Response Code of MLDv2 has the same form with more bits (RFC 3810 §5.1.3).
const (
	delayLinear   = 32768
	delayMantBits = 12
	delayMantMask = 1<<delayMantBits - 1
	delayHidden   = 1 << delayMantBits
)

// MaxDelayUnits is the largest number of milliseconds that a Maximum Response Code of MLDv2 can say.
const MaxDelayUnits = (delayMantMask | delayHidden) << (expMask + expBias)

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

// DecodeDelay gives the milliseconds that a Maximum Response Code of MLDv2 stands for (RFC 3810 §5.1.3).
func DecodeDelay(code uint16) uint32 {
	if code < delayLinear {
		return uint32(code)
	}
	exp := code >> delayMantBits & expMask
	return uint32(code&delayMantMask|delayHidden) << (exp + expBias)
}

// EncodeDelay gives the code with the most milliseconds that are not more than ms; above [MaxDelayUnits] that is
// 65535. It rounds down for the reason that [EncodeCode] has.
func EncodeDelay(ms uint32) uint16 {
	if ms < delayLinear {
		return uint16(ms)
	}
	if ms >= MaxDelayUnits {
		return 0xffff
	}
	exp := uint16(0)
	for ms>>(exp+expBias) > delayMantMask|delayHidden {
		exp++
	}
	mant := uint16(ms>>(exp+expBias)) & delayMantMask
	return delayLinear | exp<<delayMantBits | mant
}
