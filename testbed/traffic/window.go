package traffic

// windowSize is how many sequence numbers back a duplicate can be told from a late packet: 1.6 s at 10,000 packets a second.
const windowSize = 16384

// verdict is what one sequence number means after those before it.
type verdict int

const (
	inOrder    verdict = iota // the highest so far
	late                      // lower than one before it, and not seen yet
	duplicated                // seen already, or too old to tell
)

// window remembers which of the last windowSize sequence numbers arrived. The zero value has seen none.
//
// What is older than the window counts as duplicated: then a loss stays a loss, and nothing strange goes unreported.
type window struct {
	any      bool
	min, max uint64
	distinct uint64
	seen     [windowSize / 64]uint64
}

// add takes the next sequence number that arrived.
func (w *window) add(seq uint64) verdict {
	switch {
	case !w.any:
		w.any, w.min, w.max = true, seq, seq
	case seq > w.max:
		w.advance(seq)
	case w.max-seq >= windowSize || w.has(seq):
		return duplicated
	default:
		w.min = min(w.min, seq)
		w.mark(seq)
		return late
	}
	w.mark(seq)
	return inOrder
}

// lost counts the numbers between the first and the last that never came.
func (w *window) lost() uint64 {
	if !w.any {
		return 0
	}
	return w.max - w.min + 1 - w.distinct
}

func (w *window) has(seq uint64) bool {
	return w.seen[seq%windowSize/64]&(1<<(seq%64)) != 0
}

func (w *window) mark(seq uint64) {
	w.seen[seq%windowSize/64] |= 1 << (seq % 64)
	w.distinct++
}

// advance forgets the numbers that leave the window when its end moves to seq.
func (w *window) advance(seq uint64) {
	if seq-w.max >= windowSize {
		w.seen = [windowSize / 64]uint64{}
	} else {
		for s := w.max + 1; s <= seq && s != 0; s++ {
			w.seen[s%windowSize/64] &^= 1 << (s % 64)
		}
	}
	w.max = seq
}
