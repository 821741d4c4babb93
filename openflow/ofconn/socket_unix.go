//go:build unix

package ofconn

import "syscall"

// unixSocket is the file descriptor of a connection, which the runtime has made non-blocking.
type unixSocket struct {
	raw   syscall.RawConn
	b     []byte // of the call of tryWrite under way
	n     int
	write func(fd uintptr) // made once, so that a write costs no allocation
}

func rawSocket(nc syscall.Conn) socket {
	raw, err := nc.SyscallConn()
	if err != nil {
		return nil
	}
	s := &unixSocket{raw: raw}
	s.write = func(fd uintptr) { s.n, _ = syscall.Write(int(fd), s.b) }
	return s
}

// tryWrite uses Control, which neither waits for the writer's lock nor looks at its deadline: the caller knows that the writer rests.
func (s *unixSocket) tryWrite(b []byte) int {
	s.b, s.n = b, 0
	err := s.raw.Control(s.write)
	s.b = nil
	if err != nil {
		return 0
	}
	return max(s.n, 0)
}
