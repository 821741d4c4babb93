package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"syscall"
)

// What bbolt's file looks like. Numbers are in the byte order of the machine.
//
//	page      id u64, flags u16, count u16, overflow u32, then count elements, then what they point at
//	head      (pages 0 and 1) magic, version, page size, flags u32; root, sequence, freelist, pages used, transaction, checksum u64
//	branch    position, key size u32; page u64
//	leaf      flags, position, key size, value size u32
//	bucket    (a leaf's value) root, sequence u64; if root is 0, a leaf page follows at once
//
// Positions count from the start of their element.
const (
	headerSize  = 16
	elementSize = 16
	headSize    = 64
	magic       = 0xED0CDAED
	fileVersion = 2

	isBranch, isLeaf, isFreelist = 0x01, 0x02, 0x10
	isBucket                     = 0x01
	noFreelist                   = ^uint64(0)

	// mostPage bounds a page with all that overflows from it, in bytes: far above any record, far below what memory holds.
	mostPage = 256 << 20
	// mostDepth bounds the height of the tree, and buckets within buckets. Ours has one level of buckets.
	mostDepth = 40
)

// Check says what is wrong with a store's file that no process has open for writing: its pages, not its records.
func Check(path string) error {
	if err := checkFile(path); err != nil {
		return fmt.Errorf("check %s: %w", path, err)
	}
	return nil
}

// checkFile looks at every page of a file that nobody else has open.
func checkFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return explain(err)
	}
	defer f.Close()
	if err := lock(f, syscall.LOCK_SH); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("it is no file, but %s", info.Mode().Type())
	}
	if err := checkPages(f, info.Size()); err != nil {
		return fmt.Errorf("%w: %w; restore a backup", ErrDamaged, err)
	}
	return nil
}

// pageCheck walks the pages of a file. It trusts nothing that it reads.
type pageCheck struct {
	file  io.ReaderAt
	head  head
	owner map[uint64]string // page → what uses it
}

// checkPages says what is wrong with a bbolt file: its heads, its tree, its list of free pages.
func checkPages(file io.ReaderAt, size int64) error {
	h, err := findHead(file)
	if err != nil {
		return err
	}
	if have := uint64(size / h.pageSize); h.pages > have {
		return fmt.Errorf("it is cut off: %d pages of %d are there", have, h.pages)
	}
	c := &pageCheck{file: file, head: h, owner: map[uint64]string{0: "head", 1: "head"}}
	if err := c.tree(h.root, 0); err != nil {
		return err
	}
	return c.freelist()
}

// page is one page with what overflows from it.
type page struct {
	id    uint64
	flags uint16
	count int
	data  []byte
}

// read takes a page that nothing else may use.
func (c *pageCheck) read(id uint64, as string) (page, error) {
	if id >= c.head.pages {
		return page{}, fmt.Errorf("page %d (%s) lies behind the end", id, as)
	}
	header := make([]byte, headerSize)
	if _, err := c.file.ReadAt(header, int64(id)*c.head.pageSize); err != nil {
		return page{}, fmt.Errorf("page %d: %w", id, err)
	}
	order := binary.NativeEndian
	overflow := uint64(order.Uint32(header[12:]))
	size := (int64(overflow) + 1) * c.head.pageSize
	switch {
	case order.Uint64(header) != id:
		return page{}, fmt.Errorf("page %d (%s) says that it is page %d", id, as, order.Uint64(header))
	case id+overflow >= c.head.pages || size > mostPage:
		return page{}, fmt.Errorf("page %d (%s) is too long", id, as)
	}
	for i := id; i <= id+overflow; i++ {
		if err := c.claim(i, as); err != nil {
			return page{}, err
		}
	}
	p := page{id: id, flags: order.Uint16(header[8:]), count: int(order.Uint16(header[10:])), data: make([]byte, size)}
	if _, err := c.file.ReadAt(p.data, int64(id)*c.head.pageSize); err != nil {
		return page{}, fmt.Errorf("page %d: %w", id, err)
	}
	return p, nil
}

func (c *pageCheck) claim(id uint64, as string) error {
	if before, taken := c.owner[id]; taken {
		return fmt.Errorf("page %d is used twice: %s, %s", id, before, as)
	}
	c.owner[id] = as
	return nil
}

