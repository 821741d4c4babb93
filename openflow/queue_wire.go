package openflow

import "errors"

// Lengths in bytes (OpenFlow 1.3.5 §7.2.2, structs ofp_packet_queue and ofp_queue_prop_header).
const (
	queueHeaderLen         = 16
	queuePropertyHeaderLen = 8
)

func (m *GetQueueRequest) appendBody(b []byte) ([]byte, error) {
	b, s := growZero(b, 8)
	put32(s, uint32(m.Port))
	return b, nil
}

func (d *decoder) getQueueRequest(b []byte) (*GetQueueRequest, error) {
	if err := d.exactly(b, 8, "body"); err != nil {
		return nil, err
	}
	return &GetQueueRequest{Port: PortNo(u32(b))}, nil
}

func (m *GetQueueReply) appendBody(b []byte) ([]byte, error) {
	b, s := growZero(b, 8)
	put32(s, uint32(m.Port))
	return appendList(b, m.Queues, appendQueue)
}

func appendQueue(b []byte, q *QueueConfig) ([]byte, error) {
	start := len(b)
	b, s := growZero(b, queueHeaderLen)
	put32(s, q.Queue)
	put32(s[4:], uint32(q.Port))
	b, err := appendList(b, q.Properties, appendQueueProperty)
	put16(b[start+8:], uint16(len(b)-start))
	return b, err
}

func appendQueueProperty(b []byte, p *QueueProperty) ([]byte, error) {
	size := queuePropertyHeaderLen + len(p.Data)
	if size%8 != 0 || size > MaxMessageLen {
		return b, errors.New("queue property: length is not a multiple of 8, or too long")
	}
	b, s := growZero(b, queuePropertyHeaderLen)
	put16(s, p.Kind)
	put16(s[2:], uint16(size))
	return append(b, p.Data...), nil
}

func (d *decoder) getQueueReply(b []byte) (*GetQueueReply, error) {
	if err := d.atLeast(b, 8, "body"); err != nil {
		return nil, err
	}
	m := &GetQueueReply{Port: PortNo(u32(b))}
	b = b[8:]
	m.Queues = makeList[QueueConfig](b, 8, queueHeaderLen)
	for len(b) > 0 {
		if err := d.atLeast(b, queueHeaderLen, "queue"); err != nil {
			return nil, err
		}
		q, rest, err := d.element(b, int(u16(b[8:])), queueHeaderLen, true, "queue", badRequestLen)
		if err != nil {
			return nil, err
		}
		properties, err := d.queueProperties(q[queueHeaderLen:])
		if err != nil {
			return nil, err
		}
		m.Queues = append(m.Queues, QueueConfig{Queue: u32(q), Port: PortNo(u32(q[4:])), Properties: properties})
		b = rest
	}
	return m, nil
}

func (d *decoder) queueProperties(b []byte) ([]QueueProperty, error) {
	list := makeList[QueueProperty](b, 2, queuePropertyHeaderLen)
	for len(b) > 0 {
		if err := d.atLeast(b, queuePropertyHeaderLen, "queue property"); err != nil {
			return nil, err
		}
		p, rest, err := d.element(b, int(u16(b[2:])), queuePropertyHeaderLen, true, "queue property", badRequestLen)
		if err != nil {
			return nil, err
		}
		list = append(list, QueueProperty{Kind: u16(p), Data: clone(p[queuePropertyHeaderLen:])})
		b = rest
	}
	return list, nil
}
