package ops

import (
	"net/http"

	"crosspoint/controller"
	"crosspoint/northbound"
	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
)

// sessions are not part of a snapshot: their counts change with every message.
func (a *API) sessions(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := a.bounded(r)
	defer cancel()
	x, err := a.index(ctx, w)
	if err != nil {
		return err
	}
	f, err := parseFilter(x, r.URL.Query(), switchFilter)
	if err != nil {
		return err
	}
	open, err := a.Controller.Sessions()
	if err != nil {
		a.warn(err, "the controller does not answer a reader")
		return notAnswering(err)
	}
	list := List[Session]{Revision: x.Revision, At: a.now(), Items: []Session{}}
	for _, s := range open {
		if f.sw == nil || *f.sw == s.Switch {
			list.Items = append(list.Items, x.sessionView(s))
		}
	}
	return northbound.Answer(w, http.StatusOK, list)
}

func (x *index) sessionView(s controller.SessionInfo) Session {
	n := s.Stats
	v := Session{
		Switch: s.Switch, Peer: s.Peer, Since: utc(s.Since), In: messageCounts(n.In), Out: messageCounts(n.Out),
		QueueBytes: n.QueueBytes, QueuePeakBytes: n.QueuePeak, Pending: n.Pending,
		Batch: roundTrips(n.Batch), Request: roundTrips(n.Request), Echo: roundTrips(n.Echo),
		Errors: n.In.Of(openflow.TypeError).Messages, ParseErrors: n.ParseErrors, Unmatched: n.Unmatched, Dropped: n.Dropped, QueueFull: n.QueueFull,
	}
	if sw := x.Switch(s.Switch); sw != nil {
		v.SwitchName = sw.Name
	}
	return v
}

func messageCounts(counts ofconn.Counts) MessageCounts {
	total := counts.Total()
	v := MessageCounts{Messages: total.Messages, Bytes: total.Bytes, Types: map[string]MessageCount{}}
	for typ := openflow.TypeHello; typ <= openflow.TypeMeterMod; typ++ {
		if n := counts.Of(typ); n.Messages > 0 {
			v.Types[typ.String()] = MessageCount(n)
		}
	}
	if n := counts.Of(openflow.TypeMeterMod + 1); n.Messages > 0 {
		v.Types["other"] = MessageCount(n)
	}
	return v
}

func roundTrips(r ofconn.RoundTrips) RoundTrips {
	return RoundTrips{Count: r.Count, Last: r.Last.Seconds(), Mean: r.Mean().Seconds(), Max: r.Max.Seconds()}
}
