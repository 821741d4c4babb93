package scenario

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProcessThatEndsAtOnce(t *testing.T) {
	folder := t.TempDir()
	program := filepath.Join(folder, "program")
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\necho it is the wrong moon >&2\nexit 3\n"), 0o700))
	p, err := NewProcess(ProcessOptions{Program: program, Folder: folder, OpenFlow: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	require.NoError(t, err)
	assert.NotContains(t, p.API(), ":0")
	err = p.Start(t.Context())
	assert.ErrorContains(t, err, "it ended at once (exit status 3): it is the wrong moon")
	assert.NoError(t, p.Stop(), "there is nothing to stop")
	assert.Error(t, p.Kill())
}
