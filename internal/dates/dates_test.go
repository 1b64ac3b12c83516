package dates

import (
	"strings"
	"testing"
	"time"
)

var seoul = time.FixedZone("Asia/Seoul", 9*3600)

func TestParse(t *testing.T) {
	const want = "2025-11-04T05:06:07Z"
	for _, tt := range []struct {
		name, in, want string
		zone           Source
	}{
		{"RFC 822", "Tue, 04 Nov 2025 14:06:07 +0900", want, FromForm},
		{"RFC 822, west", "Tue, 04 Nov 2025 00:06:07 -0500", want, FromForm},
		{"colon in the offset", "Tue, 04 Nov 2025 14:06:07 +09:00", want, FromForm},
		{"offset of three digits", "Tue, 04 Nov 2025 14:06:07 +090", want, FromForm},
		{"offset of two digits", "Tue, 04 Nov 2025 14:06:07 +09", want, FromForm},
		{"offset with a half hour", "Tue, 04 Nov 2025 10:36:07 +0530", want, FromForm},
		{"Korean zone", "Tue, 04 Nov 2025 14:06:07 KST", want, FromForm},
		{"zone in brackets", "Tue, 04 Nov 2025 14:06:07 (KST)", want, FromForm},
		{"comment behind the offset", "Tue, 04 Nov 2025 14:06:07 +0900 (KST)", want, FromForm},
		{"New York", "Tue, 04 Nov 2025 00:06:07 EST", want, FromForm},
		{"GMT+9", "Tue,4 Nov 2025 14:6:7 GMT+9", want, FromForm},
		{"UTC+09:00", "2025-11-04 14:06:07 UTC+09:00", want, FromForm},
		{"place", "Tue, 04 Nov 2025 14:06:07 Asia/Seoul", want, FromForm},
		{"place in brackets", "2025-11-04T14:06:07+09:00[Asia/Seoul]", want, FromForm},
		{"two-digit year", "Tue, 04 Nov 25 14:06:07 +0900", want, FromForm},
		{"RFC 850", "Tuesday, 04-Nov-25 05:06:07 GMT", want, FromForm},
		{"asctime", "Tue Nov  4 14:06:07 2025", want, FromFeed},
		{"JavaScript", "Tue Nov 04 2025 14:06:07 GMT+0900 (Korean Standard Time)", want, FromForm},
		{"weekday and two numbers", "Tue, 04 11 2025 14:06:07 +0900", want, FromForm},
		{"Korean weekday and month", "화, 04 11월 2025 14:06:07 +0900", want, FromForm},
		{"no zone", "Tue, 04 Nov 2025 14:06:07", want, FromFeed},
		{"ISO", "2025-11-04T14:06:07+09:00", want, FromForm},
		{"ISO, Z", "2025-11-04T05:06:07Z", want, FromForm},
		{"ISO, small letters", "2025-11-04t05:06:07z", want, FromForm},
		{"ISO, fraction", "2025-11-04T05:06:07.250Z", "2025-11-04T05:06:07.25Z", FromForm},
		{"ISO, no minutes part", "2025-11-04T14:06+09:00", "2025-11-04T05:06:00Z", FromForm},
		{"ISO, compact", "20251104T140607+0900", want, FromForm},
		{"ISO, compact UTC", "20251104T050607Z", want, FromForm},
		{"news CMS", "2025-11-04 14:06:07", want, FromFeed},
		{"database", "2025-11-04 14:06:07.0", want, FromFeed},
		{"dots", "2025.11.04 14:06:07", want, FromFeed},
		{"dots with spaces", "2025. 11. 4. 14:06:07", want, FromFeed},
		{"slashes", "2025/11/04 14:06:07", want, FromFeed},
		{"compact", "20251104140607", want, FromFeed},
		{"compact to the minute", "202511041406", "2025-11-04T05:06:00Z", FromFeed},
		{"Korean", "2025년 11월 4일 14시 6분 7초", want, FromFeed},
		{"Korean, no spaces", "2025년11월4일14시06분07초", want, FromFeed},
		{"Korean with weekday", "2025년 11월 04일(화) 오후 2:06:07", want, FromFeed},
		{"Korean morning, twelve", "2025-11-04 오전 12:06:07", "2025-11-03T15:06:07Z", FromFeed},
		{"Korean noon", "2025-11-04 오후 12:06:07", "2025-11-04T03:06:07Z", FromFeed},
		{"afternoon mark on a 24 hour clock", "2025-11-04 오후 14:06:07", want, FromFeed},
		{"Japanese", "2025年11月4日 14:06:07", want, FromFeed},
		{"Japanese with weekday", "2025年11月4日火曜日 14時06分07秒", want, FromFeed},
		{"American words", "November 4, 2025, 2:06:07 PM", want, FromFeed},
		{"American with dots", "Nov. 4, 2025 2:06:07 p.m. KST", want, FromForm},
		{"ordinal", "4th November 2025 14:06:07", want, FromFeed},
		{"American slashes, no choice", "11/14/2025 14:06:07", "2025-11-14T05:06:07Z", FromFeed},
		{"epoch seconds", "1762232767", want, FromForm},
		{"epoch milliseconds", "1762232767000", want, FromForm},
		{"end of the day", "2025-11-04 24:00:00", "2025-11-04T15:00:00Z", FromFeed},
		{"spaces around", "\n\t 2025-11-04\u00a014:06:07 ", want, FromFeed},
		{"Chinese CST", "Tue, 04 Nov 2025 13:06:07 CST", want, FromForm},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse(tt.in, seoul)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.Time.UTC().Format(time.RFC3339Nano); got != tt.want || d.Zone != tt.zone || d.DayOnly {
				t.Errorf("Parse(%q) = %s, zone from %s, day only %v, want %s, %s", tt.in, got, d.Zone, d.DayOnly, tt.want, tt.zone)
			}
		})
	}
}

