package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"crosspoint/controller/store"
)

const restoreLong = `Put a backup in the place of a controller's store. The controller must not be running.

The backup is checked first, whole, and an older format is brought to this program's. Then it takes its
place in one step: at any instant the store is the old one or the new. One that is there is not overwritten
without --force.

The controller that starts with it reads the switches and changes them to what the backup says: flows made
since then end, and those deleted since then run again.`

// restoreOptions are the options of restore.
type restoreOptions struct {
	*streams
	file  string
	store string
	force bool
}

func newRestoreCmd(s *streams, run func(*restoreOptions) error) *cobra.Command {
	o := &restoreOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup in the place of a stopped controller's store",
		Long:  restoreLong,
		Example: "  crosspoint restore crosspoint-20260304T120000Z.db --store /var/lib/crosspoint/crosspoint.db\n" +
			"  crosspoint restore backup.db --force",
		Args: between(1, 1, "FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			o.file = args[0]
			return run(o)
		},
	}
	cmd.Flags().StringVar(&o.store, "store", defaultStore, "`PATH` of the store, as 'crosspoint serve' has it")
	cmd.Flags().BoolVar(&o.force, "force", false, "overwrite the store that is there")
	return cmd
}

// defaultStore is where a controller keeps its store when it was told no other place.
const defaultStore = "crosspoint.db"

func runRestore(o *restoreOptions) error {
	done, err := store.Restore(o.file, o.store, o.force)
	if errors.Is(err, store.ErrExists) {
		return fmt.Errorf("%w; make a copy of it if it may be needed, and give --force", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(o.out, "%s: %d records restored\n", printable(o.store), done.Records)
	return nil
}
