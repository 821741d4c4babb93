package main

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"crosspoint/northbound/ops"
)

const getSessionsLong = `List the open OpenFlow sessions and what went over each since it began.

  SWITCH, PEER     the switch, and the address and port it speaks from
  SINCE            when its handshake ended
  IN, OUT          messages from the switch, and to it; IN-BYTES, OUT-BYTES: their length
  QUEUE            bytes that wait to be written
  PENDING          requests and programs that the switch has not answered yet
  BATCH, REQUEST   the last time from sending a program, or a question, to its answer
  ERRORS           errors that the switch answered with
  UNREADABLE       messages from the switch that could not be read; each is answered with an error, and in the log

QUEUE that stays? The switch, or the way to it, takes less than it is sent. PENDING that stays? The switch does
not answer. --json tells messages by type, longest times, and what was not sent. To see the messages
themselves, run 'crosspoint serve --capture FILE'.`

func newGetSessionsCmd(s *streams, api *apiOptions, run runGet) *cobra.Command {
	return listCmd(&cobra.Command{
		Use:     "sessions",
		Aliases: []string{"session"},
		Short:   "What goes over the OpenFlow sessions?",
		Long:    getSessionsLong,
		Example: "  crosspoint get sessions\n  crosspoint get sessions --switch lf1 --json",
	}, s, api, bySwitch, run)
}

func runGetSessions(ctx context.Context, o *getOptions) error {
	list, err := listOf(ctx, o, ops.Client.Sessions)
	if err != nil {
		return err
	}
	t := newTable("SWITCH", "PEER", "SINCE", "IN", "IN-BYTES", "OUT", "OUT-BYTES", "QUEUE", "PENDING", "BATCH", "REQUEST", "ERRORS", "UNREADABLE")
	for _, s := range list.Items {
		name := s.SwitchName
		if name == "" {
			name = s.Switch.String()
		}
		t.add(text(name), text(s.Peer), when(list.At, s.Since), number(s.In.Messages), number(s.In.Bytes), number(s.Out.Messages),
			number(s.Out.Bytes), number(s.QueueBytes), number(s.Pending), roundTrip(s.Batch), roundTrip(s.Request),
			number(s.Errors), number(s.ParseErrors))
	}
	return o.print(list, t, "sessions: no switch is connected")
}

// roundTrip is the last one, for programs in seconds; nothing when there was none.
func roundTrip(r ops.RoundTrips) cell {
	if r.Count == 0 {
		return cell{}
	}
	short := time.Duration(r.Last * float64(time.Second)).Round(time.Microsecond)
	return cell{short.String(), strconv.FormatFloat(r.Last, 'f', -1, 64)}
}
