package controller

import (
	"io"
	"testing"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/openflow"
)

// TestAChangeOfAPortDoesNotWaitForATurn: a reader that finds the turn taken goes on reading, and whoever has the turn serves what it brought. Of more than
// maxPortChanges it would wait, so that a switch that floods is held back.
func TestAChangeOfAPortDoesNotWaitForATurn(t *testing.T) {
	log := logrus.New()
	log.SetOutput(io.Discard)
	c, err := New(Config{Core: core.DefaultConfig(), Log: log, Audit: log})
	require.NoError(t, err)
	before := c.state.Revision()
	c.turn.Lock()
	for range maxPortChanges {
		c.receive(&session{id: 1, sw: 1}, &openflow.PortStatus{Reason: openflow.PortModified})
	}
	require.Equal(t, before, c.state.Revision())
	require.False(t, c.arrived.offer(core.PortChange{}))
	c.giveBack()
	require.Equal(t, before+maxPortChanges, c.state.Revision())
	require.True(t, c.arrived.offer(core.PortChange{}))
}
