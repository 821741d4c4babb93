package main

import (
	"context"

	"github.com/spf13/cobra"

	"crosspoint/testbed/traffic"
)

const agentLong = `Send, join and measure on one interface, as told by JSON lines on standard input. The lab runs one
in every host that it makes; there is no other use for it.`

func newAgentCmd(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:    "agent INTERFACE",
		Short:  "Be a host of the lab",
		Long:   agentLong,
		Hidden: true,
		Args:   between(1, 1, "INTERFACE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			// It ends with its input. Ctrl-C is for the lab, which then has to ask what was received.
			return traffic.RunAgent(context.WithoutCancel(cmd.Context()), s.in, s.out, args[0])
		},
	}
}
