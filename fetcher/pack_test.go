package fetcher

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/chipwire/chipwire/fetcher/feed"
	"github.com/chipwire/chipwire/fetcher/websub"
	"github.com/chipwire/chipwire/news"
)

// fill gives every field of v a value of its own that is not zero, from n on.
func fill(t *testing.T, v reflect.Value, n *int64) {
	t.Helper()
	*n++
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Unix(1.7e9+*n, *n).UTC()
		return
	case *[]SeenDay:
		key, traced := bytes.Repeat([]byte{7}, 3*keySize), bytes.Repeat([]byte{9}, traceSize)
		*x = []SeenDay{{Day: 20_000, Keys: key, Traces: traced}, {Day: -1, Keys: key[:keySize]}, {Day: 19_999}}
		return
	case *History:
		*x = History{}.add(Poll{1, 2, 3, math.MaxUint16, 4})
		return
	case *Rhythm:
		*x = Rhythm{Since: time.Unix(1.7e9, 0).UTC(), Hour: 4711, Cells: make([]byte, cells*cellSize)}
		x.Cells[2], x.Cells[95] = 3, 4
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range v.Len() {
			fill(t, v.Index(i), n)
		}
	case reflect.String:
		v.SetString(fmt.Sprintf("%064x", *n)) // such as a hash is
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(-*n)
	case reflect.Uint8, reflect.Uint32:
		v.SetUint(uint64(*n))
	default:
		t.Fatalf("%s: the test knows no value of it", v.Type())
	}
}

// TestPackKeepsEveryField holds that a field which is added to a state is stored.
func TestPackKeepsEveryField(t *testing.T) {
	var s State
	n := int64(0)
	fill(t, reflect.ValueOf(&s).Elem(), &n)
	got, err := unpack(s.pack())
	if err != nil {
		t.Fatal(err)
	}
	s.AskedAt = time.Time{} // the one that is not stored
	if !reflect.DeepEqual(got, s) {
		t.Errorf("\n%+v, want\n%+v", got, s)
	}
	for i := range reflect.TypeFor[State]().NumField() {
		over := s
		over.AskedAt = noon
		var one State
		from, to := reflect.ValueOf(s).Field(i), reflect.ValueOf(&one).Elem().Field(i)
		to.Set(from)
		if got, err := unpack(one.pack()); err != nil || !reflect.DeepEqual(got, one) {
			t.Errorf("%s alone: %+v, %v", reflect.TypeFor[State]().Field(i).Name, got, err)
		}
		if err := over.unpack(one.pack()); err != nil || !reflect.DeepEqual(over, one) {
			t.Errorf("%s over another: %+v, %v", reflect.TypeFor[State]().Field(i).Name, over, err)
		}
	}
	if got, err := unpack((&State{}).pack()); err != nil || !reflect.DeepEqual(got, State{}) {
		t.Errorf("zero: %+v, %v", got, err)
	}
}

// sample is a state as most feeds have it, after a number of polls.
func sample(polls int) State {
	var items []news.Item
	for i := range 28 {
		link := fmt.Sprintf("https://news.example/articles/%d", i)
		items = append(items, news.Item{Keys: []string{link + "?guid", link, fmt.Sprint("title ", i)}, Mark: feed.MarkOf(fmt.Sprint("title ", i)), PublishedAt: noon})
	}
	s := State{
		URL: "http://127.16.12.200:18080/feeds/4711.xml", ETag: `"7f3c-61a8e0b9"`, LastModified: noon.Format(time.RFC1123), BodyHash: bodyHash([]byte("body")),
		AddedAt: noon, FullAt: noon, Seen: State{}.see(items, nil, noon), Pace: Pace{Last: noon}, Rhythm: Rhythm{}.learn(nil, noon),
		Health: Health{Status: StatusOK, Since: noon, LastOK: noon, LastNew: noon, Items: 28, ContentType: "application/rss+xml; charset=utf-8", Newest: noon, Spacing: time.Hour},
	}
	for i := range polls {
		s.Polls = s.Polls.add(Poll{uint32(noon.Unix()) + 20*uint32(i), 1<<10 | statusNumber(StatusOK), 0, 3, 0})
	}
	return s
}

// TestPackIsSmall holds the size on which docs/operations.md counts.
func TestPackIsSmall(t *testing.T) {
	for polls, most := range map[int]int{2: 950, maxPolls: 1150} {
		s := sample(polls)
		if got := len(s.pack()); got > most {
			t.Errorf("%d bytes after %d polls, want %d at most; %d in layout 1", got, polls, most, len(older(t, s)))
		}
	}
}

// older is a state in JSON, with the polls as layout 1 had them.
func older(t testing.TB, s State) []byte {
	t.Helper()
	polls := s.Polls.Polls()
	s.Polls = nil
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var rows []byte
	for _, p := range polls {
		rows = binary.BigEndian.AppendUint32(rows, p.at)
		for _, v := range []uint16{p.what, p.items, p.latency, p.size} {
			rows = binary.BigEndian.AppendUint16(rows, v)
		}
	}
	return fmt.Appendf(nil, `{"polls":%q,%s`, base64.StdEncoding.EncodeToString(rows), text[1:])
}

