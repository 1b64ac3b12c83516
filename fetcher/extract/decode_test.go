package extract

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// The bodies of pages in the languages whose old encodings are still met.
const (
	koreanBody = "<p>가온전자가 다올반도체와 차세대 고대역폭메모리(HBM) 공급 계약을 체결했다고 4일 밝혔다. 계약 기간은 2028년 말까지다.</p>" +
		"<p>양사는 내년 상반기 시제품을 내놓고, 하반기에 양산에 들어간다. “성능을 두 배로 높였다”고 회사 관계자는 설명했다.</p>" +
		"<p>업계에서는 이번 계약의 규모를 약 3조 원으로 본다. 쑛쏀이라는 별난 이름의 부품도 함께 쓰인다.</p>"
	japaneseBody = "<p>青葉電機は四日、白川半導体と次世代メモリーの供給契約を結んだと発表した。契約期間は二〇二八年末までとなる。</p>" +
		"<p>両社は来年前半に試作品を出し、後半に量産を始める。「性能を二倍に高めた」と担当者は説明した。</p>"
	chineseBody = "<p>青山电子四日宣布，与白河半导体签订了下一代存储芯片的供应协议，协议有效期到二〇二八年底。</p>" +
		"<p>两家公司将于明年上半年推出样品，下半年开始量产。公司负责人表示：“性能提高了一倍。”</p>"
	taiwanBody = "<p>青山電子四日宣布，與白河半導體簽訂了下一代記憶體晶片的供應協議，協議有效期到二〇二八年底。</p>" +
		"<p>兩家公司將於明年上半年推出樣品，下半年開始量產。公司負責人表示：「性能提高了一倍。」</p>"
)

// headOf is the head of a page with a declaration behind some bytes of what heads
// hold.
func headOf(label string, before int) string {
	fill := ""
	for len(fill) < before {
		fill += fmt.Sprintf("<script>var a%d = {path: '/x', on: true};</script>\n<link rel=\"preload\" href=\"/style.css\">\n", len(fill))
	}
	if label == "" {
		return fill
	}
	return fill + `<meta http-equiv="Content-Type" content="text/html; charset=` + label + `">`
}

// TestDeclarations reads one page in UTF-8 and in the old encoding of its
// language, with every way in which a page says which one it is, rightly or not.
func TestDeclarations(t *testing.T) {
	for _, tt := range []struct {
		name, body, charset string
		enc                 encoding.Encoding
		labels              []string
	}{
		{"Korean", koreanBody, "cp949", korean.EUCKR, []string{"euc-kr", "ks_c_5601-1987", "cp949", "ms949", "EUC-KR"}},
		{"Japanese in Shift_JIS", japaneseBody, "shift_jis", japanese.ShiftJIS, []string{"shift_jis", "x-sjis"}},
		{"Japanese in EUC-JP", japaneseBody, "euc-jp", japanese.EUCJP, []string{"euc-jp"}},
		{"Chinese", chineseBody, "gb18030", simplifiedchinese.GB18030, []string{"gb2312", "gbk", "gb18030"}},
		{"Taiwan", taiwanBody, "big5", traditionalchinese.Big5, []string{"big5"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := func(head string) string {
				return "<!doctype html><html><head>" + head + `<title>1</title></head><body><div class="gnb"><a href="/">2</a></div><div itemprop="articleBody">` + tt.body + "</div></body></html>"
			}
			want, err := Read(Page{HTML: []byte(page(headOf("utf-8", 0)))})
			if err != nil || strings.Count(want.Body, "\n\n") != strings.Count(tt.body, "</p><p>") {
				t.Fatalf("%v: %q", err, want.Body)
			}
			type ask struct{ name, head, contentType string }
			asks := []ask{
				{"missing", headOf("", 0), ""},
				{"missing, with HTTP", headOf("", 0), "text/html; charset=" + tt.labels[0]},
				{"wrong", headOf("utf-8", 0), ""},
				{"wrong in HTTP", headOf(tt.labels[0], 0), "text/html; charset=utf-8"},
				{"wrong and late", headOf("utf-8", 3<<10), ""},
				{"of the West", headOf("iso-8859-1", 0), ""},
				{"unknown", headOf("x-unknown", 0), ""},
			}
			for _, label := range tt.labels {
				asks = append(
					asks, ask{label, headOf(label, 0), ""}, ask{label + " after 3 KB", headOf(label, 3<<10), ""},
					ask{label + " after 200 KB", headOf(label, 200<<10), ""}, ask{label + " short", `<meta charset="` + label + `">`, ""},
				)
			}
			for _, a := range asks {
				in, err := tt.enc.NewEncoder().Bytes([]byte(page(a.head)))
				if err != nil {
					t.Fatal(err)
				}
				for _, form := range []struct {
					html    []byte
					charset string
				}{{in, tt.charset}, {[]byte(page(a.head)), "utf-8"}, {append([]byte("\ufeff"), page(a.head)...), "utf-8"}} {
					got, err := Read(Page{HTML: form.html, ContentType: a.contentType})
					if err != nil || got.Body != want.Body || got.Charset != form.charset {
						t.Errorf("%s: %s, want %s: %v: %.80q", a.name, got.Charset, form.charset, err, got.Body)
					}
				}
			}
		})
	}
}
