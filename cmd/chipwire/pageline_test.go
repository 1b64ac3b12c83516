package main

import (
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzQuickPage holds the short way to what the long one says.
func FuzzQuickPage(f *testing.F) {
	for _, s := range []string{
		`{"id":"1","url":"https://a.example/","html":"<p>\"가온\"\n\u003c\/p\u003e \uc548"}`, `{"id":1,"html":"x"}`, `{"html":"\ud83d\ude00"}`, `{"html":"\ud83d"}`,
		`{}`, `{"html":"x","html":"y"}`, `{"id":null}`, ` {"html" : "x"} `, `{"html":"a` + "\t" + `"}`, `{"html":"` + "\xff" + `"}`, `{"html":"x"`, `{"html":"x"}}`, `{"HTML":"x"}`, `{"html":"\x"}`, `{"url":"a",}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var quick, slow pageLine
		if !quickPage(line, &quick) {
			return
		}
		if err := json.Unmarshal(line, &slow); err != nil || !reflect.DeepEqual(quick, slow) {
			t.Errorf("%q: %+v, want %+v, %v", line, quick, slow, err)
		}
	})
}
