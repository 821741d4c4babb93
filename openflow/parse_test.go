package openflow

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAnswers checks which error message a bad message is to be answered with.
func TestAnswers(t *testing.T) {
	flow := encode(t, &FlowMod{Match: NewMatch(InPort(3)), Instructions: []Instruction{ApplyActions{[]Action{SetField{IPDSCP(1)}}}}})
	group := encode(t, &GroupMod{Buckets: []Bucket{{Actions: []Action{Output{}}}}})
	meter := encode(t, &MeterMod{Bands: someBands()})
	tables := encode(t, &MultipartRequest{Body: TableFeaturesRequest(someTableFeatures())})
	const match, instruction, action = 48, 64, 72
	for name, c := range map[string]struct {
		frame []byte
		at    int
		value byte
		typ   ErrorType
		code  ErrorCode
	}{
		"version":            {flow, 0, 1, ErrBadRequest, CodeBadRequestVersion},
		"length":             {flow, 3, 9, ErrBadRequest, CodeBadRequestLen},
		"match type":         {flow, match + 1, 0, ErrBadMatch, CodeBadMatchType},
		"match length":       {flow, match + 3, 3, ErrBadMatch, CodeBadMatchLen},
		"match past end":     {flow, match + 2, 9, ErrBadMatch, CodeBadMatchLen},
		"field length":       {flow, match + 7, 5, ErrBadMatch, CodeBadMatchLen},
		"instruction length": {flow, instruction + 3, 7, ErrBadInstruction, CodeBadInstructionLen},
		"goto length":        {flow, instruction + 1, 1, ErrBadInstruction, CodeBadInstructionLen},
		"action length":      {flow, action + 3, 12, ErrBadAction, CodeBadActionLen},
		"output length":      {group, 16 + 16 + 3, 8, ErrBadAction, CodeBadActionLen},
		"set-field length":   {flow, action + 7, 9, ErrBadAction, CodeBadActionSetLen},
		"set-field of field": {flow, action + 7, 2, ErrBadAction, CodeBadActionSetLen},
		"bucket length":      {group, 17, 8, ErrGroupModFailed, CodeGroupModBucket},
		"band length":        {meter, 19, 8, ErrMeterModFailed, CodeMeterModBand},
		"table features":     {tables, 17, 8, ErrTableFeaturesFailed, CodeTableFeaturesLen},
	} {
		frame := append([]byte(nil), c.frame...)
		require.NotEqual(t, c.value, frame[c.at], name)
		frame[c.at] = c.value
		h, m, err := Parse(frame)
		var p *ParseError
		require.True(t, errors.As(err, &p), name)
		assert.Nil(t, m)
		assert.Equal(t, uint32(0x12345678), h.XID, "the xid is known for the answer")
		typ, code := p.Answer()
		assert.Equal(t, CodeName(c.typ, c.code), CodeName(typ, code), "%s: %v", name, err)
	}
}

func TestParseErrorSaysWhere(t *testing.T) {
	frame := encode(t, &FlowMod{Match: NewMatch(InPort(3))})
	frame[48+7] = 5 // the length of in_port
	_, _, err := Parse(frame)
	var p *ParseError
	require.True(t, errors.As(err, &p))
	assert.Equal(t, 52, p.Offset)
	assert.Equal(t, "match", p.Field)
	assert.Equal(t, TypeFlowMod, p.Type)
	assert.Equal(t, "parse FLOW_MOD: match at byte 52: field reaches past the end", err.Error())
}

func TestParseHeader(t *testing.T) {
	h, err := ParseHeader([]byte{6, 0, 0, 16, 0, 0, 0, 9})
	require.NoError(t, err)
	assert.Equal(t, Header{Version: 6, Type: TypeHello, Length: 16, XID: 9}, h)
	_, err = ParseHeader([]byte{4, 0, 0, 7, 0, 0, 0, 9})
	assert.Error(t, err)
	_, err = ParseHeader([]byte{4, 0, 0})
	assert.Error(t, err)
}

func TestHelloOfOtherVersions(t *testing.T) {
	_, m, err := Parse([]byte{1, 0, 0, 10, 0, 0, 0, 1, 0xde, 0xad}) // 1.0 may send anything behind the header
	require.NoError(t, err)
	assert.Equal(t, &Hello{}, m)

	_, m, err = Parse([]byte{6, 0, 0, 16, 0, 0, 0, 1, 0, 1, 0, 8, 0, 0, 0, 0x72})
	require.NoError(t, err)
	assert.Equal(t, &Hello{Versions: []uint8{1, 4, 5, 6}}, m)

	_, m, err = Parse([]byte{4, 0, 0, 20, 0, 0, 0, 1, 0, 1, 0, 12, 0, 0, 0, 0x10, 0, 0, 0, 1}) // two words, padding left out
	require.NoError(t, err)
	assert.Equal(t, []uint8{4, 32}, m.(*Hello).Versions)
	assert.Len(t, m.(*Hello).Elements, 12, "so that it is sent on as it came")

	_, m, err = Parse([]byte{1, 1, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0}) // an error from a switch of 1.0
	require.NoError(t, err)
	assert.Equal(t, &ErrorMsg{ErrType: ErrHelloFailed, Code: CodeHelloIncompatible}, m)
}

func TestParserReuses(t *testing.T) {
	var p Parser
	one := encode(t, &PacketIn{Match: NewMatch(InPort(1)), Data: []byte("one")})
	two := encode(t, &PacketIn{Match: NewMatch(InPort(2)), Data: []byte("two")})
	_, m1, err := p.Parse(one)
	require.NoError(t, err)
	assert.Equal(t, PortNo(1), m1.(*PacketIn).InPort())
	_, m2, err := p.Parse(two)
	require.NoError(t, err)
	assert.Same(t, m1, m2)
	assert.Equal(t, "two", string(m2.(*PacketIn).Data))
	assert.Equal(t, PortNo(2), m2.(*PacketIn).InPort())
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		_, _, err = p.Parse(one)
		_, _, err = p.Parse(two)
	}))
}

func TestParserIsBounded(t *testing.T) {
	var p Parser
	for i := range 3 * maxInterned {
		frame := encode(t, &PacketIn{Match: NewMatch(InPort(PortNo(i)))})
		_, m, err := p.Parse(frame)
		require.NoError(t, err)
		require.Equal(t, PortNo(i), m.(*PacketIn).InPort())
		require.LessOrEqual(t, len(p.matches.known), maxInterned)
	}
	long := OXM{NewOXMHeader(1, 2, false, 200), string(make([]byte, 200))}
	before := len(p.matches.known)
	_, _, err := p.Parse(encode(t, &PacketIn{Match: NewMatch(long)}))
	require.NoError(t, err)
	assert.Len(t, p.matches.known, before)
}

func TestAppendDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 1<<16)
	for _, c := range corpus() {
		assert.Zero(t, testing.AllocsPerRun(10, func() {
			if _, err := Append(buf, 1, c.m); err != nil {
				t.Error(err)
			}
		}), c.name)
	}
}
