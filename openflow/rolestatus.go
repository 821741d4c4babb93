package openflow

// RoleReason says why a controller's role changed (EXT-191, enum onf_controller_role_reason).
type RoleReason uint8

// Reasons of a role change.
const (
	RoleReasonMasterRequest RoleReason = 0 // another controller became master
	RoleReasonConfig        RoleReason = 1 // the switch was configured so
	RoleReasonExperimenter  RoleReason = 2
)

// RoleStatus tells a controller that its role was changed from outside (EXT-191, struct onf_role_status).
type RoleStatus struct {
	Role         Role
	Reason       RoleReason
	GenerationID uint64
	Properties   []ExperimenterProperty
}

// Type is TypeExperimenter.
func (*RoleStatus) Type() Type { return TypeExperimenter }

func (m *RoleStatus) appendBody(b []byte) ([]byte, error) {
	b, s := growZero(appendExperimenterHeader(b, ExperimenterONF, ExpTypeRoleStatus), 16)
	put32(s, uint32(m.Role))
	s[4] = byte(m.Reason)
	put64(s[8:], m.GenerationID)
	return appendList(b, m.Properties, appendExperimenterProperty)
}

func (d *decoder) roleStatus(b []byte) (*RoleStatus, error) {
	if err := d.atLeast(b, 16, "body"); err != nil {
		return nil, err
	}
	properties, err := d.experimenterProperties(b[16:])
	if err != nil {
		return nil, err
	}
	return &RoleStatus{Role: Role(u32(b)), Reason: RoleReason(b[4]), GenerationID: u64(b[8:]), Properties: properties}, nil
}
