package is06

import (
	"net/http"

	"crosspoint/controller/core"
)

func (a *API) addReceivers(w http.ResponseWriter, r *http.Request) error {
	id, err := a.pathID(r, "id", "network flow")
	if err != nil {
		return err
	}
	receivers, err := parse(r, a.contract.postReceivers, readReceivers)
	if err != nil {
		return err
	}
	if _, err := a.submit(r, core.AddReceivers{Flow: id, Receivers: receivers}, nil); err != nil {
		return err
	}
	return noContent(w)
}

func (a *API) removeReceiver(w http.ResponseWriter, r *http.Request) error {
	id, err := a.pathID(r, "id", "network flow")
	if err != nil {
		return err
	}
	receiver, err := a.pathID(r, "receiver", "receiver")
	if err != nil {
		return err
	}
	if _, err := a.submit(r, core.RemoveReceiver{Flow: id, Receiver: receiver}, nil); err != nil {
		return err
	}
	return noContent(w)
}
