package charset

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

const (
	ko = "반도체 기업 두 곳이 인공지능 서버에 쓸 메모리를 함께 개발하기로 했다. “양산은 내년”이라고 밝혔다."
	ja = "半導体メーカーの二社は、人工知能サーバー向けメモリーを共同で開発すると発表した。"
	zh = "两家半导体公司宣布共同开发用于人工智能服务器的存储芯片，并将于明年开始生产。"
	tw = "兩家半導體公司宣布共同開發用於人工智慧伺服器的記憶體晶片，並將於明年開始生產。"
	ru = "Два производителя объявили, что память для серверов искусственного интеллекта будет разработана вместе."
	he = "שתי יצרניות השבבים הודיעו כי יפתחו יחד זיכרון לשרתי בינה מלאכותית, והייצור יתחיל בשנה הבאה."
	th = "ผู้ผลิตชิปสองรายประกาศร่วมกันพัฒนาหน่วยความจำสำหรับเซิร์ฟเวอร์ปัญญาประดิษฐ์ และจะเริ่มผลิตในปีหน้า"
	fr = "Les deux fabricants ont annoncé un accord: la mémoire sera développée à Grenoble dès l’été."
)

func encoded(t testing.TB, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecode(t *testing.T) {
	kr := encoded(t, korean.EUCKR, ko)
	utf16 := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	for _, tt := range []struct {
		name      string
		in        []byte
		declared  []string
		want      string
		charset   string
		corrected bool
	}{
		{"empty", nil, nil, "", "utf-8", false},
		{"ASCII under a Korean label", []byte("abc"), []string{"euc-kr"}, "abc", "utf-8", false},
		{"UTF-8, no label", []byte(ko), nil, ko, "utf-8", false},
		{"UTF-8 with a mark", []byte("\ufeff" + ko), nil, ko, "utf-8", false},
		{"UTF-8 labelled euc-kr", []byte(ko), []string{"euc-kr"}, ko, "utf-8", true},
		{"CP949, no label", kr, nil, ko, "cp949", false},
		{"CP949 labelled utf-8", kr, []string{"utf-8"}, ko, "cp949", true},
		{"CP949 labelled iso-8859-1", kr, []string{"iso-8859-1"}, ko, "cp949", true},
		{"CP949 labelled shift_jis", kr, []string{"shift_jis"}, ko, "cp949", true},
		{"CP949 behind a UTF-8 mark", append([]byte("\ufeff"), kr...), []string{"euc-kr"}, ko, "cp949", false},
		{"second label is right", kr, []string{"utf-8", "euc-kr"}, ko, "cp949", true},
		{"unknown label, then right", kr, []string{"x-nonsense", "ms949"}, ko, "cp949", false},
		{"unknown label only", kr, []string{"x-nonsense"}, ko, "cp949", true},
		{"Hangul beyond KS X 1001", encoded(t, korean.EUCKR, "똠방각하 펲시콜라 "+ko), nil, "똠방각하 펲시콜라 " + ko, "cp949", false},
		{"one Korean word, labelled", encoded(t, korean.EUCKR, "삼성"), []string{"cp949"}, "삼성", "cp949", false},
		{"Shift_JIS, no label", encoded(t, japanese.ShiftJIS, ja), nil, ja, "shift_jis", false},
		{"EUC-JP, no label", encoded(t, japanese.EUCJP, ja), nil, ja, "euc-jp", false},
		{"ISO-2022-JP", encoded(t, japanese.ISO2022JP, ja), []string{"iso-2022-jp"}, ja, "iso-2022-jp", false},
		{"GB18030, no label", encoded(t, simplifiedchinese.GB18030, zh), nil, zh, "gb18030", false},
		{"labelled gb2312", encoded(t, simplifiedchinese.GBK, zh), []string{"GB2312"}, zh, "gb18030", false},
		{"Big5, no label", encoded(t, traditionalchinese.Big5, tw), nil, tw, "big5", false},
		{"windows-1252, no label", encoded(t, charmap.Windows1252, fr), nil, fr, "windows-1252", false},
		{"KOI8-R, no label", encoded(t, charmap.KOI8R, ru), nil, ru, "koi8-r", false},
		{"windows-1251, no label", encoded(t, charmap.Windows1251, ru), nil, ru, "windows-1251", false},
		{"windows-1255, no label", encoded(t, charmap.Windows1255, he), nil, he, "windows-1255", false},
		{"TIS-620, no label", encoded(t, charmap.Windows874, th), nil, th, "windows-874", false},
		{"labelled iso-8859-1", encoded(t, charmap.Windows1252, fr), []string{"ISO-8859-1"}, fr, "windows-1252", false},
		{"labelled koi8-r", encoded(t, charmap.KOI8R, "память"), []string{"koi8-r"}, "память", "koi8-r", false},
		{"UTF-16 with a mark", append([]byte("\xff\xfe"), encoded(t, utf16, ko)...), []string{"utf-8"}, ko, "utf-16le", true},
		{"UTF-16 without a mark", encoded(t, utf16, "<a>"+ko), []string{"utf-16"}, "<a>" + ko, "utf-16le", false},
		{"UTF-32 without a mark", encoded(t, utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), "<a>"+ko), nil, "<a>" + ko, "utf-32be", false},
		{"utf-16 label on UTF-8", []byte(ko), []string{"utf-16"}, ko, "utf-8", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Decode(tt.in, tt.declared...)
			if r.Text != tt.want || r.Charset != tt.charset || r.Corrected != tt.corrected || r.Replaced != 0 {
				t.Errorf("Decode = %q, %s, corrected %v, replaced %d\nwant %q, %s, corrected %v",
					r.Text, r.Charset, r.Corrected, r.Replaced, tt.want, tt.charset, tt.corrected)
			}
		})
	}
}

