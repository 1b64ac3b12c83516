package dates

import (
	"fmt"
	"strings"
	"time"
)

// offset reads the number after a sign: +0900, +09:00, +09, +9 and the short
// +090 of some Korean feeds, which means +0900 too.
func (p *parser) offset(east bool) error {
	t := p.peek(1)
	p.i += 2
	hours, minutes := 0, 0
	switch t.digits {
	case 1, 2:
		hours = t.n
		if p.isSign(0, ":") && p.peek(1).kind == number {
			minutes = p.peek(1).n
			p.i += 2
		}
	case 3:
		hours, minutes = t.n/100, t.n%100
		if t.text[0] == '0' {
			hours, minutes = t.n/10, t.n%10*10
		}
	case 4:
		hours, minutes = t.n/100, t.n%100
	default:
		return fmt.Errorf("offset %s", t.text)
	}
	if hours > 14 || minutes > 59 {
		return fmt.Errorf("offset %s", t.text)
	}
	seconds := (hours*60 + minutes) * 60
	if !east {
		seconds = -seconds
	}
	p.zone = time.FixedZone("", seconds)
	if seconds == 0 {
		p.zone = time.UTC
	}
	return nil
}

// zoneName takes the short name of a zone. A numeric offset behind it, as in
// GMT+9, replaces what the name says.
func (p *parser) zoneName(name string) bool {
	upper := strings.ToUpper(name)
	h, ok := zones[upper]
	if !ok || p.zoneNamed {
		return false
	}
	p.zoneNamed = true
	if p.zone != nil {
		return true // a comment behind an offset
	}
	if upper == "CST" && p.nearAsia() {
		h = 8
	}
	p.zone = time.FixedZone(upper, int(h*3600))
	if h == 0 {
		p.zone = time.UTC
	}
	return true
}

// nearAsia reports whether the caller's zone lies in East Asia.
func (p *parser) nearAsia() bool {
	if p.near == nil {
		return false
	}
	_, offset := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).In(p.near).Zone()
	return offset >= 7*3600 && offset <= 9*3600
}

// region takes the name of a place, as in Asia/Seoul, at the present word.
func (p *parser) region(area string) bool {
	if !areas[area] {
		return false
	}
	name, k := area, 1
	for p.isSign(k, "/") && p.peek(k+1).kind == word && k < 5 {
		name += "/" + p.peek(k+1).text
		k += 2
	}
	if p.zone == nil {
		if h, ok := places[name]; ok {
			p.zone = time.FixedZone(name, h*3600)
		} else if loc, err := time.LoadLocation(name); err == nil {
			p.zone = loc
		} else {
			return false
		}
	}
	p.i += k
	return true
}

// areas are the first words of zone names.
var areas = set("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")

// places are the zones that Asian feeds name, which have had no summer time
// since the first feed: they need no zone files.
var places = map[string]int{
	"Asia/Seoul": 9, "Asia/Tokyo": 9, "Asia/Shanghai": 8, "Asia/Taipei": 8, "Asia/Hong_Kong": 8,
	"Asia/Singapore": 8, "Asia/Manila": 8,
}

// zones are the short names in use, in hours. Where a name is used on two
// continents it is the one whose press writes it in feeds; CST is decided by
// the caller's zone.
var zones = map[string]float64{
	"Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0,
	"KST": 9, "JST": 9, "HKT": 8, "SGT": 8, "CCT": 8, "PHT": 8, "AWST": 8, "ICT": 7, "WIB": 7, "IST": 5.5,
	"AEST": 10, "AEDT": 11, "ACST": 9.5, "ACDT": 10.5, "NZST": 12, "NZDT": 13,
	"BST": 1, "WEST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
	"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
	"AKST": -9, "AKDT": -8, "HST": -10,
}

var halves = map[string]half{
	"am": am, "오전": am, "午前": am, "上午": am,
	"pm": pm, "오후": pm, "午後": pm, "下午": pm,
}

var weekdays = set("sun", "mon", "tue", "wed", "thu", "fri", "sat", "tues", "wednes", "thur", "thurs",
	"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
	"일", "월", "화", "수", "목", "금", "토", "일요일", "월요일", "화요일", "수요일", "목요일", "금요일", "토요일",
	"日", "月", "火", "水", "木", "金", "土", "日曜日", "月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日",
	"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "周日", "周一", "周二", "周三", "周四", "周五", "周六")

// fillers may stand in a date and say nothing.
var fillers = set("t", "at", "on", "of", "st", "nd", "rd", "th")

var months = map[string]int{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
	"january": 1, "february": 2, "march": 3, "april": 4, "june": 6, "july": 7, "august": 8, "september": 9,
	"october": 10, "november": 11, "december": 12, "sept": 9,
}

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}
