package weights

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// A feature is one line of the readable file.
type feature struct {
	name  string
	deal  float32
	shape *[Kinds + Stages]int16 // nil: none
}

// Pack makes the packed table of a readable file of weights. The same file makes
// the same table, byte for byte.
func Pack(file string) ([]byte, error) {
	list := make([]feature, 0, strings.Count(file, "\n"))
	scale, offset := 1.0, 0.0
	n := 0
	for line := range strings.Lines(file) {
		n++
		if line = strings.TrimSuffix(line, "\n"); line == "" || line[0] == '#' {
			continue
		}
		f, err := parse(line)
		if err != nil {
			return nil, fmt.Errorf("weights: line %d: %w", n, err)
		}
		switch f.name {
		case "@scale":
			scale = float64(f.deal)
		case "@offset":
			offset = float64(f.deal)
		default:
			list = append(list, f)
		}
	}
	sum := sha256.Sum256([]byte(file))
	out := append([]byte(magic), hex.EncodeToString(sum[:])[:versionBytes]...)
	out = binary.LittleEndian.AppendUint64(out, math.Float64bits(scale))
	out = binary.LittleEndian.AppendUint64(out, math.Float64bits(offset))
	return table(out, list)
}

// table appends what [Load] reads after the head.
func table(out []byte, list []feature) ([]byte, error) {
	slots := uint64(1) << bits.Len(uint(len(list)*3/2)) // at most two thirds full
	keys, at := make([]uint64, slots), make([]uint32, slots)
	var deals, forms, lines, shapes, names []byte
	form := uint32(0)
	for i, f := range list {
		key := Key(f.name)
		slot := key & (slots - 1)
		for keys[slot] != 0 && keys[slot] != key {
			slot = (slot + 1) & (slots - 1)
		}
		if key == 0 || keys[slot] == key {
			return nil, fmt.Errorf("weights: feature %q twice, or one of the same hash", f.name)
		}
		keys[slot], at[slot] = key, uint32(i)
		place := uint32(0)
		if f.shape != nil {
			form++
			place = form
			for _, w := range f.shape {
				shapes = binary.LittleEndian.AppendUint16(shapes, uint16(w))
			}
		}
		deals = binary.LittleEndian.AppendUint32(deals, math.Float32bits(f.deal))
		forms = binary.LittleEndian.AppendUint32(forms, place)
		lines = binary.LittleEndian.AppendUint32(lines, uint32(len(names)))
		names = append(names, f.name...)
	}
	lines = binary.LittleEndian.AppendUint32(lines, uint32(len(names)))
	for _, n := range []uint32{uint32(len(list)), uint32(slots), form, uint32(len(names))} {
		out = binary.LittleEndian.AppendUint32(out, n)
	}
	for _, key := range keys {
		out = binary.LittleEndian.AppendUint64(out, key)
	}
	for _, place := range at {
		out = binary.LittleEndian.AppendUint32(out, place)
	}
	for _, part := range [][]byte{deals, forms, lines, shapes, names} {
		out = append(out, part...)
	}
	return out, nil
}

// parse reads a line of the readable file.
func parse(line string) (feature, error) {
	name, rest, _ := strings.Cut(line, "\t")
	f := feature{name: name}
	for rest != "" {
		var field string
		field, rest, _ = strings.Cut(rest, "\t")
		if err := f.set(field); err != nil {
			return feature{}, err
		}
	}
	return f, nil
}

// set takes in one column=value.
func (f *feature) set(field string) error {
	column, value, _ := strings.Cut(field, "=")
	x, err := strconv.ParseFloat(value, 32)
	if err != nil {
		return fmt.Errorf("%q, want column=number", field)
	}
	if column == "deal" {
		f.deal = float32(x)
		return nil
	}
	at, ok := place(column)
	if !ok {
		return fmt.Errorf("column %q, want deal, k0 to k%d or s0 to s%d", column, Kinds-1, Stages-1)
	}
	if x = math.Round(x * 1000); math.Abs(x) > math.MaxInt16 {
		return fmt.Errorf("%q, want a weight of at most %v", field, math.MaxInt16/1000.0)
	}
	if f.shape == nil {
		f.shape = new([Kinds + Stages]int16)
	}
	f.shape[at] = int16(x)
	return nil
}

// place is where the weight of a kind's or a stage's column stands in a shape.
func place(column string) (int, bool) {
	if len(column) != 2 {
		return 0, false
	}
	switch i := int(column[1]) - '0'; {
	case column[0] == 'k' && i >= 0 && i < Kinds:
		return i, true
	case column[0] == 's' && i >= 0 && i < Stages:
		return Kinds + i, true
	}
	return 0, false
}
