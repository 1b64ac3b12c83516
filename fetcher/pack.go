package fetcher

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// packed is the version of the form in which [State.pack] writes, and its first
// byte. Version 1 is the fields of [State.fields]; what later builds add to them
// are new numbers. A state that begins with a brace is of a build before, in JSON.
const packed = 1

// pack is the state as it is stored, and as a feed between two turns holds it: some
// 900 bytes for a feed of 28 items, where its JSON had 2,300.
func (s *State) pack() []byte {
	r := records.Get().(*record)
	defer records.Put(r)
	r.out = append(r.out[:0], packed)
	s.fields(r)
	return slices.Clone(r.out)
}

// records that write, for the memory that they hold.
var records = sync.Pool{New: func() any { return new(record) }}

// unpack reads what pack has written, or builds before it in JSON. The state holds
// on to data, which must not change.
func unpack(data []byte) (s State, err error) {
	if err := s.unpack(data); err != nil {
		return State{}, err
	}
	return s, nil
}

// unpack makes s what pack has written, whatever it was.
func (s *State) unpack(data []byte) error {
	if len(data) == 0 {
		return errRecord
	}
	switch data[0] {
	case '{':
		*s = State{}
		return s.unpackJSON(data)
	case packed:
		r := record{reading: true, in: data[1:]}
		s.fields(&r)
		s.AskedAt = time.Time{}
		return r.end()
	}
	return fmt.Errorf("has the form %d, which this build does not know", data[0])
}

// fields are the stored fields of a state, in the order of their numbers. A number
// is never used again for something else.
func (s *State) fields(r *record) {
	r.text(1, &s.URL)
	r.text(2, &s.ETag)
	r.text(3, &s.LastModified)
	r.hash(4, &s.BodyHash)
	r.moment(5, &s.AddedAt)
	r.moment(6, &s.Rest.Until)
	r.text(7, &s.Rest.Why)
	s.Seen = seenField(r, 8, s.Seen)
	s.Polls = r.bytes(9, s.Polls)
	r.text(10, &s.Zone)
	numbers(r, 11, (*[]int)(&s.Lags))
	numbers(r, 12, (*[]int32)(&s.Delays))
	word(r, 13, &s.GUIDs)
	r.moment(14, &s.FullAt)
	r.count(15, &s.Ignored)
	s.Health.fields(r)
	r.moment(40, &s.Pace.Last)
	r.count(41, &s.Pace.Gaps)
	r.span(42, &s.Pace.Mean)
	r.span(43, &s.Pace.Longest)
	r.text(44, &s.Moved.From)
	r.text(45, &s.Moved.Adopted)
	r.text(46, &s.Moved.To)
	r.count(47, &s.Moved.Sightings)
	r.moment(48, &s.Moved.Since)
	r.moment(49, &s.Trust.Audited)
	r.count(50, &s.Trust.Doubts)
	r.moment(51, &s.Trust.Broken)
	r.moment(52, &s.Flips.Since)
	r.count(53, &s.Flips.Restless)
	r.moment(54, &s.Flips.Off)
	r.moment(55, &s.Rhythm.Since)
	r.whole(56, &s.Rhythm.Hour)
	s.Rhythm.Cells = cellsField(r, 57, s.Rhythm.Cells)
	r.count(58, &s.Rush.Level)
	r.count(59, &s.Rush.Calm)
	r.span(60, &s.Wishes.Every)
	r.text(61, &s.Wishes.Via)
	small(r, 62, &s.Wishes.SkipHours)
	small(r, 63, &s.Wishes.SkipDays)
	r.moment(64, &s.RemovedAt)
	s.hubFields(r)
}

func (h *Health) fields(r *record) {
	r.text(16, &h.Status)
	r.text(17, &h.Note)
	r.text(18, &h.Advice)
	r.moment(19, &h.Since)
	r.count(20, &h.Failures)
	r.moment(21, &h.LastOK)
	r.moment(22, &h.LastNew)
	r.count(23, &h.Items)
	r.text(24, &h.Told)
	r.text(25, &h.Charset)
	r.count(26, &h.Over)
	r.count(27, &h.Gaps)
	r.moment(28, &h.LastGap)
	r.text(29, &h.GapNote)
	r.text(30, &h.ContentType)
	r.moment(31, &h.Newest)
	r.span(32, &h.Spacing)
}

