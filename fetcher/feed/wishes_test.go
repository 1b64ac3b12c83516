package feed

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestWishes(t *testing.T) {
	const sy = `xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"`
	hours := func(list ...int) (bits uint32) {
		for _, h := range list {
			bits |= 1 << h
		}
		return bits
	}
	for _, tt := range []struct {
		name, head string
		want       Wishes
	}{
		{"nothing", "", Wishes{}},
		{"ttl", "<ttl>90</ttl>", Wishes{Every: 90 * time.Minute, Via: "ttl"}},
		{"ttl of nothing", "<ttl> soon </ttl>", Wishes{}},
		{"ttl below zero", "<ttl>-5</ttl>", Wishes{}},
		{"ttl without sense", "<ttl>99999999999</ttl>", Wishes{}},
		{"ttl of months", "<ttl>100000</ttl>", Wishes{Every: maxWish, Via: "ttl"}},
		{"hourly", "<sy:updatePeriod>\n hourly </sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>", Wishes{Every: time.Hour, Via: "sy:updatePeriod"}},
		{"four times a day", "<sy:updateFrequency>4</sy:updateFrequency><sy:updatePeriod>daily</sy:updatePeriod>", Wishes{Every: 6 * time.Hour, Via: "sy:updatePeriod"}},
		{"ttl wins", "<ttl>5</ttl><sy:updatePeriod>daily</sy:updatePeriod>", Wishes{Every: 5 * time.Minute, Via: "ttl"}},
		{"skipHours", "<skipHours><hour>0</hour><hour>3</hour><hour>24</hour><hour>25</hour><hour>x</hour></skipHours>", Wishes{SkipHours: hours(0, 3)}},
		{"skipDays", "<skipDays><day>Saturday</day><day>sunday</day><day>Funday</day></skipDays>", Wishes{SkipDays: 1<<time.Saturday | 1<<time.Sunday}},
	} {
		for where, form := range map[string]string{
			"before the items": `<rss version="2.0" %s><channel><title>t</title>%s<item><title>one</title><guid>1</guid></item><item><title>two</title><guid>2</guid></item></channel></rss>`,
			"behind them":      `<rss version="2.0" %s><channel><title>t</title><item><title>one</title><guid>1</guid></item><item><title>two</title><guid>2</guid></item>%s</channel></rss>`,
		} {
			t.Run(tt.name+" "+where, func(t *testing.T) {
				body := fmt.Appendf(nil, form, sy, tt.head)
				doc, err := Parse(body, Hint{})
				if err != nil || doc.Wishes != tt.want {
					t.Errorf("%+v, %v, want %+v", doc.Wishes, err, tt.want)
				}
				if diff, part := differ(body, Hint{}, func(key string) bool { return key == "2" }); diff != "" || !part.Cut {
					t.Errorf("where an item is known: %s, cut %v", diff, part.Cut)
				}
			})
		}
	}
}

func TestWishesOfAtomAndOfACutFeed(t *testing.T) {
	atom := `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><title>t</title>` +
		`<sy:updatePeriod>hourly</sy:updatePeriod><entry><id>1</id><title>one</title></entry></feed>`
	if doc, err := Parse([]byte(atom), Hint{}); err != nil || doc.Wishes.Every != time.Hour {
		t.Errorf("Atom: %+v, %v", doc.Wishes, err)
	}
	cut := `<rss><channel><title>t</title><ttl>30</ttl><item><title>one</title><guid>1</guid></item><item><title>tw`
	if doc, _ := Parse([]byte(cut), Hint{}); len(doc.Items) != 1 || strings.Contains(doc.Wishes.Via, "sy") {
		t.Errorf("cut: %+v", doc)
	}
}

func TestH13Skips(t *testing.T) {
	at := time.Date(2026, 11, 7, 3, 30, 0, 0, time.UTC) // a Saturday
	for _, tt := range []struct {
		name string
		w    Wishes
		want bool
	}{
		{"nothing", Wishes{}, false},
		{"the hour", Wishes{SkipHours: 1 << 3}, true},
		{"another hour", Wishes{SkipHours: 1 << 4}, false},
		{"the day", Wishes{SkipDays: 1 << time.Saturday}, true},
		{"another day", Wishes{SkipDays: 1 << time.Sunday}, false},
		{"every hour", Wishes{SkipHours: 1<<24 - 1}, false},
		{"every day", Wishes{SkipDays: 1<<7 - 1}, false},
	} {
		if got := tt.w.Skips(at.In(time.FixedZone("KST", 9*3600))); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
