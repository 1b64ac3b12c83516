package text

import (
	"strings"
	"unicode/utf8"
)

// A Role is what a Korean particle makes of the word before it.
type Role uint8

// The roles. Bare is a word without particle, or with one that has no part in
// the sentence of its own (만, 까지).
const (
	Bare    Role = iota
	Topic        // 은 는 도
	Subject      // 이 가
	Object       // 을 를
	With         // 와 과 랑 하고
	To           // 에 에게 향 로
	From         // 에서 로부터 에게서 발
	Of           // 의
	For          // 용
	Than         // 보다
	Like         // 처럼 같이
	Is           // 이다 인 이라는
)

// particles lists single particles, longest first within a first rune.
var particles = []struct {
	s string
	r Role
}{
	{"으로부터", From},
	{"로부터", From},
	{"에게서", From},
	{"한테서", From},
	{"에게선", From},
	{"에서", From},
	{"에선", From},
	{"서", From},
	{"에게", To},
	{"에겐", To},
	{"한테", To},
	{"엔", To},
	{"입니다", Is},
	{"이에요", Is},
	{"예요", Is},
	{"이죠", Is},
	{"죠", Is},
	{"이었습니다", Is},
	{"였습니다", Is},
	{"이라면", Is},
	{"라면", Is},
	{"이라서", Is},
	{"라서", Is},
	{"보단", Than},
	{"까진", Bare},
	{"부턴", Bare},
	{"로선", Bare},
	{"으로선", Bare},
	{"로서", Bare},
	{"으로서", Bare},
	{"밖에", Bare},
	{"끼리", With},
	{"이라고", Is},
	{"이라는", Is},
	{"이라며", Is},
	{"이라도", Bare},
	{"이었다", Is},
	{"이지만", Is},
	{"이란", Is},
	{"이랑", With},
	{"이며", Is},
	{"이고", Is},
	{"이자", Is},
	{"이다", Is},
	{"이나", Bare},
	{"으로", To},
	{"였다", Is},
	{"라고", Is},
	{"라는", Is},
	{"라며", Is},
	{"인데", Is},
	{"지만", Is},
	{"보다", Than},
	{"처럼", Like},
	{"만큼", Like},
	{"같이", Like},
	{"께서", Subject},
	{"하고", With},
	{"까지", Bare},
	{"부터", Bare},
	{"마저", Bare},
	{"조차", Bare},
	{"측", Bare},
	{"쪽", Bare},
	{"간", Bare},
	{"내", Bare},
	{"사", Bare},
	{"제", Bare},
	{"행", For},
	{"들", Bare},
	{"뿐", Bare},
	{"은", Topic},
	{"는", Topic},
	{"도", Topic},
	{"이", Subject},
	{"가", Subject},
	{"을", Object},
	{"를", Object},
	{"와", With},
	{"과", With},
	{"랑", With},
	{"에", To},
	{"로", To},
	{"향", For},
	{"發", From},
	{"向", For},
	{"발", From},
	{"의", Of},
	{"용", For},
	{"만", Bare},
	{"나", Bare},
	{"든", Bare},
	{"등", Bare},
	{"씩", Bare},
	{"인", Is},
	{"다", Is},
	{"며", Is},
	{"고", Is},
	{"라", Is},
	{"란", Is},
	{"임", Is},
	{"산", Bare},
	{"표", Bare},
}

// Particle reads the chain of at most three particles at the start of s, which
// follows a name, and returns its length and the role that it gives the name:
// that of the first particle that has one. ok is false where s goes on with
// Hangul that is no particle: then the name was part of a longer word.
func Particle(s string) (n int, role Role, ok bool) {
	if !startsHangul(s) {
		return 0, Bare, true
	}
	return chain(s, 3)
}

func chain(s string, depth int) (int, Role, bool) {
	for _, p := range particles {
		if !strings.HasPrefix(s, p.s) {
			continue
		}
		rest := s[len(p.s):]
		if !startsHangul(rest) {
			return len(p.s), p.r, true
		}
		if depth > 1 {
			if n, r, ok := chain(rest, depth-1); ok {
				if p.r != Bare {
					r = p.r
				}
				return len(p.s) + n, r, true
			}
		}
	}
	return 0, Bare, false
}

// startsHangul reports whether a Hangul syllable is first in s.
func startsHangul(s string) bool {
	if s == "" || s[0] < 0xEA {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s)
	return Hangul(r)
}

// connective holds the verb stems after which 고 joins two clauses.
const connective = "하되받맺잡열내짓있없했됐였렸았었이졌혔키리기지치서나들섰났왔갔놨넣끌찾쌓풀팔사꾸추보오가세우쓰묶뗐뛰입쥐뽑짜펴얹싣붙딛넓높늦"

// Connective reports whether a Korean word (without comma) ends a clause that
// another follows: -며, -지만, -는데, -고 after a verb. next is what follows.
func Connective(word, next string) bool {
	for _, suffix := range []string{"지만", "는데", "은데", "인데", "한데", "으나", "면서", "으며", "는가 하면"} {
		if strings.HasSuffix(word, suffix) {
			return true
		}
	}
	switch {
	case strings.HasSuffix(word, "며"):
		return true
	case strings.HasSuffix(word, "고"):
		stem := strings.TrimSuffix(word, "고")
		r, size := utf8.DecodeLastRuneInString(stem)
		if size == 0 || !strings.ContainsRune(connective, r) {
			return false
		}
		switch word {
		case "두고", "놓고", "앞두고", "둘러싸고", "걸고", "사고", "보고", "경고", "최고", "재고", "광고", "신고", "창고", "중고", "기고", "타고", "계기고":
			return false
		}
		return !strings.HasPrefix(next, "있") && !strings.HasPrefix(next, "나섰") && !strings.HasPrefix(next, "나서") &&
			!strings.HasPrefix(next, "싶") && !strings.HasPrefix(next, "말") && !strings.HasPrefix(next, "밝") &&
			!strings.HasPrefix(next, "전했") && !strings.HasPrefix(next, "설명")
	}
	return false
}