func (s *State) hubFields(r *record) {
	sub := s.WebSub()
	r.text(70, &sub.Hub)
	r.text(71, &sub.Topic)
	r.text(72, &sub.Callback)
	r.text(73, &sub.Token)
	r.text(74, &sub.Secret)
	r.moment(75, &sub.Asked)
	r.flag(76, &sub.Pending)
	r.moment(77, &sub.Since)
	r.moment(78, &sub.Confirmed)
	r.moment(79, &sub.Until)
	r.moment(80, &sub.Retry)
	r.count(81, &sub.Failures)
	r.text(82, &sub.Fault)
	r.count(83, &sub.Misses)
	r.moment(84, &sub.Owed)
	if r.reading {
		s.setWebSub(sub)
	}
}

// seenField is what was seen: for each day its number, the size of its keys and
// they, the size of its traces and they.
func seenField(r *record, n protowire.Number, seen []SeenDay) []SeenDay {
	if !r.reading {
		list := r.list[:0]
		for _, d := range seen {
			list = binary.AppendVarint(list, d.Day)
			list = append(binary.AppendUvarint(list, uint64(len(d.Keys))), d.Keys...)
			list = append(binary.AppendUvarint(list, uint64(len(d.Traces))), d.Traces...)
		}
		r.list = list
		r.bytes(n, list)
		return seen
	}
	list := r.bytes(n, nil)
	seen = nil
	part := func() []byte {
		size, used := binary.Uvarint(list)
		if used == 1 && size == 0 {
			list = list[1:]
			return nil
		}
		if used <= 0 || size > uint64(len(list)-used) {
			r.fail()
			list = nil
			return nil
		}
		from, to := used, used+int(size)
		b := list[from:to:to]
		list = list[to:]
		return b
	}
	for len(list) > 0 {
		day, used := binary.Varint(list)
		if used <= 0 {
			r.fail()
			return nil
		}
		list = list[used:]
		d := SeenDay{Day: day, Keys: part()}
		d.Traces = part()
		if len(d.Keys)%keySize != 0 || len(d.Traces)%traceSize != 0 {
			r.fail()
			return nil
		}
		seen = append(seen, d)
	}
	return seen
}

// cellsField is the cells of a rhythm: for each that is not zero the number of
// zeros before it, and its value; behind the last a byte, so that a rhythm of
// which all hours were silent is none that was never learnt.
func cellsField(r *record, n protowire.Number, raw []byte) []byte {
	if !r.reading {
		if len(raw) != cells*cellSize {
			return raw
		}
		list, zeros := r.list[:0], 0
		for c := range cells {
			v := binary.LittleEndian.Uint16(raw[c*cellSize:])
			if v == 0 {
				zeros++
				continue
			}
			list = binary.AppendUvarint(binary.AppendUvarint(list, uint64(zeros)), uint64(v))
			zeros = 0
		}
		r.list = append(list, 0)
		r.bytes(n, r.list)
		return raw
	}
	list := r.bytes(n, nil)
	if len(list) == 0 {
		return nil
	}
	raw = make([]byte, cells*cellSize)
	list = list[:len(list)-1]
	for c := 0; len(list) > 0; c++ {
		zeros, used := binary.Uvarint(list)
		v, more := binary.Uvarint(list[max(used, 0):])
		if used <= 0 || more <= 0 || zeros >= uint64(cells-c) || v > 1<<16-1 {
			r.fail()
			return nil
		}
		c += int(zeros)
		binary.LittleEndian.PutUint16(raw[c*cellSize:], uint16(v))
		list = list[used+more:]
	}
	return raw
}

// unpackJSON reads the form of the builds of layout 1. Their keys had eight bytes.
func (s *State) unpackJSON(data []byte) error {
	if err := json.Unmarshal(data, s); err != nil {
		return err
	}
	const before = 8
	for i := range s.Seen {
		var keys []byte
		for k := range slices.Chunk(s.Seen[i].Keys, before) {
			if len(k) == before {
				first := k[before-1] & 1
				keys = append(append(keys, k[:keySize-1]...), k[keySize-1]&^1|first)
			}
		}
		traces := s.Seen[i].Traces
		s.Seen[i].Keys, s.Seen[i].Traces = keys, traces[:len(traces)/traceSize*traceSize]
	}
	return nil
}
