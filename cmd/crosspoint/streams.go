package main

import (
	"io"
	"os"
)

// streams is where a command reads and writes; tests put buffers in.
type streams struct {
	in       io.Reader
	out, err io.Writer
	terminal bool // out is a terminal: a person reads it
}

func systemStreams() *streams {
	return &streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, terminal: isTerminal(os.Stdout)}
}

// isTerminal takes any character device for a terminal. That is wrong only for the likes of /dev/null, where nobody minds.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