func TestParseDay(t *testing.T) {
	for _, in := range []string{"2025-11-04", "2025.11.04.", "20251104", "Nov 4, 2025", "2025년 11월 4일", "2025-11-04+09:00"} {
		d, err := Parse(in, seoul)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := d.Time.UTC().Format(time.RFC3339); got != "2025-11-03T15:00:00Z" || !d.DayOnly {
			t.Errorf("Parse(%q) = %s, day only %v", in, got, d.DayOnly)
		}
	}
}

func TestParseWithoutZone(t *testing.T) {
	d, err := Parse("2025-11-04 14:06:07", nil)
	if err != nil || d.Zone != Assumed || !d.Time.Equal(time.Date(2025, 11, 4, 14, 6, 7, 0, time.UTC)) {
		t.Errorf("Parse = %+v, %v, want UTC, assumed", d, err)
	}
	d, err = Parse("Tue, 04 Nov 2025 13:06:07 CST", nil)
	if err != nil || d.Time.UTC().Hour() != 19 {
		t.Errorf("CST with no zone near = %v, %v, want the American one", d.Time, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{
		"", "  ", "yesterday", "3 hours ago", "2025", "2025-13-04 10:00", "2025-02-30", "2025-11-04 25:00", "2025-11-04 10:61",
		"0001-01-01T00:00:00Z", "1900-01-01 00:00:00", "03/04/2025 10:00", "25.11.04 10:00", "12345", "99999999999999",
		"2025-11-04 10:00 2025-11-05 11:00", "10:00:00", "04 Nov", "2025-11-04 10:00:00 +9900", "2025년 11월 4일 2025년 11월 5일",
		strings.Repeat("2", 200),
	} {
		if d, err := Parse(in, seoul); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", in, d.Time)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"Tue, 04 Nov 2025 14:06:07 +0900", "2025년 11월 4일(화) 오후 2:06", "20251104T140607.5Z", "Nov. 4, 2025 2 p.m. Asia/Seoul", "1762232767"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse(s, seoul)
		if err != nil {
			return
		}
		if y := d.Time.Year(); y < minYear || y > maxYear+1 {
			t.Errorf("Parse(%q) = %v", s, d.Time)
		}
		again, err := Parse(d.Time.Format(time.RFC3339Nano), nil)
		if err == nil && !again.Time.Equal(d.Time) {
			t.Errorf("Parse(%q) = %v, read again %v", s, d.Time, again.Time)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for name, in := range map[string]string{"rfc822": "Tue, 04 Nov 2025 14:06:07 +0900", "iso": "2025-11-04T14:06:07+09:00", "korean": "2025년 11월 4일 오후 2:06"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(in, seoul); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