// tree checks a page of a bucket and all below it.
func (c *pageCheck) tree(id uint64, depth int) error {
	if depth > mostDepth {
		return fmt.Errorf("page %d: the tree is deeper than %d", id, mostDepth)
	}
	p, err := c.read(id, "tree")
	if err != nil {
		return err
	}
	if p.flags == isLeaf {
		return c.leaf(p, depth)
	}
	if p.flags != isBranch || p.count == 0 {
		return fmt.Errorf("page %d is neither branch nor leaf", id)
	}
	return p.each(func(e element) error { return c.tree(e.child, depth+1) })
}

// leaf checks the buckets in a leaf page.
func (c *pageCheck) leaf(p page, depth int) error {
	return p.each(func(e element) error {
		if e.flags&isBucket == 0 {
			return nil
		}
		if len(e.value) < headerSize {
			return fmt.Errorf("page %d: bucket %q is cut off", p.id, e.key)
		}
		if root := binary.NativeEndian.Uint64(e.value); root != 0 {
			return c.tree(root, depth+1)
		}
		inside := e.value[headerSize:]
		if len(inside) < headerSize {
			return fmt.Errorf("page %d: bucket %q is cut off", p.id, e.key)
		}
		order := binary.NativeEndian
		q := page{id: p.id, flags: order.Uint16(inside[8:]), count: int(order.Uint16(inside[10:])), data: inside}
		if q.flags != isLeaf || depth > mostDepth {
			return fmt.Errorf("page %d: bucket %q is no leaf", p.id, e.key)
		}
		return c.leaf(q, depth+1)
	})
}

// element is one entry of a branch or leaf page.
type element struct {
	key   []byte
	child uint64 // of a branch
	flags uint32 // of a leaf
	value []byte // of a leaf
}

// each goes through a page's elements, which must lie within it and be in order.
func (p page) each(visit func(element) error) error {
	var last []byte
	for i := range p.count {
		e, ok := p.element(i)
		if !ok {
			return fmt.Errorf("page %d: entry %d lies outside of it", p.id, i)
		}
		if i > 0 && bytes.Compare(last, e.key) >= 0 {
			return fmt.Errorf("page %d: entry %d is out of order", p.id, i)
		}
		if err := visit(e); err != nil {
			return err
		}
		last = e.key
	}
	return nil
}

func (p page) element(i int) (element, bool) {
	start := headerSize + i*elementSize
	if start+elementSize > len(p.data) {
		return element{}, false
	}
	b, order := p.data[start:], binary.NativeEndian
	var e element
	var at, keySize, valueSize uint64
	if p.flags == isBranch {
		at, keySize, e.child = uint64(order.Uint32(b)), uint64(order.Uint32(b[4:])), order.Uint64(b[8:])
	} else {
		e.flags, at = order.Uint32(b), uint64(order.Uint32(b[4:]))
		keySize, valueSize = uint64(order.Uint32(b[8:])), uint64(order.Uint32(b[12:]))
	}
	if at+keySize+valueSize > uint64(len(b)) {
		return element{}, false
	}
	e.key, e.value = b[at:at+keySize], b[at+keySize:at+keySize+valueSize]
	return e, true
}

// freelist checks that no page is both free and in use.
func (c *pageCheck) freelist() error {
	if c.head.freelist == noFreelist {
		return nil
	}
	p, err := c.read(c.head.freelist, "list of free pages")
	if err != nil {
		return err
	}
	ids, count := p.data[headerSize:], uint64(p.count)
	if p.flags != isFreelist {
		return fmt.Errorf("page %d is no list of free pages", p.id)
	}
	if count == 0xFFFF { // too many for 16 bits: the first entry counts
		count, ids = binary.NativeEndian.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return fmt.Errorf("page %d: the list of free pages is cut off", p.id)
	}
	for i := range count {
		id := binary.NativeEndian.Uint64(ids[8*i:])
		if id >= c.head.pages {
			return fmt.Errorf("page %d: free page %d lies behind the end", p.id, id)
		}
		if err := c.claim(id, "free"); err != nil {
			return err
		}
	}
	return nil
}
