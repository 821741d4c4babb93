package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

const sealSize = 4

// seal appends a checksum to a value, over its place too: a value that strayed to another key is as wrong as a damaged one.
func seal(bucket, key, value []byte) []byte {
	out := make([]byte, 0, len(value)+sealSize)
	return binary.BigEndian.AppendUint32(append(out, value...), sumOf(bucket, key, value))
}

// unseal gives a copy of the value, if its checksum is right.
func unseal(bucket, key, sealed []byte) ([]byte, error) {
	n := len(sealed) - sealSize
	if n < 0 || binary.BigEndian.Uint32(sealed[n:]) != sumOf(bucket, key, sealed[:n]) {
		return nil, fmt.Errorf("%w: the checksum of %s %q is wrong; restore a backup", ErrDamaged, bucket, key)
	}
	return append([]byte{}, sealed[:n]...), nil
}

func sumOf(bucket, key, value []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli) // made once, by the library
	sum := crc32.Update(0, table, bucket)
	sum = crc32.Update(sum, table, []byte{0})
	sum = crc32.Update(sum, table, key)
	sum = crc32.Update(sum, table, []byte{0})
	return crc32.Update(sum, table, value)
}
