package ovs

import (
	"testing"

	"github.com/stretchr/testify/require"

	"crosspoint/testbed"
)

func TestUpAndDown(t *testing.T) {
	for range 2 {
		f := start(t, testbed.LeafSpine(2, 4, 3), agentOptions())
		require.NoError(t, f.Close())
	}
}
