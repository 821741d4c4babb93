package igmp

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFilterWants(t *testing.T) {
	a, b := addr("10.0.0.1"), addr("10.0.0.2")
	tests := []struct {
		filter       Filter
		wantA, wantB bool
		none         bool
		text         string
	}{
		{Filter{}, false, false, true, "INCLUDE {}"},
		{Including(a), true, false, false, "INCLUDE {10.0.0.1}"},
		{Including(b, a, b), true, true, false, "INCLUDE {10.0.0.1 10.0.0.2}"},
		{Excluding(), true, true, false, "EXCLUDE {}"},
		{Excluding(a), false, true, false, "EXCLUDE {10.0.0.1}"},
		{Excluding(a, b), false, false, false, "EXCLUDE {10.0.0.1 10.0.0.2}"},
	}
	for _, test := range tests {
		assert.Equal(t, test.text, test.filter.String())
		assert.Equal(t, test.wantA, test.filter.Wants(a), "%v", test.filter)
		assert.Equal(t, test.wantB, test.filter.Wants(b), "%v", test.filter)
		assert.Equal(t, test.none, test.filter.None(), "%v", test.filter)
	}
	for i, f := range tests {
		for j, g := range tests {
			assert.Equal(t, i == j, f.filter.Equal(g.filter), "%v and %v", f.filter, g.filter)
		}
	}
}

func TestFilterDoesNotKeepItsArguments(t *testing.T) {
	sources := addrs("10.0.0.2 10.0.0.1")
	f := Including(sources...)
	assert.Equal(t, addrs("10.0.0.2 10.0.0.1"), sources, "not sorted in place")
	sources[0] = addr("10.0.0.9")
	assert.Equal(t, "INCLUDE {10.0.0.1 10.0.0.2}", f.String())
}

func TestModeString(t *testing.T) {
	assert.Equal(t, "INCLUDE", Include.String())
	assert.Equal(t, "EXCLUDE", Exclude.String())
	assert.Equal(t, "MODE_7", Mode(7).String())
}
