// Package weights holds what the classifier has learnt: for each feature of a
// candidate, how much it speaks for a deal, and for which kind and stage.
//
// weights.txt is the readable form, made by classifier/train: one feature a line,
// its name, then weights as column=value, where deal is the log odds of a deal, k
// and a digit the kind and s and a digit the stage, in the order of news.Kinds and
// news.Stages. The features @scale and @offset make log odds of the sum of the
// others.
//
// weights.bin is the same, packed ([Pack]) into a table that is read where it lies
// in the program: nothing is parsed at the start, nothing copied to the heap, and
// what no story asks for is never paged in.
package weights

import (
	"bytes"
	_ "embed" // the built-in weights
	"encoding/binary"
	"errors"
	"math"
	"sync"
)

// Kinds and Stages are how many kinds and stages a feature has weights for.
const (
	Kinds  = 8
	Stages = 6
)

//go:embed weights.bin
var packed []byte

// Default is the table of the built-in weights.
var Default = sync.OnceValues(func() (*Table, error) { return Load(packed) })

// A Table finds the weights of a feature. A feature has a place in the table, from
// 0 to Len; it is found by its [Key]. A Table never changes, so any number of
// goroutines may use one.
type Table struct {
	version       string
	scale, offset float64

	n     int
	slots uint64 // how many keys the table has room for, less one: a mask
	keys  []byte // uint64 a slot, open addressing; 0: free
	at    []byte // uint32 a slot: the place
	deals []byte // float32 a place
	forms []byte // uint32 a place: its shape, from 1; 0 for none
	lines []byte // uint32 a place and one more: where its name begins among the names
	shape []byte // (Kinds + Stages) int16 a shape
	names []byte
}

// magic begins a packed table of this layout.
const magic = "chipwire weights 1\n"

const (
	versionBytes = 12
	headerBytes  = len(magic) + versionBytes + 2*8 + 4*4
	shapeBytes   = 2 * (Kinds + Stages)
)

var errCut = errors.New("weights: a packed table that is cut or longer than it says")

// Load takes a packed table, which stays in use and must not change.
func Load(data []byte) (*Table, error) {
	if !bytes.HasPrefix(data, []byte(magic)) || len(data) < headerBytes {
		return nil, errors.New("weights: no packed table of weights")
	}
	rest := data[len(magic):]
	take := func(n uint64) []byte {
		if uint64(len(rest)) < n {
			rest = nil
			return nil
		}
		out := rest[:n:n]
		rest = rest[n:]
		return out
	}
	t := &Table{version: string(take(versionBytes))}
	t.scale = math.Float64frombits(binary.LittleEndian.Uint64(take(8)))
	t.offset = math.Float64frombits(binary.LittleEndian.Uint64(take(8)))
	count := func() uint64 { return uint64(binary.LittleEndian.Uint32(take(4))) }
	n, slots, shapes, names := count(), count(), count(), count()
	if slots == 0 || slots&(slots-1) != 0 || n >= slots {
		return nil, errCut
	}
	t.n, t.slots = int(n), slots-1
	t.keys, t.at = take(8*slots), take(4*slots)
	t.deals, t.forms, t.lines = take(4*n), take(4*n), take(4*(n+1))
	t.shape, t.names = take(shapes*shapeBytes), take(names)
	if t.names == nil || len(rest) > 0 {
		return nil, errCut
	}
	return t, nil
}

// Version is a short hash of the readable file: tables of the same are equal.
func (t *Table) Version() string { return t.version }

// Len is how many features the table knows.
func (t *Table) Len() int { return t.n }

// LogOdds makes the log odds of a deal of the sum of its features' weights (Platt
// 1999).
func (t *Table) LogOdds(sum float64) float64 { return t.scale*sum + t.offset }

// Scale is what [Table.LogOdds] multiplies a weight by.
func (t *Table) Scale() float64 { return t.scale }

// Find returns the place of the feature with a [Key], or -1.
func (t *Table) Find(key uint64) int32 {
	for i := key & t.slots; ; i = (i + 1) & t.slots {
		switch binary.LittleEndian.Uint64(t.keys[8*i:]) {
		case key:
			return int32(binary.LittleEndian.Uint32(t.at[4*i:]))
		case 0:
			return -1
		}
	}
}

// Deal is the weight for a deal of the feature at a place, before [Table.LogOdds].
func (t *Table) Deal(at int32) float64 {
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(t.deals[4*at:])))
}

// Shape adds the weights of the feature at a place for each kind and stage, times
// value, in thousandths: the readable file has no finer ones.
func (t *Table) Shape(at int32, value float64, kinds *[Kinds]float64, stages *[Stages]float64) {
	form := binary.LittleEndian.Uint32(t.forms[4*at:])
	if form == 0 {
		return
	}
	s := t.shape[int(form-1)*shapeBytes:][:shapeBytes]
	for i := range kinds {
		kinds[i] += float64(int16(binary.LittleEndian.Uint16(s[2*i:]))) * value
	}
	for i := range stages {
		stages[i] += float64(int16(binary.LittleEndian.Uint16(s[2*(Kinds+i):]))) * value
	}
}

// Name is that of the feature at a place.
func (t *Table) Name(at int32) string {
	begin, end := binary.LittleEndian.Uint32(t.lines[4*at:]), binary.LittleEndian.Uint32(t.lines[4*at+4:])
	return string(t.names[begin:end])
}

// Key is what a feature is found by, whose name is parts in a row: their 64-bit
// FNV-1a hash.
func Key(parts ...string) uint64 {
	h := uint64(14695981039346656037)
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * 1099511628211
		}
	}
	return h
}
