package app_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/chipwire/chipwire/fetcher"
	"github.com/chipwire/chipwire/internal/app"
	"github.com/chipwire/chipwire/internal/bus"
)

// A daemon worked for a while with a clock that was a day ahead, was stopped, and the
// clock was put right: its feeds are polled at once, their stories count as new, and
// each is told. What the buckets hold is changed as that clock would have written it.
func TestClockSetBackByADay(t *testing.T) {
	const stories = 8
	p := newPress(t, stories, 2, 2)
	p.hold(true)
	want := p.alerts(t, newClassifier(t))
	cfg := testConfig(t, p)
	ready, stop := start(t, cfg)
	core, _ := inside(t, cfg.DataDir, (<-ready).NATS)
	untilPolled(t, core, 2)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	ready, stop = start(t, cfg, app.Desk) // holds the buckets and asks no feed
	core, _ = inside(t, cfg.DataDir, (<-ready).NATS)
	kv, err := core.KeyValue(t.Context(), bus.FeedsBucket)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"feed-0", "feed-1"} {
		known, revision, err := fetcher.NewBucketStore(kv).Load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(known) // a form that states have had, and are read in
		if err != nil {
			t.Fatal(err)
		}
		var state map[string]any
		if err := json.Unmarshal(data, &state); err != nil {
			t.Fatal(err)
		}
		rest := time.Now().Add(time.Second)
		state["rest"] = map[string]any{"until": rest.Format(time.RFC3339Nano), "why": "asked to be left alone"}
		if later(state, 24*time.Hour) < 5 {
			t.Fatalf("hardly a time in %v", state)
		}
		state["polls"] = laterPolls(t, known.Polls, 24*time.Hour)
		if data, err = json.Marshal(state); err != nil {
			t.Fatal(err)
		}
		if _, err := kv.Update(t.Context(), id, data, revision); err != nil {
			t.Fatal(err)
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	p.hold(false)
	began := time.Now()
	ready, _ = start(t, cfg)
	inner, outer := inside(t, cfg.DataDir, (<-ready).NATS)
	settled(t, p, inner, outer, len(want))
	compare(t, wired(t, outer), want)
	t.Logf("all was told after %v", time.Since(began).Round(time.Millisecond))
}

// untilPolled waits until so many feeds have a state with a poll.
func untilPolled(t *testing.T, core jetstream.JetStream, feeds int) {
	t.Helper()
	kv, err := core.KeyValue(t.Context(), bus.FeedsBucket)
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		states, err := fetcher.ReadStates(t.Context(), fetcher.NewBucketStore(kv))
		polled := 0
		for _, s := range states {
			if len(s.Polls) > 0 && !s.AddedAt.IsZero() {
				polled++
			}
		}
		if err == nil && polled == feeds {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d feeds polled: %v", polled, feeds, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// later moves every time in a value, and counts them.
func later(v any, by time.Duration) (n int) {
	m, ok := v.(map[string]any)
	if !ok {
		return 0
	}
	for key, v := range m {
		text, _ := v.(string)
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			m[key] = at.Add(by).Format(time.RFC3339Nano)
			n++
		}
		n += later(v, by)
	}
	return n
}

// laterPolls is a history with its moments moved, as it was written once: 12 bytes a
// poll, the first four of them seconds since 1970.
func laterPolls(t *testing.T, h fetcher.History, by time.Duration) string {
	t.Helper()
	var b []byte
	for _, p := range h.Polls() {
		b = binary.BigEndian.AppendUint32(b, uint32(p.At().Add(by).Unix()))
		b = append(b, make([]byte, 8)...)
	}
	if len(b) == 0 {
		t.Fatal("no poll is known")
	}
	return base64.StdEncoding.EncodeToString(b)
}
