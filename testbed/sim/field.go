package sim

// keyLen is the length of a flow key: every field that can be matched has its own place in it.
const keyLen = 152

// keyWords is the same in 64-bit words.
const keyWords = keyLen / 8

// flowKey holds the fields of one packet, or one match's values or masks, each at its offset, in network order.
type flowKey [keyLen]byte

// words is a flow key as words, to be masked and compared quickly and to be a map's key.
type words [keyWords]uint64

// Offsets of the fields in a flow key.
const (
	offInPort   = 0
	offVLANPCP  = 4
	offDSCP     = 5
	offECN      = 6
	offProto    = 7
	offMetadata = 8
	offEthDst   = 16
	offEthSrc   = 22
	offEthType  = 28
	offVLANVID  = 30
	offIPSrc    = 32
	offIPDst    = 36
	offTCPSrc   = 40
	offTCPDst   = 42
	offUDPSrc   = 44
	offUDPDst   = 46
	offSCTPSrc  = 48
	offSCTPDst  = 50
	offICMPType = 52
	offICMPCode = 53
	offICMP6Typ = 54
	offICMP6Cod = 55
	offARPOp    = 56
	offARPSPA   = 60
	offARPTPA   = 64
	offARPSHA   = 68
	offARPTHA   = 74
	offIP6Src   = 80
	offIP6Dst   = 96
	offFlowLab  = 112
	offNDTarget = 116
	offNDSLL    = 132
	offNDTLL    = 138
	offTunnel   = 144
)

// prereq is what a match must have said before a field may appear in it (OpenFlow 1.3.5 §7.2.3.8).
type prereq uint8

const (
	preNone prereq = iota
	preVLAN
	preIP
	preIPv4
	preIPv6
	preARP
	preTCP
	preUDP
	preSCTP
	preICMP
	preICMP6
	preNS
	preNA
	preND
)

// field describes one OXM field of the basic class.
type field struct {
	off, size int
	bits      int // significant bits; the others must be zero
	maskable  bool
	writable  bool // by set_field, in this package
	pre       prereq
}

// OXM field numbers that are named in code (OpenFlow 1.3.5 §7.2.3.7).
const (
	oxmInPort   = 0
	oxmMetadata = 2
	oxmEthDst   = 3
	oxmEthSrc   = 4
	oxmEthType  = 5
	oxmVLANVID  = 6
	oxmVLANPCP  = 7
	oxmDSCP     = 8
	oxmECN      = 9
	oxmProto    = 10
	oxmIPSrc    = 11
	oxmIPDst    = 12
	oxmTCPSrc   = 13
	oxmTCPDst   = 14
	oxmUDPSrc   = 15
	oxmUDPDst   = 16
	oxmARPOp    = 21
	oxmARPTHA   = 25

	oxmBasic = 0x8000
)

// lookupField finds a field of the basic class. Fields that Open vSwitch does not have, or that need what this package does
// not decode, are unknown. The transport ports and nd_target may be masked as in Open vSwitch.
func lookupField(number int) (field, bool) {
	if number < 0 || number >= len(fieldTable) || fieldTable[number].size == 0 {
		return field{}, false
	}
	return fieldTable[number], true
}

var fieldTable = [...]field{
	oxmInPort:   {off: offInPort, size: 4, bits: 32},
	oxmMetadata: {off: offMetadata, size: 8, bits: 64, maskable: true},
	oxmEthDst:   {off: offEthDst, size: 6, bits: 48, maskable: true, writable: true},
	oxmEthSrc:   {off: offEthSrc, size: 6, bits: 48, maskable: true, writable: true},
	oxmEthType:  {off: offEthType, size: 2, bits: 16},
	oxmVLANVID:  {off: offVLANVID, size: 2, bits: 13, maskable: true, writable: true},
	oxmVLANPCP:  {off: offVLANPCP, size: 1, bits: 3, writable: true, pre: preVLAN},
	oxmDSCP:     {off: offDSCP, size: 1, bits: 6, writable: true, pre: preIP},
	oxmECN:      {off: offECN, size: 1, bits: 2, writable: true, pre: preIP},
	oxmProto:    {off: offProto, size: 1, bits: 8, pre: preIP},
	oxmIPSrc:    {off: offIPSrc, size: 4, bits: 32, maskable: true, writable: true, pre: preIPv4},
	oxmIPDst:    {off: offIPDst, size: 4, bits: 32, maskable: true, writable: true, pre: preIPv4},
	oxmTCPSrc:   {off: offTCPSrc, size: 2, bits: 16, maskable: true, writable: true, pre: preTCP},
	oxmTCPDst:   {off: offTCPDst, size: 2, bits: 16, maskable: true, writable: true, pre: preTCP},
	oxmUDPSrc:   {off: offUDPSrc, size: 2, bits: 16, maskable: true, writable: true, pre: preUDP},
	oxmUDPDst:   {off: offUDPDst, size: 2, bits: 16, maskable: true, writable: true, pre: preUDP},
	17:          {off: offSCTPSrc, size: 2, bits: 16, maskable: true, pre: preSCTP},
	18:          {off: offSCTPDst, size: 2, bits: 16, maskable: true, pre: preSCTP},
	19:          {off: offICMPType, size: 1, bits: 8, pre: preICMP},
	20:          {off: offICMPCode, size: 1, bits: 8, pre: preICMP},
	oxmARPOp:    {off: offARPOp, size: 2, bits: 16, writable: true, pre: preARP},
	22:          {off: offARPSPA, size: 4, bits: 32, maskable: true, writable: true, pre: preARP},
	23:          {off: offARPTPA, size: 4, bits: 32, maskable: true, writable: true, pre: preARP},
	24:          {off: offARPSHA, size: 6, bits: 48, maskable: true, writable: true, pre: preARP},
	oxmARPTHA:   {off: offARPTHA, size: 6, bits: 48, maskable: true, writable: true, pre: preARP},
	26:          {off: offIP6Src, size: 16, bits: 128, maskable: true, pre: preIPv6},
	27:          {off: offIP6Dst, size: 16, bits: 128, maskable: true, pre: preIPv6},
	28:          {off: offFlowLab, size: 4, bits: 20, maskable: true, pre: preIPv6},
	29:          {off: offICMP6Typ, size: 1, bits: 8, pre: preICMP6},
	30:          {off: offICMP6Cod, size: 1, bits: 8, pre: preICMP6},
	31:          {off: offNDTarget, size: 16, bits: 128, maskable: true, pre: preND},
	32:          {off: offNDSLL, size: 6, bits: 48, maskable: true, pre: preNS},
	33:          {off: offNDTLL, size: 6, bits: 48, maskable: true, pre: preNA},
	38:          {off: offTunnel, size: 8, bits: 64, maskable: true},
}
