package igmp

// checksum is the Internet checksum of b (RFC 1071): the complement of the one's complement sum of its
// 16-bit words. It is zero over bytes that hold their own right checksum. An odd last byte is padded with
// zero.
func checksum(b []byte) uint16 {
	var sum uint32
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
