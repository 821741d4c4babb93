package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const salvoLong = `Have many takes happen together: all of them or none, each switch changed once. FILE is what the API takes, as JSON; - reads it
from standard input:

  {"takes": [
    {"receiver": "Monitor 1", "from": "Camera 1", "to": "Camera 2"},
    {"receiver": "10.0.0.7", "from": "4f2a81c0", "to": "Replay", "mode": "make-before-break"},
    {"receiver": "Monitor 3", "to": "Camera 2"}
  ]}

Names are those of 'crosspoint take'; mode is break-before-make when it is left out. If one take cannot be, none is, and the
answer names it.`

// maxSalvo bounds the file, as the API bounds a body.
const maxSalvo = 1 << 20

// salvoOptions are the options of salvo.
type salvoOptions struct {
	changeOptions
	file string
}

func newSalvoCmd(s *streams, api *apiOptions, run func(context.Context, *salvoOptions) error) *cobra.Command {
	o := &salvoOptions{changeOptions: changeOptions{streams: s, api: api}}
	cmd := &cobra.Command{
		Use:     "salvo FILE",
		Short:   "Move many receivers together, all or none",
		Long:    salvoLong,
		Example: "  crosspoint salvo evening-news.json\n  generate | crosspoint salvo -",
		Args:    between(1, 1, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.file = args[0]
			return run(cmd.Context(), o)
		},
	}
	o.addFlags(cmd)
	return cmd
}

func runSalvo(ctx context.Context, o *salvoOptions) error {
	request, err := o.read()
	if err != nil {
		return fmt.Errorf("read salvo: %w", err)
	}
	return o.salvo(ctx, request)
}

func (o *salvoOptions) read() (ops.SalvoRequest, error) {
	from := o.in
	if o.file != "-" {
		f, err := os.Open(o.file)
		if err != nil {
			return ops.SalvoRequest{}, err
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, maxSalvo+1))
	if err != nil {
		return ops.SalvoRequest{}, err
	}
	if len(text) > maxSalvo {
		return ops.SalvoRequest{}, fmt.Errorf("%s has more than %d bytes", o.file, maxSalvo)
	}
	return parseSalvo(text)
}

// parseSalvo refuses what it does not know, as the API does: a misspelt attribute would be lost on the way.
func parseSalvo(text []byte) (ops.SalvoRequest, error) {
	var request ops.SalvoRequest
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		return request, fmt.Errorf("%w; want {\"takes\": [{\"receiver\": …, \"from\": …, \"to\": …}]}", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return request, fmt.Errorf("something stands after the JSON")
	}
	return request, nil
}
