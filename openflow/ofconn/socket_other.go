//go:build !unix

package ofconn

import "syscall"

// rawSocket gives none: everything goes through the writer.
func rawSocket(syscall.Conn) socket { return nil }
