package extract

import (
	"strings"
	"testing"
)

func TestStateBody(t *testing.T) {
	const p1 = "Alpha Devices said on Tuesday that it had won an order to make accelerators for Beta Silicon, its largest so far."
	const p2 = `Production starts next year at its second plant. \"Neither company\" gave a value, and both shares rose on the news of it.`
	const p3 = "업계는 이번 계약 규모를 3조원 안팎으로 추정한다. 두 회사는 인공지능 서버용 메모리를 함께 검증해 왔고 양산은 내년 상반기에 시작된다."
	clean := strings.ReplaceAll(p2, `\"`, `"`)
	want := p1 + "\n\n" + clean + "\n\n" + p3
	for name, script := range map[string]string{
		"next":      `<script id="__NEXT_DATA__" type="application/json">{"props":{"pageProps":{"menu":[{"text":"Home"}],"article":{"title":"x","content":[{"type":"p","text":"` + p1 + `"},{"type":"p","text":"` + p2 + `"},{"text":"` + p3 + `"}]}}}}</script>`,
		"html body": `<script>window.__INITIAL_STATE__ = {"a":{"body":"\u003cp\u003e` + p1 + `\u003c/p\u003e\n\u003cp\u003e` + p2 + `<\/p><p>` + p3 + `<\/p>"}};</script>`,
		"fusion":    `<script>window.Fusion=window.Fusion||{};Fusion.globalContent={"content_elements":[{"content":"` + p1 + `"},{"content":"` + p2 + `"},{"content":"` + p3 + `"}]};</script>`,
		"flight":    `<script>self.__next_f.push([1,"7:[\"$\",\"p\",null,{\"children\":\"` + p1 + `\"}]\n8:[\"$\",\"p\",null,{\"children\":\"` + strings.ReplaceAll(p2, `\`, `\\\`) + `\"}]"])</script><script>self.__next_f.push([1,"9:[\"$\",\"p\",null,{\"children\":\"` + p3 + `\"}]\n and much else of no use at all, such as the layout of the page and its colours, which is not prose: {\"className\":\"x y z x y z x y z x y z x y z\"}"])</script>`,
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Read(Page{HTML: []byte("<html><head><title>x</title></head><body><div id=app></div>" + script + "</body></html>")})
			if err != nil || r.Body != want || r.Via != "script state" {
				t.Errorf("%q by %q, %v, want %q", r.Body, r.Via, err, want)
			}
		})
	}
	t.Run("a whole body stands", func(t *testing.T) {
		page := "<html><body><article><p>" + strings.Repeat(p1+"</p><p>", 9) + clean + "</p></article><script id=__NEXT_DATA__>" + `{"body":["` + strings.Repeat(agreeB+`","`, 30) + `"]}</script></body></html>`
		if r, err := Read(Page{HTML: []byte(page)}); err != nil || strings.Contains(r.Body, "museum") {
			t.Errorf("%q, %v, want the story that the page shows", r.Body, err)
		}
	})
	t.Run("another story stands apart", func(t *testing.T) {
		page := "<html><body><article><p>" + p1 + "</p><p>" + clean + "</p></article><script id=__NEXT_DATA__>" + `{"body":["` + agreeB + `","` + p3 + p3 + p3 + p3 + `"]}</script></body></html>`
		if r, err := Read(Page{HTML: []byte(page)}); err != nil || strings.Contains(r.Body, "museum") {
			t.Errorf("%q, %v, want the story that the page shows", r.Body, err)
		}
	})
}
