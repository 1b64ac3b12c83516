package urls

import (
	"strings"
	"testing"
)

func TestCanonical(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"case of scheme and host", "HTTPS://WWW.A.Example/Path?Q=1", "https://www.a.example/Path?Q=1"},
		{"default port", "https://a.example:443/x", "https://a.example/x"},
		{"port of the other scheme", "http://a.example:443/x", "http://a.example:443/x"},
		{"fragment", "https://a.example/x#top", "https://a.example/x"},
		{"empty path", "https://a.example", "https://a.example/"},
		{"dot segments", "https://a.example/x/../y/./z", "https://a.example/y/z"},
		{"user", "https://u:p@a.example/", "https://a.example/"},
		{"trailing dot of the host", "https://a.example./x", "https://a.example/x"},
		{"tracking", "https://a.example/x?utm_source=rss&id=7&fbclid=q&UTM_Medium=feed", "https://a.example/x?id=7"},
		{"only tracking", "https://a.example/x?utm_source=rss", "https://a.example/x"},
		{"query is identity", "https://a.example/v?b=2&a=1&ref=home&a=1", "https://a.example/v?b=2&a=1&ref=home&a=1"},
		{"query without values", "https://a.example/v?123", "https://a.example/v?123"},
		{"CMS: idxno alone", "https://www.a.example/news/articleView.html?idxno=12&sc_section=S1N1&page=2", "https://www.a.example/news/articleView.html?idxno=12"},
		{"CMS: idxno behind others", "https://a.example/news/articleView.html?replyAll=&idxno=12#reply", "https://a.example/news/articleView.html?idxno=12"},
		{"CMS: the edition to print", "https://a.example/news/articlePrint.html?sc_area=x&idxno=12", "https://a.example/news/articlePrint.html?idxno=12"},
		{"tracking of other counters", "https://a.example/x?mtm_campaign=a&pk_kwd=b&hsa_acc=c&id=7&__hstc=d&ysclid=e", "https://a.example/x?id=7"},
		{"almost tracking", "https://a.example/x?pk=1&utm=2&campaign=3&source=4&s=5", "https://a.example/x?pk=1&utm=2&campaign=3&source=4&s=5"},
		{"CMS page without idxno", "https://a.example/news/articleView.html?no=12", "https://a.example/news/articleView.html?no=12"},
		{"CMS list page", "https://a.example/news/articleList.html?idxno=1&page=2", "https://a.example/news/articleList.html?idxno=1&page=2"},
		{"Hangul", "https://a.example/뉴스?q=반도체", "https://a.example/%EB%89%B4%EC%8A%A4?q=%EB%B0%98%EB%8F%84%EC%B2%B4"},
		{"Hangul host", "https://한국.example/", "https://xn--3e0b707e.example/"},
		{"a wide full stop behind the host", "https://한국.example。/x", "https://xn--3e0b707e.example/x"},
		{"spaces and breaks", "  https://a.example/\n x\t ", "https://a.example/%20x"},
		{"IPv6", "http://[::1]:8080/x", "http://[::1]:8080/x"},
		{"IPv6, default port", "http://[::1]:80/x", "http://[::1]/x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Canonical(tt.in)
			if err != nil || got != tt.want {
				t.Errorf("Canonical(%q) = %q, %v, want %q", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for _, in := range []string{"", "a.example/x", "/x", "mailto:a@b.example", "javascript:void(0)", "ftp://a.example/", "http://", "http:a.example", "http://a b/", "http://%zz/", "http://\u00ad/", "http://\u3002/", "http://a.example/?" + strings.Repeat("\xba", 3000)} {
		if got, err := Canonical(in); err == nil {
			t.Errorf("Canonical(%q) = %q, want an error", in, got)
		}
	}
}

func TestResolve(t *testing.T) {
	const base = "https://www.a.example/rss/all.xml"
	for _, tt := range []struct{ name, base, ref, want string }{
		{"absolute", base, "http://b.example/x?utm_source=rss#c", "http://b.example/x?utm_source=rss"},
		{"path", base, "/news/1", "https://www.a.example/news/1"},
		{"relative", base, "1.html", "https://www.a.example/rss/1.html"},
		{"scheme left out", base, "//b.example/1", "https://b.example/1"},
		{"no base", "", "/news/1", ""},
		{"no base, absolute", "", "https://b.example/1", "https://b.example/1"},
		{"fragment alone", base, "#x", ""},
		{"other scheme", base, "mailto:a@b.example", ""},
		{"empty", base, " ", ""},
		{"too long once escaped, but for its dots", "", "https://b.example/" + strings.Repeat(">", 3000) + "/..", "https://b.example/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Resolve(tt.base, tt.ref); got != tt.want {
				t.Errorf("Resolve(%q) = %q, want %q", tt.ref, got, tt.want)
			}
		})
	}
}

