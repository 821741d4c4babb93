package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"crosspoint/controller/store"
	"crosspoint/northbound/ops"
)

const backupLong = `Copy the store of a running controller to FILE: endpoints, network flows with their trees, and what was
learnt of the network, as of one instant. The controller goes on meanwhile.

Without FILE the name is made of the time, in UTC. A file that is there is not overwritten without --force;
FILE is only ever a whole backup, checked after it arrived. "-" writes to standard output, unchecked.

'crosspoint restore' puts a backup back. Keep it as you keep keys: the key that authenticates the
controller's LLDP is in it.`

// backupOptions are the options of backup.
type backupOptions struct {
	*streams
	api   *apiOptions
	file  string
	force bool
}

func newBackupCmd(s *streams, api *apiOptions, run func(context.Context, *backupOptions) error) *cobra.Command {
	o := &backupOptions{streams: s, api: api}
	cmd := &cobra.Command{
		Use:   "backup [FILE]",
		Short: "Copy what a running controller keeps to a file",
		Long:  backupLong,
		Example: "  crosspoint backup\n" +
			"  crosspoint backup /var/backups/crosspoint.db --force\n" +
			"  crosspoint backup - | ssh other 'cat > crosspoint.db'",
		Args: between(0, 1, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = "crosspoint-" + time.Now().UTC().Format("20060102T150405Z") + ".db"
			if len(args) == 1 {
				o.file = args[0]
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.force, "force", false, "overwrite FILE if it is there")
	return cmd
}

func runBackup(ctx context.Context, o *backupOptions) error {
	if o.file == "-" {
		_, err := o.fetch(ctx, o.out)
		return err
	}
	if _, err := os.Lstat(o.file); err == nil && !o.force {
		return fmt.Errorf("%s exists; give another name, or --force", o.file)
	}
	temp, err := os.CreateTemp(filepath.Dir(o.file), "."+filepath.Base(o.file)+".*")
	if err != nil {
		return fmt.Errorf("make backup: %w", err)
	}
	defer os.Remove(temp.Name())
	n, err := o.fetch(ctx, temp)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := store.Check(temp.Name()); err != nil {
		return fmt.Errorf("the backup did not arrive as it should: %w", err)
	}
	if err := os.Rename(temp.Name(), o.file); err != nil {
		return fmt.Errorf("make backup: %w", err)
	}
	fmt.Fprintf(o.out, "%s: %d bytes\n", printable(o.file), n)
	return nil
}

// fetch copies the backup. It may take longer than other answers.
func (o *backupOptions) fetch(ctx context.Context, to io.Writer) (int64, error) {
	n, err := ask(ctx, o.api, func(ctx context.Context, c ops.Client) (*int64, error) {
		c.HTTP = &http.Client{}
		n, err := c.Backup(ctx, to)
		return &n, err
	})
	if err != nil {
		return 0, err
	}
	return *n, nil
}
