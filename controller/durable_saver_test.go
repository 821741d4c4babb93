package controller

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
)

var errDisk = errors.New("disk full")

// disk is a store in memory that can be full.
type disk struct {
	mu       sync.Mutex // guards all: the saver works on what the test changes
	held     map[recordID]core.Record
	fails    error // of Write
	room     error // of Room
	attempts int
}

func newDisk(records ...core.Record) *disk {
	d := &disk{held: map[recordID]core.Record{}}
	for _, r := range records {
		d.held[idOf(r)] = r
	}
	return d
}

func (d *disk) Room() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.room
}

// fail sets what Write and Room answer from now on.
func (d *disk) fail(write, room error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fails, d.room = write, room
}

func (d *disk) tries() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.attempts
}

func (d *disk) Load() ([]core.Record, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return unsaved(d.held).sorted(), nil
}

func (d *disk) Write(records []core.Record) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.attempts++
	if d.fails != nil {
		return d.fails
	}
	for _, r := range records {
		if r.Value == nil {
			delete(d.held, idOf(r))
		} else {
			d.held[idOf(r)] = r
		}
	}
	return nil
}

func rec(key, value string) core.Record {
	r := core.Record{Kind: core.RecordFlow, Key: key}
	if value != "" {
		r.Value = []byte(value)
	}
	return r
}

// saving runs a saver in virtual time.
func saving(t *testing.T, d *disk, test func(s *saver, save func(...core.Record) error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log := logrus.New()
		log.SetOutput(io.Discard)
		s := newSaver(d, log)
		ctx, cancel := context.WithCancel(t.Context())
		go s.run(ctx)
		synctest.Wait()
		test(s, func(records ...core.Record) error {
			answer := make(chan error, 1)
			s.put(job{records: records, replies: []func(error){func(err error) { answer <- err }}})
			return <-answer
		})
		cancel()
		<-s.done
	})
}

// TestFailedWriteIsMadeUpFor: it is answered as failed, changes are refused, what piles up is merged, and when the disk takes it the
// newest of each thing is there.
func TestFailedWriteIsMadeUpFor(t *testing.T) {
	d := newDisk()
	saving(t, d, func(s *saver, save func(...core.Record) error) {
		require.NoError(t, save(rec("a", "1"), rec("b", "1")))
		d.fail(errDisk, nil)
		err := save(rec("a", "2"))
		require.ErrorIs(t, err, errDisk)
		var why *core.Refusal
		require.ErrorAs(t, err, &why)
		assert.Equal(t, core.NotDurable, why.Kind)
		assert.Contains(t, why.Message, "is in force")
		assert.True(t, s.health.bad())
		assert.Equal(t, Durability{Reason: "disk full", Since: time.Now(), Unsaved: 1, Failures: 1}, s.health.report())
		refusal := s.health.refusal()
		assert.Equal(t, core.NotDurable, refusal.Kind)
		assert.Contains(t, refusal.Message, "nothing was changed")

		// What goes on without clients, hosts for example, gathers without an attempt each.
		attempts := d.tries()
		require.Error(t, save(rec("b", ""), rec("c", "1")))
		require.Error(t, save(rec("a", "3"), rec("c", "")))
		assert.Equal(t, attempts, d.tries())
		assert.Equal(t, 3, s.health.report().Unsaved)

		time.Sleep(time.Minute)
		synctest.Wait()
		tries := d.tries() - attempts
		assert.Greater(t, tries, 10)
		assert.Less(t, tries, 25, "the attempts back off")

		d.fail(nil, nil)
		time.Sleep(lastRetry)
		synctest.Wait()
		assert.False(t, s.health.bad())
		assert.Equal(t, Durability{Failures: uint64(1 + tries)}, s.health.report())
		have, _ := d.Load()
		assert.Equal(t, []core.Record{rec("a", "3")}, have)
		require.NoError(t, save(rec("a", "4")))
	})
}

// TestBusySaverStillTriesAgain: a stream of jobs does not put the next attempt off for ever.
func TestBusySaverStillTriesAgain(t *testing.T) {
	d := newDisk()
	saving(t, d, func(s *saver, save func(...core.Record) error) {
		d.fail(errDisk, nil)
		require.Error(t, save(rec("a", "1")))
		d.fail(nil, nil)
		for i := 0; s.health.bad(); i++ {
			require.Less(t, i, 20)
			_ = save(rec("b", fmt.Sprint(i)))
			time.Sleep(firstRetry / 4)
		}
		have, _ := d.Load()
		assert.Len(t, have, 2)
	})
}

// TestNoRoom: changes are refused before anything fails, and what was under way is saved.
func TestNoRoom(t *testing.T) {
	d := newDisk()
	saving(t, d, func(s *saver, save func(...core.Record) error) {
		d.fail(nil, errDisk)
		require.NoError(t, save(rec("a", "1")))
		assert.True(t, s.health.bad())
		require.NoError(t, save(rec("a", "2")), "it was under way, and there is room for it")
		assert.Zero(t, s.health.report().Unsaved)
		d.fail(nil, nil)
		time.Sleep(lastRetry)
		synctest.Wait()
		assert.False(t, s.health.bad())
	})
}

// TestUnsavedIsSavedAtTheEnd: an orderly stop is one more chance.
func TestUnsavedIsSavedAtTheEnd(t *testing.T) {
	d := newDisk()
	saving(t, d, func(s *saver, save func(...core.Record) error) {
		d.fail(errDisk, nil)
		require.Error(t, save(rec("a", "1")))
		d.fail(nil, nil)
	})
	have, _ := d.Load()
	assert.Equal(t, []core.Record{rec("a", "1")}, have)
}

// TestUnsavedIsBounded: things that come and go while the disk is full do not add up; what the file holds and must lose is remembered.
func TestUnsavedIsBounded(t *testing.T) {
	d := newDisk(rec("old", "1"))
	saving(t, d, func(s *saver, save func(...core.Record) error) {
		d.fail(errDisk, nil)
		require.Error(t, save(rec("old", "")))
		most := 0
		for i := range 5 * pruneSlack {
			key := fmt.Sprint(i)
			require.Error(t, save(rec(key, "x"), rec(key, "")))
			most = max(most, s.health.report().Unsaved)
		}
		assert.LessOrEqual(t, most, pruneSlack+2)
		d.fail(nil, nil)
		time.Sleep(lastRetry)
		synctest.Wait()
		have, _ := d.Load()
		assert.Empty(t, have)
	})
}
