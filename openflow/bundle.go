package openflow

// BundleID names a bundle of one connection; the controller picks it (EXT-230).
type BundleID uint32

// BundleStep is what a BundleControl asks for or answers (EXT-230, enum onf_bundle_ctrl_type). An answer is its request plus one.
type BundleStep uint16

// Steps in the life of a bundle.
const (
	BundleOpenRequest    BundleStep = 0
	BundleOpenReply      BundleStep = 1
	BundleCloseRequest   BundleStep = 2
	BundleCloseReply     BundleStep = 3
	BundleCommitRequest  BundleStep = 4
	BundleCommitReply    BundleStep = 5
	BundleDiscardRequest BundleStep = 6
	BundleDiscardReply   BundleStep = 7
)

// bundleStepNames are indexed by BundleStep and never written.
var bundleStepNames = [...]string{
	"OPEN_REQUEST", "OPEN_REPLY", "CLOSE_REQUEST", "CLOSE_REPLY", "COMMIT_REQUEST", "COMMIT_REPLY", "DISCARD_REQUEST", "DISCARD_REPLY",
}

// String is the extension's name without ONF_BCT_, or the number of a step that is not known.
func (s BundleStep) String() string {
	if int(s) < len(bundleStepNames) {
		return bundleStepNames[s]
	}
	return utoa(uint64(s))
}

// BundleFlags say how a bundle is carried out (EXT-230, enum onf_bundle_flags). All messages of a bundle have the same flags.
type BundleFlags uint16

// Flags of a bundle.
const (
	BundleAtomic  BundleFlags = 1 << 0 // all of it or nothing
	BundleOrdered BundleFlags = 1 << 1 // in the order in which the messages were added
)

// BundleControl opens, closes, commits or discards a bundle, or answers that (EXT-230, struct onf_bundle_ctrl_msg).
type BundleControl struct {
	Bundle     BundleID
	Step       BundleStep
	Flags      BundleFlags
	Properties []ExperimenterProperty
}

// BundleAdd puts a message into a bundle, where it waits for the commit (EXT-230, struct onf_bundle_add_msg). It has no answer but an
// error. The message inside travels with the xid of the BundleAdd, as the extension demands; Parse refuses another.
type BundleAdd struct {
	Bundle     BundleID
	Flags      BundleFlags
	Message    Message // a modification; a BundleAdd in it stays raw
	Properties []ExperimenterProperty
}

// Type is TypeExperimenter.
func (*BundleControl) Type() Type { return TypeExperimenter }

// Type is TypeExperimenter.
func (*BundleAdd) Type() Type { return TypeExperimenter }
