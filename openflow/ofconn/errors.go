package ofconn

import (
	"errors"
	"fmt"
	"net"

	"crosspoint/openflow"
)

// Errors that a caller may want to tell apart with errors.Is.
var (
	// ErrNoHello: the peer connected and went without a byte, as a port probe does.
	ErrNoHello = errors.New("peer closed the connection before any HELLO")
	// ErrHandshakeTimeout: the handshake did not end within Config.HandshakeTimeout.
	ErrHandshakeTimeout = errors.New("handshake timed out")
	// ErrVersion: the two ends have no OpenFlow version in common.
	ErrVersion = errors.New("no OpenFlow version in common")
	// ErrNotOpenFlow: what came before any HELLO is no OpenFlow.
	ErrNotOpenFlow = errors.New("peer does not speak OpenFlow")
	// ErrProtocol: the peer sent a message that it must not send at this point.
	ErrProtocol = errors.New("protocol violation")

	// ErrClosed: this end closed the connection.
	ErrClosed = errors.New("connection closed")
	// ErrClosedByPeer: the peer closed the connection between two messages.
	ErrClosedByPeer = errors.New("connection closed by peer")
	// ErrSilent: the peer said nothing for Config.EchoTimeout, not even an answer to ECHO_REQUEST.
	ErrSilent = errors.New("peer is silent")
	// ErrTimeout: no answer came within Config.RequestTimeout. The connection is still good.
	ErrTimeout = errors.New("no answer in time")
	// ErrQueueFull: the message would exceed Config.QueueBytes; nothing of the call was sent.
	ErrQueueFull = errors.New("write queue is full")
	// ErrTooManyPending: Config.MaxPending requests await an answer; nothing of the call was sent.
	ErrTooManyPending = errors.New("too many requests await an answer")
	// ErrTooLarge: a multipart answer exceeded Config.MultipartBytes.
	ErrTooLarge = errors.New("multipart answer is too large")
	// ErrServing: Serve was called a second time.
	ErrServing = errors.New("connection is served already")
)

// FramingError says that the byte stream cannot be cut into messages any more, which ends the connection:
// there is no way to find the start of the next message.
type FramingError struct {
	Peer   net.Addr
	Offset uint64 // of the bad header in the stream from the peer
	Bytes  []byte // the first bytes of what stands there
	Reason string

	code openflow.ErrorCode // of the answer, which is of type OFPET_BAD_REQUEST
}

// Error names the peer, the place in its stream, the reason and the bytes.
func (e *FramingError) Error() string {
	return fmt.Sprintf("lost framing of %s at byte %d: %s: % x", addrString(e.Peer), e.Offset, e.Reason, e.Bytes)
}

// BarrierError says that the switch refused the barrier behind a stage of a batch.
type BarrierError struct {
	Stage int
	Err   *openflow.ErrorMsg
}

// Error names the stage and the switch's reason.
func (e *BarrierError) Error() string {
	return fmt.Sprintf("barrier after stage %d: %v", e.Stage, e.Err)
}

// Unwrap gives the switch's error.
func (e *BarrierError) Unwrap() error { return e.Err }

func addrString(a net.Addr) string {
	if a == nil {
		return "unknown peer"
	}
	return a.String()
}
