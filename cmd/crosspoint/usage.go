package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// usageError is a command line that makes no sense.
type usageError struct {
	cmd *cobra.Command
	err error
}

// Error says what is wrong and where the right way is described.
func (e *usageError) Error() string {
	return fmt.Sprintf("%v\nsee '%s --help'", e.err, e.cmd.CommandPath())
}

// Unwrap gives the error alone.
func (e *usageError) Unwrap() error { return e.err }

func misused(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{cmd, fmt.Errorf(format, args...)}
}

// noSuchCommand refuses arguments to a command that only groups others.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
		return misused(cmd, "unknown command %q for %q; did you mean %s?", args[0], cmd.CommandPath(), strings.Join(like, " or "))
	}
	return misused(cmd, "unknown command %q for %q", args[0], cmd.CommandPath())
}

// between takes so many arguments; what names them in the error.
func between(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return misused(cmd, "%s is missing", what)
		case len(args) > most && most == 0:
			return misused(cmd, "takes no arguments, got %q", args[0])
		case len(args) > most:
			return misused(cmd, "takes one %s, got %d arguments", what, len(args))
		}
		return nil
	}
}
