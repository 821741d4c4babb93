package store

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"io"
)

// head is what one of the first two pages says of the file.
type head struct {
	magic, version              uint32
	pageSize                    int64
	root, freelist, pages, txid uint64
}

// findHead chooses the head as bbolt does: the newer of the two that are whole.
func findHead(file io.ReaderAt) (head, error) {
	best, found := head{}, false
	try := func(offset int64) {
		if h, ok := readHead(file, offset); ok && (!found || h.txid > best.txid) {
			best, found = h, true
		}
	}
	try(0)
	if found {
		try(best.pageSize)
		return best, nil
	}
	// The first is gone, and with it the size of a page.
	for size := int64(1024); size <= 1<<16 && !found; size *= 2 {
		try(size)
		found = found && best.pageSize == size
	}
	if !found {
		return head{}, errors.New("it is no database: neither of its heads can be read")
	}
	return best, nil
}

func readHead(file io.ReaderAt, offset int64) (head, bool) {
	b := make([]byte, headSize)
	if _, err := file.ReadAt(b, offset+headerSize); err != nil {
		return head{}, false
	}
	order := binary.NativeEndian
	h := head{
		magic: order.Uint32(b), version: order.Uint32(b[4:]), pageSize: int64(order.Uint32(b[8:])),
		root: order.Uint64(b[16:]), freelist: order.Uint64(b[32:]), pages: order.Uint64(b[40:]), txid: order.Uint64(b[48:]),
	}
	sum := fnv.New64a()
	sum.Write(b[:56])
	sane := h.pageSize >= 1024 && h.pageSize <= 1<<16 && h.pageSize&(h.pageSize-1) == 0
	return h, h.magic == magic && h.version == fileVersion && sane && sum.Sum64() == order.Uint64(b[56:])
}
