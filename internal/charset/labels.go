package charset

import (
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

const utf8Name = "utf-8"

var (
	cp949       = named{"cp949", korean.EUCKR}
	shiftJIS    = named{"shift_jis", japanese.ShiftJIS}
	eucJP       = named{"euc-jp", japanese.EUCJP}
	gb18030     = named{"gb18030", simplifiedchinese.GB18030}
	big5        = named{"big5", traditionalchinese.Big5}
	windows1252 = named{"windows-1252", charmap.Windows1252}

	utf16LE = named{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}
	utf16BE = named{"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)}
	utf32LE = named{"utf-32le", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)}
	utf32BE = named{"utf-32be", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)}
)

// marks are the byte order marks, the longer before its own prefix.
var marks = []struct {
	mark string
	named
}{
	{"\xef\xbb\xbf", named{name: utf8Name}},
	{"\xff\xfe\x00\x00", utf32LE},
	{"\x00\x00\xfe\xff", utf32BE},
	{"\xff\xfe", utf16LE},
	{"\xfe\xff", utf16BE},
}

// Known reports whether label names an encoding that [Decode] can read.
func Known(label string) bool {
	_, ok := lookup(strings.ToLower(strings.TrimSpace(label)))
	return ok
}

// lookup finds the encoding of a label in lower case. Labels are read as pages
// mean them: every Korean one is CP949, every simplified Chinese one GB18030.
func lookup(label string) (named, bool) {
	switch strings.NewReplacer("_", "", "-", "", ".", "", ":", "").Replace(label) {
	case "euckr", "xeuckr", "ksc5601", "ksc56011987", "ksc56011989", "ksx1001", "ksc5636",
		"cp949", "ms949", "xms949", "949", "windows949", "xwindows949", "win949", "uhc", "xuhc",
		"korean", "isoir149", "csksc56011987", "cseuckr":
		return cp949, true
	case "utf8", "utf8mb4", "utf8mb3", "unicode11utf8", "xunicode20utf8":
		return named{name: utf8Name}, true
	case "gb2312", "gbk", "gb18030", "cp936", "ms936", "windows936", "xgbk", "euccn", "chinese":
		return gb18030, true
	case "sjis", "shiftjis", "xsjis", "ms932", "cp932", "windows31j", "windows932":
		return shiftJIS, true
	case "big5", "big5hkscs", "cp950", "ms950", "xxbig5":
		return big5, true
	case "utf16", "utf16le":
		return utf16LE, true
	case "utf16be":
		return utf16BE, true
	case "utf32", "utf32le", "ucs4":
		return utf32LE, true
	case "utf32be":
		return utf32BE, true
	}
	enc, err := htmlindex.Get(label)
	if err != nil || enc == encoding.Replacement {
		return named{}, false
	}
	name, err := htmlindex.Name(enc)
	if err != nil || name == "x-user-defined" || name == "replacement" {
		return named{}, false
	}
	return named{name, enc}, true
}

// isWide reports whether name is UTF-16 or UTF-32. Their labels cannot be
// believed: text that could be read far enough to find one is neither.
func isWide(name string) bool {
	return strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf-32")
}
