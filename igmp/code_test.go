package igmp

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDecodeCode(t *testing.T) {
	for code, want := range map[uint8]uint32{
		0: 0, 1: 1, 100: 100, 127: 127,
		0x80: 16 << 3, 0x81: 17 << 3, 0x8f: 31 << 3,
		0x90: 16 << 4, 0x9f: 31 << 4,
		0xf0: 16 << 10, 0xff: 31 << 10,
	} {
		assert.Equal(t, want, DecodeCode(code), "code 0x%02x", code)
	}
	assert.EqualValues(t, MaxCodeUnits, DecodeCode(0xff))
}

func TestCodesGrow(t *testing.T) {
	for c := 1; c < 256; c++ {
		require.Greater(t, DecodeCode(uint8(c)), DecodeCode(uint8(c-1)), "code %d", c)
	}
}

func TestEncodeCodeIsExactForCodes(t *testing.T) {
	for c := range 256 {
		require.EqualValues(t, c, EncodeCode(DecodeCode(uint8(c))))
	}
}

func TestEncodeCodeRoundsDownToTheNearest(t *testing.T) {
	for units := range uint32(MaxCodeUnits) {
		code := EncodeCode(units)
		require.LessOrEqual(t, DecodeCode(code), units)
		require.Greater(t, DecodeCode(code+1), units, "a larger code would do for %d", units)
	}
	assert.EqualValues(t, 0xff, EncodeCode(MaxCodeUnits))
	assert.EqualValues(t, 0xff, EncodeCode(MaxCodeUnits+1))
	assert.EqualValues(t, 0xff, EncodeCode(1<<32-1))
}
