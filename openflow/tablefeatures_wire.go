package openflow

// Lengths in bytes (OpenFlow 1.3.5 §7.3.5.5.1, struct ofp_table_features).
const (
	tableFeaturesLen = 64
	tableNameLen     = 32
)

func (r TableFeaturesReply) appendReply(b []byte) ([]byte, error) {
	return appendList(b, r, appendTableFeatures)
}

func appendTableFeatures(b []byte, t *TableFeatures) ([]byte, error) {
	start := len(b)
	b, s := growZero(b, tableFeaturesLen)
	s[2] = byte(t.Table)
	if err := putName(s[8:8+tableNameLen], t.Name, "table name"); err != nil {
		return b, err
	}
	put64(s[40:], t.MetadataMatch)
	put64(s[48:], t.MetadataWrite)
	put32(s[56:], t.Config)
	put32(s[60:], t.MaxEntries)
	b, err := appendList(b, t.Properties, appendTableProperty)
	put16(b[start:], uint16(len(b)-start))
	return b, err
}

func appendTableProperty(b []byte, p *TableProperty) ([]byte, error) {
	size := 4 + len(p.Data)
	if size > MaxMessageLen {
		return b, ErrTooLong
	}
	start := len(b)
	b, s := grow(b, 4)
	put16(s, p.Kind)
	put16(s[2:], uint16(size))
	return pad8(append(b, p.Data...), start), nil
}

func (d *decoder) tableFeatures(b []byte) ([]TableFeatures, error) {
	list := makeList[TableFeatures](b, 0, tableFeaturesLen)
	for len(b) > 0 {
		if len(b) < tableFeaturesLen {
			return nil, d.fail(b, "table features", "cut short", badTableFeatures)
		}
		t, rest, err := d.element(b, int(u16(b)), tableFeaturesLen, true, "table features", badTableFeatures)
		if err != nil {
			return nil, err
		}
		properties, err := d.tableProperties(t[tableFeaturesLen:])
		if err != nil {
			return nil, err
		}
		list = append(list, TableFeatures{
			Table:         TableID(t[2]),
			Name:          cstring(t[8 : 8+tableNameLen]),
			MetadataMatch: u64(t[40:]),
			MetadataWrite: u64(t[48:]),
			Config:        u32(t[56:]),
			MaxEntries:    u32(t[60:]),
			Properties:    properties,
		})
		b = rest
	}
	return list, nil
}

// tableProperties reads properties; the padding to eight bytes is not part of a property's length.
func (d *decoder) tableProperties(b []byte) ([]TableProperty, error) {
	list := makeList[TableProperty](b, 2, 8)
	for len(b) > 0 {
		if len(b) < 8 {
			return nil, d.fail(b, "table property", "cut short", badTableFeatures)
		}
		size := int(u16(b[2:]))
		_, rest, err := d.element(b, (size+7)&^7, 8, true, "table property", badTableFeatures)
		if err != nil {
			return nil, err
		}
		if size < 4 {
			return nil, d.fail(b, "table property", "length less than its header", badTableFeatures)
		}
		list, b = append(list, TableProperty{Kind: u16(b), Data: clone(b[4:size])}), rest
	}
	return list, nil
}
