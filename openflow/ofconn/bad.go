package ofconn

import (
	"errors"

	"github.com/sirupsen/logrus"

	"crosspoint/openflow"
)

// errorDataLen is how much of a bad message its answer carries, in bytes (OpenFlow 1.3.5 §7.5.4: at least 64).
const errorDataLen = 64

// badMessage deals with a message whose framing is good and whose body, or version, is not: whoever waits for it is told, and so is the peer
// (OpenFlow 1.3.5 §7.5.4), unless it is an error itself, lest two ends answer each other for ever.
func (c *Conn) badMessage(h openflow.Header, frame []byte, err error) {
	c.counters.parseErrors.Add(1)
	fields := logrus.Fields{logrus.ErrorKey: err, "type": h.Type.String(), "xid": h.XID}
	typ, code := openflow.ErrBadRequest, openflow.CodeBadRequestLen
	if bad := (*openflow.ParseError)(nil); errors.As(err, &bad) {
		typ, code = bad.Answer()
		fields["field"], fields["offset"] = bad.Field, bad.Offset
	}
	c.warn(fields, "message that cannot be read")
	if kind := classify(h.Type); kind == answer || kind == either {
		c.mu.Lock()
		c.failCallLocked(h.XID, err)
		c.mu.Unlock()
	}
	if h.Type != openflow.TypeError {
		c.replyLoosely(h, errorAbout(typ, code, frame))
	}
}

// refuseCommand answers what only a switch carries out.
func (c *Conn) refuseCommand(h openflow.Header, m openflow.Message) {
	c.counters.unmatched.Add(1)
	c.warn(logrus.Fields{"type": h.Type.String(), "xid": h.XID}, "the switch sends what only a controller may send")
	frame, _ := openflow.Append(nil, h.XID, m) // what was parsed has a wire form; without it the answer only has less to show
	c.replyLoosely(h, errorAbout(openflow.ErrBadRequest, openflow.CodeBadRequestType, frame))
}

// lateHello passes over a HELLO after the handshake: the version stays what was agreed, and framing is not in danger.
func (c *Conn) lateHello(h openflow.Header) {
	c.counters.unmatched.Add(1)
	c.warn(logrus.Fields{"type": h.Type.String(), "xid": h.XID}, "a second HELLO, which changes nothing")
}

// lostFraming tells the peer, as well as that goes, why it is being disconnected.
func (c *Conn) lostFraming(lost *FramingError) {
	var xid uint32
	if len(lost.Bytes) >= openflow.HeaderLen {
		xid = headerXID(lost.Bytes)
	}
	c.replyLoosely(openflow.Header{XID: xid}, errorAbout(openflow.ErrBadRequest, lost.code, lost.Bytes))
	c.flushBriefly()
}

func errorAbout(typ openflow.ErrorType, code openflow.ErrorCode, frame []byte) *openflow.ErrorMsg {
	return &openflow.ErrorMsg{ErrType: typ, Code: code, Data: frame[:min(len(frame), errorDataLen)]}
}

// replyLoosely answers where it does not matter when that fails: a full queue means that the peer does not read, which
// the write timeout ends, and a closed connection ends the reader by itself.
func (c *Conn) replyLoosely(h openflow.Header, m openflow.Message) {
	if err := c.Reply(h.XID, m); err != nil {
		c.detail(logrus.Fields{logrus.ErrorKey: err, "xid": h.XID}, "answer not sent")
	}
}
