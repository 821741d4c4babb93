package core

// Whole is the snapshot as it is when nothing is shared with the last one.
func (s *State) Whole() *Snapshot {
	v := newViews()
	v.renew(s, everything())
	return v.snapshot(s)
}
