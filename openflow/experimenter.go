package openflow

// Ids of experimenters that this package meets (OpenFlow 1.3.5 §7.5.5). One whose first byte is zero is an IEEE OUI.
const (
	ExperimenterONF    uint32 = 0x4f4e4600 // extensions that the Open Networking Foundation published for 1.3
	ExperimenterNicira uint32 = 0x00002320 // Open vSwitch's own; its messages stay raw
)

// Experimenter types of the ONF's extensions that are read here; the others stay raw.
const (
	ExpTypeFlowMonitor        uint32 = 1870 // EXT-187, as a multipart
	ExpTypeFlowMonitorCancel  uint32 = 1870 // EXT-187, as a message
	ExpTypeFlowMonitorPaused  uint32 = 1871 // EXT-187
	ExpTypeFlowMonitorResumed uint32 = 1872 // EXT-187
	ExpTypeRoleStatus         uint32 = 1911 // EXT-191
	ExpTypeBundleControl      uint32 = 2300 // EXT-230
	ExpTypeBundleAdd          uint32 = 2301 // EXT-230
)

// ExperimenterProperty is a property at the end of one of the ONF's messages, kept raw. The extensions define none but those of experimenters.
type ExperimenterProperty struct {
	Kind uint16
	Data []byte // all behind type and length, without the padding to eight bytes
}
