package traffic

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// agentPipes is a client whose agent the test plays.
func agentPipes(t *testing.T) (c *AgentClient, requests *bufio.Scanner, answers io.WriteCloser) {
	t.Helper()
	fromClient, toAgent := io.Pipe()
	fromAgent, toClient := io.Pipe()
	c = NewAgentClient(toAgent, fromAgent)
	t.Cleanup(func() {
		assert.NoError(t, toClient.Close())
		<-c.Done()
		assert.NoError(t, c.Close())
	})
	return c, bufio.NewScanner(fromClient), toClient
}

func TestAnswersFindTheirRequests(t *testing.T) {
	c, requests, answers := agentPipes(t)
	type result struct {
		stream uint32
		sent   uint64
	}
	results := make(chan result, 2)
	for _, id := range []uint32{1, 2} {
		go func() {
			sent, err := c.StopSend(context.Background(), id)
			assert.NoError(t, err)
			results <- result{id, sent}
		}()
	}
	var got []Request
	for range 2 {
		require.True(t, requests.Scan())
		var r Request
		require.NoError(t, json.Unmarshal(requests.Bytes(), &r))
		got = append(got, r)
	}
	for _, r := range []Request{got[1], got[0]} { // the other way round
		require.NoError(t, writeLine(answers, Answer{ID: r.ID, Sent: uint64(r.StreamID) * 100}))
	}
	for range 2 {
		r := <-results
		assert.EqualValues(t, r.stream*100, r.sent)
	}
}

func TestCallEndsWithItsContext(t *testing.T) {
	c, requests, _ := agentPipes(t)
	go requests.Scan()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, c.Reset(ctx), context.Canceled)
}

func TestAgentThatTalksNonsense(t *testing.T) {
	c, requests, answers := agentPipes(t)
	go func() {
		requests.Scan()
		_, _ = answers.Write([]byte("nonsense\n"))
	}()
	err := c.Reset(t.Context())
	assert.ErrorIs(t, err, ErrAgentGone)
	assert.ErrorContains(t, err, "cannot be read")
}
