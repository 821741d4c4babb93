package igmp

// checksum is the Internet checksum of b (RFC 1071): the complement of the one's complement sum of its
// 16-bit words. It is zero over bytes that hold their own right checksum. An odd last byte is padded with
// zero.
func checksum(b []byte) uint16 { return foldSum(addWords(0, b)) }

// checksumICMPv6 is the checksum of an ICMPv6 message between two IPv6 addresses, with the pseudo-header of RFC
// 8200 §8.1 (RFC 4443 §2.3).
func checksumICMPv6(src, dst [addr6Len]byte, b []byte) uint16 {
	sum := addWords(uint32(len(b)>>16+len(b)&0xffff+ipProtocolICMPv6), src[:])
	return foldSum(addWords(addWords(sum, dst[:]), b))
}

// addWords adds the 16-bit words of b, at most a packet's worth, to sum.
func addWords(sum uint32, b []byte) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	return sum
}

// foldSum gives the complement of a sum of words, its carries added to it.
func foldSum(sum uint32) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