// TestUnpackOlder reads what a build of layout 1 stored: keys of eight bytes, of
// which those of one item are still one item's, and still known.
func TestUnpackOlder(t *testing.T) {
	s := sample(3)
	s.Seen = s.see([]news.Item{{Keys: []string{"a", "b"}, Mark: feed.MarkOf("x")}, {Keys: []string{"c"}, Mark: feed.MarkOf("y")}}, nil, noon)
	want := s
	s.Seen = slices.Clone(s.Seen)
	for i := range s.Seen {
		var wide []byte
		for k := range slices.Chunk(s.Seen[i].Keys, keySize) {
			k = append(slices.Clone(k), 0xab, 0xcd, 0xef)
			first := k[keySize-1] & 1
			k[keySize-1] |= byte(len(wide) / 8 & 1) // a bit of the hash then
			k[7] = k[7]&^1 | first
			wide = append(wide, k...)
		}
		s.Seen[i].Keys = wide
	}
	got, err := unpack(older(t, s))
	if err != nil || !reflect.DeepEqual(got.Seen, want.Seen) || got.ETag != s.ETag || !slices.Equal(got.Polls.Polls(), want.Polls.Polls()) || !got.AddedAt.Equal(noon) {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, key := range []string{"a", "b", "c"} {
		if !got.seen().Has(key) {
			t.Errorf("%s is not known", key)
		}
	}
	again, err := unpack(got.pack())
	if err != nil || !reflect.DeepEqual(again.Seen, want.Seen) {
		t.Errorf("%+v, %v", again.Seen, err)
	}
}

// TestUnpackLater passes over fields that a later build has added.
func TestUnpackLater(t *testing.T) {
	s := sample(1)
	data := s.pack()
	data = protowire.AppendString(protowire.AppendTag(data, 999, protowire.BytesType), "new")
	if got, err := unpack(data); err != nil || got.ETag != s.ETag || got.Health.Items != 28 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestUnpackBad(t *testing.T) {
	s := sample(2)
	whole := s.pack()
	for name, data := range map[string][]byte{
		"nothing":          nil,
		"a later form":     {9, 1, 2},
		"half of JSON":     []byte(`{"etag": "a`),
		"cut":              whole[:len(whole)-1],
		"cut in the keys":  whole[:200],
		"a key too short":  protowire.AppendBytes(protowire.AppendTag([]byte{packed}, 8, protowire.BytesType), []byte{2, keySize - 1, 1, 1, 1, 1, 0}),
		"keys beyond":      protowire.AppendBytes(protowire.AppendTag([]byte{packed}, 8, protowire.BytesType), append([]byte{2}, binary.AppendUvarint(nil, math.MaxUint64)...)),
		"a cell beyond":    protowire.AppendBytes(protowire.AppendTag([]byte{packed}, 57, protowire.BytesType), []byte{cells, 1, 0}),
		"a number too big": protowire.AppendBytes(protowire.AppendTag([]byte{packed}, 12, protowire.BytesType), binary.AppendVarint(nil, math.MaxInt64)),
	} {
		if got, err := unpack(data); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// FuzzUnpack holds that no bytes break the reader, and that what it accepts is
// the same after having been written.
func FuzzUnpack(f *testing.F) {
	for _, polls := range []int{0, 1, maxPolls} {
		s := sample(polls)
		s.Hub = &websub.Subscription{Hub: "https://hub.example/", Until: noon}
		s.Lags, s.Delays = Lags{-540, 3}, Delays{0, 90}
		f.Add(s.pack())
		f.Add(older(f, s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := unpack(data)
		if err != nil {
			return
		}
		first := s.pack()
		again, err := unpack(first)
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		if second := again.pack(); !bytes.Equal(first, second) {
			t.Errorf("%x, then %x", first, second)
		}
		_ = again.seen()
	})
}

// A feed that sleeps between two turns wakes as it was, and not as another.
func TestSleep(t *testing.T) {
	var other, e entry
	other.hold(State{ETag: "another"}, 1)
	other.sleep()
	e.wake()
	if !reflect.DeepEqual(*e.state, State{}) {
		t.Errorf("of nothing: %+v", *e.state)
	}
	other.wake()
	if other.state.ETag != "another" {
		t.Errorf("%+v", *other.state)
	}
	other.sleep()
	s := sample(2)
	s.AskedAt = noon
	e.hold(s, 3)
	e.sleep()
	if e.state != nil || cap(e.packed) > 1024 {
		t.Fatalf("asleep with a state, %d bytes", cap(e.packed))
	}
	e.wake()
	if got := *e.state; !got.AskedAt.Equal(noon) || got.ETag != s.ETag || !slices.Equal(got.Polls, s.Polls) || !reflect.DeepEqual(got.Seen, s.Seen) {
		t.Errorf("%+v", got)
	}
}

func BenchmarkSleep(b *testing.B) {
	var e entry
	e.hold(sample(maxPolls), 1)
	b.ReportAllocs()
	for b.Loop() {
		e.sleep()
		e.wake()
	}
}