func TestKoreanLabels(t *testing.T) {
	kr := encoded(t, korean.EUCKR, ko)
	for _, label := range []string{"EUC-KR", "euc_kr", "ks_c_5601-1987", "KSC5601", "cp949", "MS949", "x-windows-949", "windows-949", "uhc", "korean"} {
		if r := Decode(kr, label); r.Text != ko || r.Charset != "cp949" || r.Corrected {
			t.Errorf("%s: %s, corrected %v", label, r.Charset, r.Corrected)
		}
	}
}

func TestDecodeDamaged(t *testing.T) {
	bad := string([]byte(ko)[:28]) + "\xff" + ko
	for _, tt := range []struct {
		name, in, label string
		charset         string
		replaced        int
	}{
		{"a stray byte in UTF-8", bad, "", "utf-8", 1},
		{"a stray byte in UTF-8 labelled euc-kr", bad, "euc-kr", "utf-8", 1},
		{"a stray byte in ASCII", "abc\xffdef", "utf-8", "utf-8", 1},
		{"UTF-8 cut inside a character", ko + "\xec\x82", "", "utf-8", 1},
		{"a stray byte in CP949", string(encoded(t, korean.EUCKR, ko)) + "\xff ok", "euc-kr", "cp949", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Decode([]byte(tt.in), tt.label)
			if r.Charset != tt.charset || r.Replaced != tt.replaced {
				t.Errorf("Decode = %s, replaced %d, want %s, %d: %q", r.Charset, r.Replaced, tt.charset, tt.replaced, r.Text)
			}
		})
	}
}

func TestDecodeNoise(t *testing.T) {
	noise := make([]byte, 4096)
	x := uint32(1)
	for i := range noise {
		x = x*1664525 + 1013904223
		noise[i] = byte(x>>24) | 1
	}
	r := Decode(noise)
	if runes := utf8.RuneCountInString(r.Text); r.Replaced*100 <= runes {
		t.Errorf("noise read as %s with %d of %d replaced", r.Charset, r.Replaced, runes)
	}
}

func TestParam(t *testing.T) {
	for in, want := range map[string]string{
		"":                                  "",
		"text/html":                         "",
		"text/xml; charset=EUC-KR":          "euc-kr",
		`text/xml; charset="utf-8"`:         "utf-8",
		"text/xml;charset=utf-8;":           "utf-8",
		"text/xml; charset=utf-8, text/xml": "utf-8",
		"; charset='ms949'":                 "ms949",
	} {
		if got := Param(in); got != want {
			t.Errorf("Param(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(ko), "euc-kr")
	f.Add([]byte("\xef\xbb\xbf\xb0\xa1"), "utf-8")
	f.Add([]byte("\x1b$B$"), "iso-2022-jp")
	f.Fuzz(func(t *testing.T, b []byte, label string) {
		r := Decode(b, label)
		if !utf8.ValidString(r.Text) {
			t.Errorf("not UTF-8: %q", r.Text)
		}
		if r.Charset == "" || r.Replaced > strings.Count(r.Text, "\ufffd") {
			t.Errorf("%+v", r)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	long := strings.Repeat(ko, 500)
	for name, in := range map[string][]byte{"utf-8": []byte(long), "cp949": encoded(b, korean.EUCKR, long)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				Decode(in)
			}
		})
	}
}
