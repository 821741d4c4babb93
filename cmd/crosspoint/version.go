package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const versionLong = `Show the version of this program and, if one answers, of the controller that --api names.

The two should be the same: an older controller may not know everything that this program asks for.`

// versionOptions are the options of version.
type versionOptions struct {
	*streams
	api  *apiOptions
	json bool
}

// versions is what version --json writes.
type versions struct {
	Program    ops.Version  `json:"program"`
	Controller *ops.Version `json:"controller"` // null when none answers
}

func newVersionCmd(s *streams, api *apiOptions, run func(context.Context, *versionOptions) error) *cobra.Command {
	o := &versionOptions{streams: s, api: api}
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Show the version of this program and of the controller",
		Long:    versionLong,
		Example: "  crosspoint version",
		Args:    between(0, 0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "JSON instead of text")
	return cmd
}

func runVersion(ctx context.Context, o *versionOptions) error {
	v := versions{Program: buildVersion()}
	answer, err := ask(ctx, o.api, func(ctx context.Context, c ops.Client) (*ops.Version, error) { return c.Version(ctx) })
	if err == nil {
		v.Controller = answer
	}
	if o.json {
		return writeJSON(o.streams, v)
	}
	fmt.Fprintf(o.out, "crosspoint %s\n", describe(v.Program))
	if v.Controller == nil {
		fmt.Fprintf(o.out, "controller: none answers at %s\n", printable(o.api.base))
		return nil
	}
	fmt.Fprintf(o.out, "controller %s at %s\n", printable(describe(*v.Controller)), printable(o.api.base))
	return nil
}

func describe(v ops.Version) string {
	s := v.Version
	if v.Revision != "" {
		s += " " + v.Revision
	}
	return s + " (" + v.Go + ", " + v.Platform + ")"
}

// buildVersion reads what the toolchain wrote into this program.
func buildVersion() ops.Version {
	v := ops.Version{Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Revision = s.Value
		}
	}
	return v
}
