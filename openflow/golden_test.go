package openflow

import (
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// update has tests write what they would else compare: go test ./openflow -update.
var update = flag.Bool("update", false, "rewrite generated files")

// golden compares a file with what it should be, or makes it so.
func golden(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	have, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, want, string(have), "%s is out of date: go test ./openflow -update, and look at the difference", path)
}
