package traffic

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"

	"crosspoint/testbed"
)

// Op is what an agent is asked to do.
type Op string

// The operations of an agent, with the fields of Request each needs.
const (
	OpSend           Op = "send"      // Stream
	OpStopSend       Op = "stop-send" // StreamID; answers Sent
	OpSent           Op = "sent"      // answers Running
	OpSendTiming     Op = "timing"    // StreamID; answers Timing
	OpJoin           Op = "join"      // Join
	OpLeave          Op = "leave"     // Join
	OpReceptions     Op = "receptions"
	OpReset          Op = "reset"
	OpPing           Op = "ping"             // Ping; answers Answered
	OpProbe          Op = "probe"            // Probe; answers Probed
	OpFlood          Op = "flood"            // Flood; answers Sent
	OpSetIGMPVersion Op = "set-igmp-version" // Version
	OpQuit           Op = "quit"
)

// Request is one line to an agent. An agent carries them out in order, except that ping, receptions, probe and flood, which
// take time, let later ones pass.
type Request struct {
	ID       uint64          `json:"id"` // comes back in the answer
	Op       Op              `json:"op"`
	Stream   *testbed.Stream `json:"stream,omitempty"`
	StreamID uint32          `json:"streamId,omitempty"`
	Join     *testbed.Join   `json:"join,omitempty"`
	Ping     *PingRequest    `json:"ping,omitempty"`
	Probe    *ProbeRequest   `json:"probe,omitempty"`
	Flood    *FloodRequest   `json:"flood,omitempty"`
	Version  int             `json:"version,omitempty"`
}

// PingRequest says whom to ping, and how often.
type PingRequest struct {
	To    netip.Addr `json:"to"`
	Count int        `json:"count"`
}

// Answer is one line from an agent. Which fields are set depends on the request.
type Answer struct {
	ID         uint64              `json:"id"`
	Error      string              `json:"error,omitempty"` // empty: done
	Sent       uint64              `json:"sent,omitempty"`
	Running    map[uint32]uint64   `json:"running,omitempty"` // packets sent, by stream
	Receptions []testbed.Reception `json:"receptions,omitempty"`
	// Dropped is how many packets the agent's own sockets lost: when it is not 0, Lost says nothing about the network.
	Dropped  uint64 `json:"dropped,omitempty"`
	Answered int    `json:"answered,omitempty"`
	Probed   Probed `json:"probed,omitzero"`
	// Timing is of a stream that runs.
	Timing SendTiming `json:"timing,omitzero"`
}

const (
	maxRequest = 64 << 10
	// maxAnswer has room for MaxStreams receptions.
	maxAnswer = 16 << 20
)

// lines reads lines of limited length.
func lines(r io.Reader, limit int) *bufio.Scanner {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 4096), limit)
	return s
}

// writeLine writes a value as one line, in one call.
func writeLine[T Request | Answer](w io.Writer, v T) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode line: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}
