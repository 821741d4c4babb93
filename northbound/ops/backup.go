package ops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"crosspoint/controller"
)

// backuper is a controller that can copy its store. Others have nothing at /backup.
type backuper interface {
	// Backup writes the store as of one instant; controller.ErrNoStore when there is none.
	Backup(w io.Writer) (int64, error)
}

// backupTime bounds how long a backup may take to be sent.
const backupTime = 10 * time.Minute

// backups sends the store's file, one at a time: pages that a backup still reads cannot be used again by writes.
type backups struct {
	api  *API
	busy atomic.Bool
}

// serve sends a copy of the store. It holds the key that authenticates our LLDP, so pages from elsewhere may not read it.
func (b *backups) serve(w http.ResponseWriter, r *http.Request) error {
	w.Header().Del("Access-Control-Allow-Origin")
	if err := checkParams(r.URL.Query(), nil); err != nil {
		return err
	}
	store, ok := b.api.Controller.(backuper)
	if !ok {
		return notFound("%v", controller.ErrNoStore)
	}
	if !b.busy.CompareAndSwap(false, true) {
		return unavailable(errors.New("one is being sent"), "another backup is being made; try again when it is done").WithHeader("Retry-After", "5")
	}
	defer b.busy.Store(false)
	body := &backupBody{w: w, name: fmt.Sprintf("crosspoint-%s.db", b.api.now().Format("20060102T150405Z")), head: r.Method == http.MethodHead}
	_, err := store.Backup(body)
	switch {
	case errors.Is(err, errHeadOnly):
		return nil
	case errors.Is(err, controller.ErrNoStore):
		return notFound("%v", err)
	case err != nil && body.begun:
		b.api.warn(err, "a backup was cut off")
		panic(http.ErrAbortHandler) // the connection ends early, so that nobody takes a part for the whole
	case err != nil:
		b.api.warn(err, "no backup could be made")
		return unavailable(err, "no backup could be made: %v", err)
	}
	return nil
}

var errHeadOnly = errors.New("only the head was asked for")

// backupBody writes the answer's head with its first bytes, so that what fails before is still an error.
type backupBody struct {
	w     http.ResponseWriter
	name  string
	head  bool
	begun bool
}

// Write sends a piece.
func (b *backupBody) Write(piece []byte) (int, error) {
	if !b.begun {
		b.begun = true
		_ = http.NewResponseController(b.w).SetWriteDeadline(time.Now().Add(backupTime)) // where there is one
		h := b.w.Header()
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", `attachment; filename="`+b.name+`"`)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		b.w.WriteHeader(http.StatusOK)
	}
	if b.head {
		return 0, errHeadOnly
	}
	return b.w.Write(piece)
}

// Backup copies the controller's store to w, as of one instant. A copy that was cut off is an error.
func (c Client) Backup(ctx context.Context, w io.Writer) (int64, error) {
	at := strings.TrimSuffix(c.Base, "/") + Prefix + "/backup"
	resp, err := c.send(ctx, http.MethodGet, at, nil)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		_, err := read[struct{}](resp, at)
		return 0, err
	}
	if kind := resp.Header.Get("Content-Type"); kind != "application/octet-stream" {
		return 0, &NotAPIError{URL: at, Status: resp.Status, Err: fmt.Errorf("it is of type %q", kind)}
	}
	n, err := io.Copy(w, resp.Body)
	if err != nil {
		return n, fmt.Errorf("copy the backup from %s: %w", at, err)
	}
	return n, nil
}
