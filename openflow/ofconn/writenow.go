package ofconn

import "net"

// maxWriteNow bounds what is written from within a call, in bytes: it is copied to the kernel while the lock is held.
const maxWriteNow = 64 << 10

// socket writes without waiting. It returns how much was taken; 0 also when the socket is full, closed or broken, which the writer finds out
// by itself when it tries.
type socket interface{ tryWrite(b []byte) int }

// socketOf finds the socket that takes a connection's bytes as they are; nil when there is none, as with TLS or in memory.
func socketOf(nc net.Conn) socket {
	if a, ok := nc.(*accepted); ok {
		nc = a.Conn
	}
	switch nc := nc.(type) {
	case *net.TCPConn:
		return rawSocket(nc)
	case *net.UnixConn:
		return rawSocket(nc)
	}
	return nil
}

// urgent says that somebody waits for what is being sent and that little else is under way, so that to save the hand-over to the writer is
// worth a system call of its own. Messages that come in numbers are better gathered.
type urgent bool

// afterSingle is for what a handler sends. What several messages that came together lead to can leave together; a message that comes alone is
// one that its sender may wait for, so the first call after it may write at once.
func (c *Conn) afterSingle() urgent { return urgent(c.single.CompareAndSwap(true, false)) }

// aloneLocked is for a question: nothing else awaits an answer.
func (c *Conn) aloneLocked() urgent { return c.pendingLocked() == 0 }

// leaveLocked has what is pending leave: at once, as far as that needs no waiting, when it is urgent and the writer rests; otherwise by the
// writer. Since a resting writer has written all that came before, the order is kept. A watcher, which does not block, is shown it before.
func (c *Conn) leaveLocked(now urgent) {
	if bool(now) && c.writerIdle && c.socket != nil && len(c.out.pending) <= maxWriteNow {
		c.show(c.out.pending)
		c.out.drop(c.socket.tryWrite(c.out.pending))
		c.out.shown = len(c.out.pending)
	}
	if len(c.out.pending) > 0 {
		c.wakeWriterLocked()
	}
}
