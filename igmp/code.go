package igmp

// floating is how the Max Resp Code and QQIC of IGMPv3 (RFC 3376 §4.1.1, §4.1.7) and, with more bits, the Maximum Response Code of MLDv2
// (RFC 3810 §5.1.3) say a number of units: a code without its highest bit is that number; one with it is a floating-point number.
//
//	 0 1 2 3 4 5 6 7
//	+-+-+-+-+-+-+-+-+
//	|1| exp | mant  |   units = (mant | 0x10) << (exp + 3)
//	+-+-+-+-+-+-+-+-+
//
// Its value is the number of bits of the mantissa.
type floating uint

const (
	codeForm  floating = 4  // of the 8 bits of IGMPv3 and QQIC
	delayForm floating = 12 // of the 16 bits of MLDv2

	expBits = 3
	expMask = 1<<expBits - 1
	expBias = 3
)

// MaxCodeUnits is the largest number of units that a code can say.
const MaxCodeUnits = (2<<codeForm - 1) << (expMask + expBias)

// MaxDelayUnits is the largest number of milliseconds that a Maximum Response Code of MLDv2 can say.
const MaxDelayUnits = (2<<delayForm - 1) << (expMask + expBias)

// DecodeCode gives the number of units that a Max Resp Code (units of 100 ms) or QQIC (units of 1 s) of
// version 3 stands for (RFC 3376 §4.1.1, §4.1.7).
func DecodeCode(code uint8) uint32 { return codeForm.decode(uint32(code)) }

// EncodeCode gives the code with the most units that are not more than units; above [MaxCodeUnits] that is
// 255. Rounding down keeps hosts on time: they never answer later than the querier waits.
func EncodeCode(units uint32) uint8 { return uint8(codeForm.encode(units)) }

// DecodeDelay gives the milliseconds that a Maximum Response Code of MLDv2 stands for (RFC 3810 §5.1.3).
func DecodeDelay(code uint16) uint32 { return delayForm.decode(uint32(code)) }

// EncodeDelay gives the code with the most milliseconds that are not more than ms; above [MaxDelayUnits] that is
// 65535. It rounds down for the reason that [EncodeCode] has.
func EncodeDelay(ms uint32) uint16 { return uint16(delayForm.encode(ms)) }

// top is the highest bit of a code: codes below it are the number itself.
func (f floating) top() uint32 { return 1 << (f + expBits) }

func (f floating) decode(code uint32) uint32 {
	if code < f.top() {
		return code
	}
	hidden := uint32(1) << f
	return (code&(hidden-1) | hidden) << (code>>f&expMask + expBias)
}

func (f floating) encode(units uint32) uint32 {
	if units < f.top() {
		return units
	}
	hidden, exp := uint32(1)<<f, uint32(0)
	for units>>(exp+expBias) >= 2*hidden {
		if exp == expMask {
			return 2*f.top() - 1
		}
		exp++
	}
	return f.top() | exp<<f | units>>(exp+expBias)&(hidden-1)
}
