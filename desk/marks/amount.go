package marks

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// rates are what a unit of a currency is in US dollars, for comparing two reports
// of one deal, never for telling a price. They are of mid-2026 and rough: the
// comparison allows for more than they move in a year.
var rates = map[string]float64{
	"krw": 1. / 1380, "usd": 1, "jpy": 1. / 150, "cny": 1. / 7.15, "eur": 1.13, "gbp": 1.34, "twd": 1. / 31, "chf": 1.22,
}

var currencies = []struct {
	re   *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`(?i)us\$|달러|불$|dollar|ドル|美元|美金|\$|usd`), "usd"},
	{regexp.MustCompile(`(?i)유로|euro|ユーロ|欧元|€|eur`), "eur"},
	{regexp.MustCompile(`(?i)파운드|pound|ポンド|英镑|£|gbp`), "gbp"},
	{regexp.MustCompile(`(?i)엔화?|yen|円|日元|¥|jpy`), "jpy"},
	{regexp.MustCompile(`(?i)위안|yuan|人民币|元|renminbi|rmb|cny`), "cny"},
	{regexp.MustCompile(`(?i)원|won|ウォン|韩元|韓元|₩|krw`), "krw"},
}

var (
	// 22조7648억 원, 1조 2천억, 6천억 원대, 4억 달러, 1억5000만 달러, 165億ドル, 50亿美元
	east = regexp.MustCompile(`(?:([0-9][0-9,.]*)\s?(?:조|兆|万亿))?\s?(?:([0-9][0-9,.]*)\s?(천)?\s?(?:억|億|亿))?\s?(?:([0-9][0-9,.]*)\s?(천)?\s?(?:만|万))?\s?(달러|유로|파운드|엔|위안|원|ドル|ユーロ|ポンド|円|ウォン|美元|欧元|英镑|日元|韩元|元)?`)
	// $16.5 billion, US$30 million, £2.6bn, €1 billion, 16.5 billion dollars, 20 trillion won
	west = regexp.MustCompile(`(?i)(us\$|\$|€|£|¥|₩|usd ?|eur ?|krw ?)?\s?([0-9][0-9,]*(?:\.[0-9]+)?)[\s-]?(trillion|tn|billion|bn|million|mn|m|b)\b[\s-]?(dollars?|euros?|pounds?|yen|yuan|won|renminbi|u\.s\. dollars)?`)
	// What stands behind a bare 억: people, pieces and shares are no money.
	counted = regexp.MustCompile(`^\s?(개|명|대[^\p{L}]|장|주[^\p{L}]|회|톤|년|건|각|个|台|人|枚)`)
)

var factors = map[string]float64{"trillion": 1e12, "tn": 1e12, "billion": 1e9, "bn": 1e9, "b": 1e9, "million": 1e6, "mn": 1e6, "m": 1e6}

// amounts lists the sums of money that texts name, in US dollars.
func amounts(texts []string) []float64 {
	var out []float64
	add := func(usd float64) {
		for _, v := range out {
			if math.Abs(math.Log(v/usd)) < .02 {
				return
			}
		}
		if usd >= 1e5 && len(out) < maxMarks {
			out = append(out, math.Round(usd/1e4)*1e4)
		}
	}
	for _, s := range texts {
		if hasAny(s, westUnits) {
			for _, m := range west.FindAllStringSubmatch(s, -1) {
				if currency := currencyOf(m[1] + m[4]); currency != "" {
					add(number(m[2]) * factors[strings.ToLower(m[3])] * rates[currency])
				}
			}
		}
		for _, part := range counts(s) {
			for _, at := range east.FindAllStringSubmatchIndex(part, -1) {
				if usd, ok := eastern(part, at); ok {
					add(usd)
				}
			}
		}
	}
	return out
}

// Without one of these there is no sum in a text.
var (
	westUnits = []string{"illion", "ILLION", "bn", "tn", "mn", "$", "€", "£"}
	eastUnits = []string{"조", "兆", "억", "億", "亿", "万", "만"}
)

// counts are the parts of a text that begin with a number and hold a unit of the
// East's close behind: the rest need not be looked at.
func counts(s string) (out []string) {
	if !hasAny(s, eastUnits) {
		return nil
	}
	for i := 0; i < len(s); i++ {
		if !digit(s[i]) {
			continue
		}
		end := min(len(s), i+maxCount)
		for end < len(s) && !utf8.RuneStart(s[end]) {
			end++
		}
		n := i
		for n < len(s) && (digit(s[n]) || s[n] == ',' || s[n] == '.') {
			n++
		}
		rest := strings.TrimPrefix(strings.TrimPrefix(s[min(n, end):end], " "), "천")
		if !slices.ContainsFunc(eastUnits, func(u string) bool { return strings.HasPrefix(rest, u) }) {
			i = n
			continue
		}
		out = append(out, s[i:end])
		i = end
	}
	return out
}

// maxCount is how long a sum may be written, in bytes.
const maxCount = 72

// eastern reads a sum that counts in tens of thousands.
func eastern(s string, at []int) (usd float64, ok bool) {
	part := func(i int) string {
		if at[2*i] < 0 {
			return ""
		}
		return s[at[2*i]:at[2*i+1]]
	}
	thousand := func(i int) float64 {
		if part(i) != "" {
			return 1000
		}
		return 1
	}
	trillions, hundreds, tens := part(1), part(2), part(4)
	if trillions == "" && hundreds == "" && (tens == "" || part(6) == "") {
		return 0, false
	}
	sum := number(trillions)*1e12 + number(hundreds)*thousand(3)*1e8 + number(tens)*thousand(5)*1e4
	currency := currencyOf(part(6))
	if currency == "" {
		whole := s[at[0]:at[1]]
		if !strings.ContainsAny(whole, "조억") || counted.MatchString(s[at[1]:]) {
			return 0, false
		}
		currency = "krw"
	}
	return sum * rates[currency], sum > 0
}

func currencyOf(s string) string {
	for _, c := range currencies {
		if s != "" && c.re.MatchString(s) {
			return c.name
		}
	}
	return ""
}

func number(s string) float64 {
	v, err := strconv.ParseFloat(strings.Trim(strings.ReplaceAll(s, ",", ""), "."), 64)
	if err != nil {
		return 0
	}
	return v
}

// The distance of two sums in which they are one, and from which they are two:
// roundings and rates lie below the first, another deal beyond the second.
const (
	sameSum  = .12
	otherSum = .25
)

// CompareAmounts says whether two lists name a sum in common (1), only other sums
// (-1), or whether nothing can be said (0).
func CompareAmounts(a, b []float64) int {
	nearest := math.Inf(1)
	for _, x := range a {
		for _, y := range b {
			nearest = min(nearest, math.Abs(math.Log(x/y)))
		}
	}
	switch {
	case nearest <= sameSum:
		return 1
	case nearest >= otherSum && !math.IsInf(nearest, 1):
		return -1
	}
	return 0
}
