package dates

import (
	"fmt"
	"strings"
	"time"
)

// A parser holds the tokens of one date and the parts found so far.
type parser struct {
	toks []token
	i    int
	near *time.Location // tells an American CST from a Chinese one

	year, month, day             int
	hour, minute, second, nano   int
	hasTime, zoneNamed, inParens bool
	half                         half
	zone                         *time.Location
	free                         []num // numbers whose part is not known yet
}

// A half is the half of the day that a mark names.
type half uint8

const (
	am half = iota + 1
	pm
)

// A num is a number without a unit, and the sign before it.
type num struct {
	n, digits int
	sep       byte
}

// year is the number as a year: of two digits, that of a feed's lifetime.
func (n num) year() int {
	switch {
	case n.digits > 2:
		return n.n
	case n.n < 70:
		return 2000 + n.n
	}
	return 1900 + n.n
}

// read takes all tokens in order.
func (p *parser) read() error {
	for p.i < len(p.toks) {
		t := p.toks[p.i]
		var err error
		switch t.kind {
		case number:
			err = p.number(t)
		case word:
			err = p.word(t)
		default:
			err = p.sign(t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// peek returns the token k places on, or an empty sign.
func (p *parser) peek(k int) token {
	if j := p.i + k; j >= 0 && j < len(p.toks) {
		return p.toks[j]
	}
	return token{kind: sign}
}

func (p *parser) isSign(k int, s string) bool {
	t := p.peek(k)
	return t.kind == sign && t.text == s
}

func (p *parser) number(t token) error {
	if p.inParens {
		p.i++
		return nil
	}
	next := p.peek(1)
	switch {
	case p.isSign(1, ":") && p.peek(2).kind == number:
		return p.clock()
	case next.kind == word && p.unit(t, next.text):
		p.i += 2
		return nil
	case t.digits >= 8:
		return p.compact(t)
	case p.isT(-1) && !p.hasTime && (t.digits == 2 || t.digits == 4 || t.digits == 6):
		p.setClock(t.text)
		p.i++
		return nil
	}
	n := num{n: t.n, digits: t.digits}
	if prev := p.peek(-1); prev.kind == sign && prev.text != "" {
		n.sep = prev.text[0]
	}
	if len(p.free) == 3 || t.digits > 4 {
		return fmt.Errorf("number %s", t.text)
	}
	p.free = append(p.free, n)
	p.i++
	return nil
}

// unit takes a number with its unit, as in 3월 or 10時.
func (p *parser) unit(t token, unit string) bool {
	var dst *int
	switch unit {
	case "년", "年":
		dst = &p.year
		t.n = num{n: t.n, digits: t.digits}.year()
	case "월", "月":
		dst = &p.month
	case "일", "日":
		dst = &p.day
	case "시", "時", "时", "点":
		dst, p.hasTime = &p.hour, true
	case "분", "分":
		dst = &p.minute
	case "초", "秒":
		dst = &p.second
	default:
		return false
	}
	if *dst != 0 {
		return false // a second date
	}
	*dst = t.n
	return true
}

// clock reads 10:00, 10:00:00 and 10:00:00.000.
func (p *parser) clock() error {
	if p.hasTime {
		return fmt.Errorf("two times of day")
	}
	p.hasTime = true
	p.hour, p.minute = p.peek(0).n, p.peek(2).n
	p.i += 3
	if !p.isSign(0, ":") || p.peek(1).kind != number {
		return nil
	}
	p.second = p.peek(1).n
	p.i += 2
	if (p.isSign(0, ".") || p.isSign(0, ",")) && p.peek(1).kind == number && p.peek(1).glued {
		frac := (p.peek(1).text + "000000000")[:9]
		p.nano = digits(frac).n
		p.i += 2
	}
	return nil
}

// compact reads 20240302, 202403021000 and 20240302100000.
func (p *parser) compact(t token) error {
	if p.year != 0 || t.digits%2 != 0 && t.digits != 17 || t.digits > 17 {
		return fmt.Errorf("number %s", t.text)
	}
	p.year, p.month, p.day = digits(t.text[:4]).n, digits(t.text[4:6]).n, digits(t.text[6:8]).n
	if t.digits > 8 {
		p.setClock(t.text[8:])
	}
	p.i++
	return nil
}

// setClock reads the two-digit parts of a time of day, and milliseconds.
func (p *parser) setClock(s string) {
	p.hasTime = true
	for _, dst := range []*int{&p.hour, &p.minute, &p.second} {
		if len(s) < 2 {
			return
		}
		*dst, s = digits(s[:2]).n, s[2:]
	}
	if len(s) == 3 {
		p.nano = digits(s).n * int(time.Millisecond)
	}
}

func (p *parser) isT(k int) bool {
	t := p.peek(k)
	return t.kind == word && (t.text == "T" || t.text == "t")
}

func (p *parser) word(t token) error {
	if p.isSign(1, "/") && p.peek(2).kind == word && p.region(t.text) {
		return nil
	}
	p.i++
	if p.inParens && p.zone != nil {
		return nil
	}
	lower := strings.ToLower(t.text)
	if (lower == "a" || lower == "p") && p.isSign(0, ".") && strings.EqualFold(p.peek(1).text, "m") {
		lower += "m"
		p.i += 2
	}
	switch {
	case weekdays[lower] || fillers[lower]:
	case halves[lower] != 0:
		p.half = halves[lower]
	case months[lower] != 0 && p.month == 0:
		p.month = months[lower]
	case p.zoneName(lower):
	case p.inParens:
	default:
		return fmt.Errorf("word %q", t.text)
	}
	return nil
}

// sign takes a separator, or the sign of an offset.
func (p *parser) sign(t token) error {
	switch t.text {
	case "(", "[":
		p.inParens = true
	case ")", "]":
		p.inParens = false
	case "+", "-", "−":
		day := p.year != 0 && p.day != 0 || len(p.free) == 3
		if p.inParens || !(p.hasTime || day && t.glued) {
			break
		}
		if next := p.peek(1); next.kind == number && next.glued {
			return p.offset(t.text == "+")
		}
	case ".", ",", "/", ":", "|", "·", "\u00a0", "’", "'":
	default:
		if !p.inParens {
			return fmt.Errorf("sign %q", t.text)
		}
	}
	p.i++
	return nil
}
