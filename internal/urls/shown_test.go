package urls

import (
	"strings"
	"testing"
)

func TestShown(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example/rss?id=3&b=%2C#x":                           "https://a.example/rss?id=3&b=%2C#x",
		"https://한국.example/뉴스":                                        "https://한국.example/뉴스",
		"https://me:swordfish@a.example/rss":                           "https://me:xxxxx@a.example/rss",
		"https://a.example/rss?key=swordfish&id=3":                     "https://a.example/rss?key=xxxxx&id=3",
		"https://a.example/?API%5FKEY=swordfish#top":                   "https://a.example/?API%5FKEY=xxxxx#top",
		"https://opendart.example/list.xml?crtfc_key=swordfish&page=1": "https://opendart.example/list.xml?crtfc_key=xxxxx&page=1",
		"https://a.example/?serviceKey=swordfish%3D%3D":                "https://a.example/?serviceKey=xxxxx",
		"https://a.example/?access_token=swordfish&key=&keyword=hbm":   "https://a.example/?access_token=xxxxx&key=&keyword=hbm",
		"http://me:swordfish@[::1/x":                                   "http://xxxxx@[::1/x",
		"me:swordfish@a.example":                                       "xxxxx@a.example",
		"":                                                             "",
	} {
		if got := Shown(in); got != want || strings.Contains(got, "swordfish") {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