func TestSite(t *testing.T) {
	for in, want := range map[string]string{
		"https://rss.etnews.example.com/x": "example.com",
		"https://www.a.co.kr/x":            "a.co.kr",
		"http://127.0.0.1:8080/x":          "127.0.0.1:8080",
		"http://localhost:8080/x":          "localhost:8080",
		"https://co.kr/":                   "co.kr",
		"ftp://a.example/":                 "",
	} {
		if got := Site(in); got != want {
			t.Errorf("Site(%q) = %q, want %q", in, got, want)
		}
	}
	if !SameSite("https://m.a.co.kr/1", "http://www.a.co.kr/") || SameSite("https://a.co.kr/", "https://b.co.kr/") || SameSite("x", "y") {
		t.Error("SameSite is wrong")
	}
}

func TestFragment(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example/changes#v1.2":                  "#v1.2",
		"/changes#":                                       "#",
		"https://a.example/1#xtor=RSS-1":                  "",
		"https://a.example/1#utm_source=rss":              "",
		"/news/articleView.html?idxno=1#reply":            "",
		"https://a.example/news/articleView.html?idxno=1": "",
		"https://a.example/app#/news?id=1":                "#/news?id=1",
	} {
		if got := Fragment(in); got != want {
			t.Errorf("Fragment(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestOpaque(t *testing.T) {
	for in, want := range map[string]bool{
		"https://news.google.com/rss/articles/CBMiX0FV?oc=5": true,
		"https://news.google.com/articles/CBMiX0FV":          true,
		"https://news.google.com/read/CBMiX0FV?hl=ko":        true,
		"https://news.google.com/rss/search?q=HBM":           false,
		"https://news.google.example/rss/articles/CBMi":      false,
		"https://a.example/articles/1":                       false,
		"":                                                   false,
	} {
		if got := Opaque(in); got != want {
			t.Errorf("Opaque(%q) = %v", in, got)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	f.Add("https://a.example/news/articleView.html?idxno=1&x#y")
	f.Add("HTTP://한국.example:80/./a/../?utm_a=1&q=%zz")
	f.Fuzz(func(t *testing.T, raw string) {
		once, err := Canonical(raw)
		if err != nil {
			return
		}
		twice, err := Canonical(once)
		if err != nil || twice != once {
			t.Errorf("Canonical(%q) = %q, and of that %q, %v", raw, once, twice, err)
		}
		if page := Page(once); page == "" || strings.Contains(page, "://www.") || Page("http://"+strings.TrimPrefix(strings.TrimPrefix(once, "https://"), "http://")) != page {
			t.Errorf("Page(%q) = %q, and another without the s", once, page)
		}
		Opaque(raw)
		if Resolve("", raw) == "" {
			t.Errorf("Resolve(%q) is empty, Canonical is %q", raw, once)
		}
	})
}

func TestPage(t *testing.T) {
	const want = "a.example/news/1"
	for _, in := range []string{
		"http://a.example/news/1", "https://a.example/news/1", "https://www.a.example/news/1", "https://m.a.example/news/1",
		"https://a.example/news/1/", "https://a.example/news/1/amp", "https://a.example/news/1/amp/", "https://a.example/amp/news/1",
		"https://amp.a.example/news/1", "https://a.example/news/1?amp=1", "https://a.example/news/1.amp",
	} {
		if got := Page(in); got != want {
			t.Errorf("Page(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"https://a.example/":                                 "a.example/",
		"https://m.example/1":                                "m.example/1",
		"https://a.example/v?idxno=1":                        "a.example/v?idxno=1",
		"https://a.example/v?idxno=1&p=/x":                   "a.example/v?idxno=1&p=/x",
		"https://a.example/camp/1":                           "a.example/camp/1",
		"https://m.a.co.kr/news/articleViewAmp.html?idxno=1": "a.co.kr/news/articleView.html?idxno=1",
		"https://a.co.kr/news/articlePrint.html?idxno=1":     "a.co.kr/news/articleView.html?idxno=1",
		"https://a.co.kr/news/articlePrint.html?no=1":        "a.co.kr/news/articlePrint.html?no=1",
		"https://a.co.kr/articleViewAmp.html?idxno=1":        "a.co.kr/articleView.html?idxno=1",
		"https://a.example/bootcamp":                         "a.example/bootcamp",
		"http://127.0.0.1:8080/1":                            "127.0.0.1:8080/1",
		"":                                                   "",
	} {
		if got := Page(in); got != want {
			t.Errorf("Page(%q) = %q, want %q", in, got, want)
		}
	}
}
