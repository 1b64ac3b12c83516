package feed

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// TestCharsetFailures holds the forms that a feed parser alone refuses or
// garbles.
func TestCharsetFailures(t *testing.T) {
	plain := wrap(one(1), one(2), one(3))
	labelled := func(label string) string { return `<?xml version="1.0" encoding="` + label + `"?>` + plain }
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(labelled("utf-16"))
	if err != nil {
		t.Fatal(err)
	}
	wide, err := utf32.UTF32(utf32.BigEndian, utf32.UseBOM).NewEncoder().String(labelled("utf-32"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, in string
		hint     Hint
		charset  string
	}{
		{"cp949 by declaration", cp949(t, labelled("cp949")), Hint{}, "cp949"},
		{"ms949 by declaration", cp949(t, labelled("ms949")), Hint{}, "cp949"},
		{"x-windows-949 by declaration", cp949(t, labelled("x-windows-949")), Hint{}, "cp949"},
		{"EUC-KR without a declaration", cp949(t, plain), Hint{}, "cp949"},
		{"EUC-KR in the content type alone", cp949(t, plain), Hint{ContentType: "application/rss+xml; charset=euc-kr"}, "cp949"},
		{"EUC-KR labelled utf-8", cp949(t, labelled("utf-8")), Hint{ContentType: "text/xml; charset=utf-8"}, "cp949"},
		{"UTF-8 labelled euc-kr", labelled("euc-kr"), Hint{ContentType: "text/xml; charset=euc-kr"}, "utf-8"},
		{"UTF-16 without a mark", utf16, Hint{}, "utf-16le"},
		{"UTF-32", wide, Hint{}, "utf-32be"},
		{"one invalid byte", strings.Replace(labelled("utf-8"), "제목 2", "\xff제목 2", 1), Hint{}, "utf-8"},
		{"one invalid byte in EUC-KR", strings.Replace(cp949(t, labelled("euc-kr")), "</guid>", "\xff</guid><!-- -->", 1), Hint{}, "cp949"},
		{"a comment of 5 KiB before the root", "<!--" + strings.Repeat("x ", 2560) + "-->" + plain, Hint{}, "utf-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse([]byte(tt.in), tt.hint)
			if err != nil || len(d.Items) != 3 {
				t.Fatalf("%d items, %v", len(d.Items), err)
			}
			if d.Charset != tt.charset || d.Items[0].Title != "제목 1 반도체" || d.Items[2].Title != "제목 3 반도체" {
				t.Errorf("read as %s: %q, %q", d.Charset, d.Items[0].Title, d.Items[2].Title)
			}
		})
	}
}

func TestTitlesEscapedTwice(t *testing.T) {
	for in, want := range map[string]string{
		"&amp;quot;HBM&amp;quot; 공급":            `"HBM" 공급`,
		"R&amp;amp;D 센터":                        "R&D 센터",
		"<![CDATA[&lt;속보&gt; A&amp;B]]>":        "<속보> A&B",
		"&amp;lt;b&amp;gt;굵게&amp;lt;/b&amp;gt;": "굵게",
		"&amp;#39;칩&amp;#39;":                   "'칩'",
		"AT&amp;T and S&P":                      "AT&T and S&P",
	} {
		d, err := Parse([]byte(wrap("<title>"+in+"</title>")), Hint{})
		if err != nil || len(d.Items) != 1 || d.Items[0].Title != want {
			t.Errorf("%s: %+v, %v, want %q", in, d.Items, err, want)
		}
	}
}

// TestUnclosedMarkup checks that HTML which nobody escaped or closed costs no
// item: what a description leaves open ends with it.
func TestUnclosedMarkup(t *testing.T) {
	var items []string
	for i := range 60 {
		items = append(items, one(i)+"<description><p>a<br>b<br>c<img src='x'></description>")
	}
	d, err := Parse([]byte(wrap(items...)), Hint{})
	if err != nil || len(d.Items) != 60 || d.Skipped != 0 {
		t.Fatalf("%d items, %d skipped, %v", len(d.Items), d.Skipped, err)
	}
	if want := "a\nb\nc"; d.Items[59].Summary != want {
		t.Errorf("summary %q, want %q", d.Items[59].Summary, want)
	}
}
