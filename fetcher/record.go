package fetcher

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// A record is a state on its way to bytes or back, in the encoding of Protocol
// Buffers: a sequence of fields, each with its number and its kind, those that
// are zero left out. The same calls, in the order of the numbers, write and read
// it, so neither can know a field that the other does not. A field that this build
// does not know is passed over, one that is missing is zero.
type record struct {
	reading bool
	out     []byte // written so far
	list    []byte // of the field that is being written; its memory is used again
	in      []byte // to be read
	err     error  // why nothing more is read

	number protowire.Number // of the field that in stands behind the tag of; 0: none
	kind   protowire.Type
}

var errRecord = errors.New("is damaged")

// fail ends the reading.
func (r *record) fail() bool {
	r.in, r.number, r.err = nil, 0, errRecord
	return false
}

// find goes to a field and reports whether it is there.
func (r *record) find(n protowire.Number, kind protowire.Type) bool {
	for {
		if r.number == 0 {
			if len(r.in) == 0 {
				return false
			}
			number, is, size := protowire.ConsumeTag(r.in)
			if size < 0 {
				return r.fail()
			}
			r.number, r.kind, r.in = number, is, r.in[size:]
		}
		switch {
		case r.number > n:
			return false
		case r.number == n && r.kind == kind:
			r.number = 0
			return true
		}
		size := protowire.ConsumeFieldValue(r.number, r.kind, r.in)
		if size < 0 {
			return r.fail()
		}
		r.number, r.in = 0, r.in[size:]
	}
}

// end passes over what is left, and says what was wrong.
func (r *record) end() error {
	r.find(protowire.MaxValidNumber, protowire.EndGroupType)
	return r.err
}

// bytes is a field of bytes. What is read is a part of what is read from.
func (r *record) bytes(n protowire.Number, v []byte) []byte {
	if !r.reading {
		if len(v) > 0 {
			r.out = protowire.AppendBytes(protowire.AppendTag(r.out, n, protowire.BytesType), v)
		}
		return v
	}
	if !r.find(n, protowire.BytesType) {
		return nil
	}
	v, size := protowire.ConsumeBytes(r.in)
	if size < 0 {
		r.fail()
		return nil
	}
	r.in = r.in[size:]
	return v[:len(v):len(v)]
}

// text keeps what is there where that is read again: states are read over others,
// and share many words with them.
func (r *record) text(n protowire.Number, v *string) {
	if r.reading {
		if b := r.bytes(n, nil); string(b) != *v {
			*v = string(b)
		}
	} else if *v != "" {
		r.out = protowire.AppendString(protowire.AppendTag(r.out, n, protowire.BytesType), *v)
	}
}

// hash is a text of hexadecimal digits, two in a byte; any other is left out.
func (r *record) hash(n protowire.Number, v *string) {
	if r.reading {
		*v = hex.EncodeToString(r.bytes(n, nil))
		return
	}
	if *v == "" {
		return
	}
	var err error
	if r.list, err = hex.AppendDecode(r.list[:0], []byte(*v)); err == nil {
		r.bytes(n, r.list)
	}
}

// number64 is a whole number of either sign.
func (r *record) number64(n protowire.Number, v int64) int64 {
	if !r.reading {
		if v != 0 {
			r.out = protowire.AppendVarint(protowire.AppendTag(r.out, n, protowire.VarintType), protowire.EncodeZigZag(v))
		}
		return v
	}
	if !r.find(n, protowire.VarintType) {
		return 0
	}
	raw, size := protowire.ConsumeVarint(r.in)
	if size < 0 {
		r.fail()
		return 0
	}
	r.in = r.in[size:]
	return protowire.DecodeZigZag(raw)
}

func (r *record) count(n protowire.Number, v *int) { *v = int(r.number64(n, int64(*v))) }

func (r *record) span(n protowire.Number, v *time.Duration) {
	*v = time.Duration(r.number64(n, int64(*v)))
}

func (r *record) flag(n protowire.Number, v *bool)        { *v = r.number64(n, int64(count(*v))) != 0 }
func (r *record) whole(n protowire.Number, v *int64)      { *v = r.number64(n, *v) }
func word[T ~string](r *record, n protowire.Number, v *T) { s := string(*v); r.text(n, &s); *v = T(s) }

func small[T ~uint8 | ~uint32](r *record, n protowire.Number, v *T) { *v = T(r.number64(n, int64(*v))) }

// The moments that a record can tell apart.
var (
	firstMoment = time.Unix(0, math.MinInt64)
	lastMoment  = time.Unix(0, math.MaxInt64)
)

// moment is a time, in ns since 1970, or nearest to it between 1678 and 2261.
func (r *record) moment(n protowire.Number, v *time.Time) {
	if !r.reading {
		if v.IsZero() {
			return
		}
		ns := v.UnixNano()
		if v.Before(firstMoment) {
			ns = math.MinInt64
		} else if v.After(lastMoment) {
			ns = math.MaxInt64
		}
		r.out = protowire.AppendFixed64(protowire.AppendTag(r.out, n, protowire.Fixed64Type), uint64(ns))
		return
	}
	if *v = (time.Time{}); !r.find(n, protowire.Fixed64Type) {
		return
	}
	ns, size := protowire.ConsumeFixed64(r.in)
	if size < 0 {
		r.fail()
		return
	}
	r.in = r.in[size:]
	*v = time.Unix(0, int64(ns)).UTC()
}

// numbers is a list of whole numbers in a field of bytes.
func numbers[T ~int | ~int32](r *record, n protowire.Number, v *[]T) {
	if !r.reading {
		r.list = r.list[:0]
		for _, x := range *v {
			r.list = binary.AppendVarint(r.list, int64(x))
		}
		r.bytes(n, r.list)
		return
	}
	list := r.bytes(n, nil)
	if *v = nil; len(list) == 0 {
		return
	}
	*v = make([]T, 0, len(list))
	for len(list) > 0 {
		x, size := binary.Varint(list)
		if size <= 0 || int64(T(x)) != x {
			r.fail()
			return
		}
		*v, list = append(*v, T(x)), list[size:]
	}
}
