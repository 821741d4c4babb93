package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func newLabCmd(*streams) *cobra.Command {
	return &cobra.Command{
		Use:   "lab",
		Short: "Run a controller with a fabric to play with",
		RunE:  func(*cobra.Command, []string) error { return errors.New("lab: not wired yet") },
	}
}
