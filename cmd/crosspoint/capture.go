package main

import (
	"fmt"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"crosspoint/openflow/ofconn"
	"crosspoint/openflow/ofconn/capture"
)

// captureOptions say whether and where OpenFlow messages are written.
type captureOptions struct {
	file  string
	limit int64 // in MiB
}

func (o *captureOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.file, "capture", "", "`FILE` for every OpenFlow message of every session, both ways, as pcap for Wireshark; what it held is lost")
	f.Int64Var(&o.limit, "capture-limit", capture.DefaultLimit>>20, "MiB at which the capture ends; the controller goes on")
}

// open has every connection looked at, if that is wanted. It is closed when all connections have ended.
func (o *captureOptions) open(cfg *ofconn.Config, log logrus.FieldLogger) (closeCapture func(), err error) {
	if o.file == "" {
		return func() {}, nil
	}
	if o.limit < 1 || o.limit > 1<<40 {
		return nil, fmt.Errorf("--capture-limit %d: want a number of MiB, at least 1", o.limit)
	}
	c, err := capture.Create(o.file, capture.Config{Limit: o.limit << 20, Log: log.WithField("capture", o.file)})
	if err != nil {
		return nil, err
	}
	cfg.Tap = c
	return func() {
		if err := c.Close(); err != nil {
			log.WithError(err).Error("the capture is not complete")
		}
	}, nil
}
