package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1 // it was tried and did not work
	exitUsage  = 2 // the command line makes no sense
)

const rootLong = `Crosspoint is an OpenFlow 1.3 controller for live-media networks. A broadcast controller says by
AMWA NMOS IS-06 who may send what to whom; Crosspoint finds the path, reserves the bandwidth, programs
the switches, answers IGMP and MLD, and rejects everything else.

Start a controller with 'crosspoint serve', or one with a fabric to play with by 'crosspoint lab'. The
other commands look into a running one, or have it change something, over HTTP: at http://127.0.0.1:8080, or where --api or the
environment variable CROSSPOINT_API says.

A picture does not arrive? Look in this order:

  crosspoint get flows --receivers   what each receiver gets, and why not
  crosspoint get denials             who asked or sent without being allowed
  crosspoint get switches            is every switch connected and in sync
  crosspoint dump lf1 --diff         what a switch holds against what it should hold`

// execute runs one command line and gives the exit status.
func execute(ctx context.Context, s *streams, args []string) int {
	root := newRootCmd(s)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(s.err, "crosspoint: %v\n", err)
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

func newRootCmd(s *streams) *cobra.Command {
	api := &apiOptions{}
	cmd := &cobra.Command{
		Use:           "crosspoint",
		Short:         "OpenFlow controller for live-media networks",
		Long:          rootLong,
		Args:          noSuchCommand,
		RunE:          showHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	cmd.SetIn(s.in)
	cmd.SetOut(s.out)
	cmd.SetErr(s.err)
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return &usageError{cmd, err} })
	api.addFlag(cmd, os.Getenv(apiVariable))
	cmd.AddCommand(
		newServeCmd(s), newLabCmd(s), newAgentCmd(s),
		newGetCmd(s, api), newStatusCmd(s, api, runStatus), newWatchCmd(s, api, runWatch), newDumpCmd(s, api, runDump), newDNSCmd(s), newVersionCmd(s, api, runVersion),
		newDrainCmd(s, api, runDrain), newUndrainCmd(s, api, runUndrain), newOptimiseCmd(s, api, runOptimise),
		newTakeCmd(s, api, runTake), newSalvoCmd(s, api, runSalvo), newPairCmd(s, api, runPair), newUnpairCmd(s, api, runUnpair),
		newBackupCmd(s, api, runBackup), newRestoreCmd(s, runRestore),
	)
	return cmd
}

// showHelp is what a command does that only groups others.
func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }
