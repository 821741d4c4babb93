// Package store keeps what must survive a restart in one file: the records of the state machine, and the key that
// authenticates our LLDP. It knows nothing of what the records mean.
//
// The file is a bbolt database: one bucket a kind of record, and a bucket "meta" with the version of the format. Each value ends with
// a checksum of its own, and each bucket knows how many values it has, because bbolt has a checksum for its two head pages only.
//
// # Invariants
//
//   - [Store.Write] returns after fdatasync: what it acknowledged survives a kill at any instant, and a loss of power as far as the disk
//     keeps its word. A write is there whole or not at all.
//   - A new file appears under its name only when it is complete.
//   - A file is read only after its pages were checked, so that damage is an error that says so and never a crash. That goes for damage
//     done while the file is open, too.
//   - A file of an older format is brought to today's in one transaction; one of a newer format is left alone.
//   - One process at a time has the file open.
//
// # Format
//
//	bucket "meta"       "format" → decimal number, never sealed, so that every program can read it
//	                    "lldp-key" → 32 bytes, sealed
//	bucket <kind>       key → the record's value, sealed
//
// Sealed means followed by a CRC-32C, big-endian, of bucket, key and value. A kind's bucket has the number of its records as
// its sequence. Format 1 had neither.
//
// # Limits
//
// When the newer of bbolt's two head pages is damaged, the file is taken as it was one write before: that is how bbolt gets over a write
// that was cut off, and the two cannot be told apart. Locking is by flock(2): it does not hold over NFS of old.
package store
