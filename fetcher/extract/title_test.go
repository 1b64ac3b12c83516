package extract

import "testing"

func TestTitle(t *testing.T) {
	const deal = "가온전자, 다올반도체와 HBM 공급 계약"
	for _, tt := range []struct{ name, head, body, url, hint, want string }{
		{"site behind a hyphen", `<title>` + deal + ` - 칩뉴스</title><meta property="og:site_name" content="칩뉴스">`, "", "", "", deal},
		{"section and site, as Korean systems write it", `<title>` + deal + ` &lt; 반도체 &lt; 산업 &lt; 기사본문 - 칩뉴스</title>`, "", "", "", deal},
		{"wide bar", `<meta property="og:title" content="` + deal + `｜칩뉴스"><meta property="og:site_name" content="칩뉴스">`, "", "", "", deal},
		{"wide colon", `<title>` + deal + `：칩뉴스Web</title><meta property="og:site_name" content="칩뉴스">`, "", "", "", deal},
		{"site known by its host", `<title>Alpha wins an order | Chip-News.com</title>`, "", "https://www.chip-news.com/1", "", "Alpha wins an order"},
		{"site known by its publisher", `<title>Alpha wins an order – Chip News</title><script type="application/ld+json">{"@type":"NewsArticle","publisher":{"name":"Chip News"}}</script>`, "", "", "", "Alpha wins an order"},
		{"site in front", `<title>칩뉴스 | ` + deal + `</title><meta property="og:site_name" content="칩뉴스">`, "", "", "", deal},
		{"a hyphen of its own", `<title>Alpha-Beta deal is off - for now</title>`, "", "https://beta.example/1", "", "Alpha-Beta deal is off - for now"},
		{"a name that ends a headline", `<title>Alpha sues Chip News</title><meta property="og:site_name" content="Chip News">`, "", "", "", "Alpha sues Chip News"},
		{"the headline and linked data against the shared title", `<title>Alpha shares jump - X</title><meta property="og:title" content="Alpha shares jump"><script type="application/ld+json">{"@type":"NewsArticle","headline":"Alpha wins an order"}</script>`, "<h1>Alpha wins an order</h1>", "", "", "Alpha wins an order"},
		{"a logo as the first heading", `<title>Alpha wins an order</title><meta property="og:site_name" content="Chip News">`, "<h1>Chip News</h1><h1>Alpha wins an order</h1>", "", "", "Alpha wins an order"},
		{"a second heading is another story's", ``, "<h1>Alpha wins an order</h1><h1>Rain on Sunday</h1>", "", "", "Alpha wins an order"},
		{"escaped twice", `<meta property="og:title" content="&amp;quot;Alpha&amp;quot; wins">`, "", "", "", `"Alpha" wins`},
		{"the feed decides between two", `<meta property="og:title" content="Alpha shares jump">`, "<h1>Alpha wins an order</h1>", "", "Alpha wins an order", "Alpha wins an order"},
		{"the feed's title is none", `<meta property="og:title" content="Alpha shares jump">`, "", "", "Something else", "Alpha shares jump"},
		{"a site as the only heading", `<title>` + deal + ` | 시큐칩</title>`, "<h1>시큐칩</h1>", "", "", deal},
		{"what a template calls every page", `<title>보도자료 상세 | 칩진흥원</title>`, "<div class=bv><h3>" + deal + "</h3></div>", "", "", deal},
		{"a lower heading in a menu", `<title>프린트 - 칩뉴스</title>`, "<nav><h3>오늘의 칩 소식 모두 보기</h3></nav><h2>" + deal + "</h2>", "", "", deal},
		{"none", "", "", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, _ := Read(Page{HTML: []byte("<html><head>" + tt.head + "</head><body>" + tt.body + story + "</body></html>"), URL: tt.url, Title: tt.hint})
			if r.Title != tt.want {
				t.Errorf("title %q, want %q", r.Title, tt.want)
			}
		})
	}
}

func TestAuthor(t *testing.T) {
	for _, tt := range []struct{ name, head, body, want string }{
		{"linked data", `<script type="application/ld+json">{"@type":"NewsArticle","author":[{"@type":"Person","name":"Ann Poe"},{"name":"Bo Roe"}]}</script>`, "", "Ann Poe, Bo Roe"},
		{"Korean, with mail", `<meta name="author" content="홍길동 기자 hong@chips.example">`, "", "홍길동"},
		{"by", `<meta name="byl" content="By Ann Poe">`, "", "Ann Poe"},
		{"an address is no name", `<meta property="article:author" content="https://social.example/chips"><meta name="author" content="Ann Poe">`, "", "Ann Poe"},
		{"in the page", "", `<div class="b"><a rel="author" href="/ann">Ann Poe</a></div>`, "Ann Poe"},
		{"none", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, _ := Read(Page{HTML: []byte("<html><head>" + tt.head + "</head><body>" + tt.body + story + "</body></html>")})
			if r.Author != tt.want {
				t.Errorf("author %q, want %q", r.Author, tt.want)
			}
		})
	}
}
