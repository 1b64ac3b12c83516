package fetcher

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// held names for each rule of the standards and each thing that users of feed
// readers ask for the tests that hold it. A name that ends in * stands for all
// that begin so.
//
// H: HTTP for feeds (RFC 9110, RFC 9111). R: robots.txt (RFC 9309). W: the
// subscriber's side of WebSub (W3C Recommendation).
var held = map[string][]string{
	"H1 validators are sent back byte for byte":            {"TestH1*"},
	"H2 If-None-Match when an ETag is known":               {"TestH2*"},
	"H3 after every 200 both validators are stored":        {"TestH3*", "TestAsk5*"},
	"H4 nothing unconditional after the first success":     {"TestH4*", "TestANotModifiedPollWritesNothing"},
	"H5 the server's freshness is kept":                    {"TestH5*"},
	"H6 nothing before Retry-After":                        {"TestH6*", "TestARestingFeedRestsAsLongAsItIsLeft", "TestDuelWhoWantsToBeLeftAloneIs"},
	"H7 less often where it cannot be asked conditionally": {"TestH7*"},
	"H8 permanent redirects are adopted, others never":     {"TestH8*"},
	"H9 410 stops":                            {"TestH9*", "TestFaultOf", "TestRestAfter"},
	"H10 a user agent with an address":        {"TestH10*"},
	"H11 compressed, within limits":           {"TestH11*"},
	"H12 a restart polls no sooner":           {"TestH12*", "TestRestartNeverPollsEarly"},
	"H13 skipHours and skipDays":              {"TestH13*"},
	"R1 robots.txt is for pages":              {"TestR1*"},
	"R2 our group, the longest match":         {"TestR2*"},
	"R3 five redirects":                       {"TestR3*"},
	"R4 4xx allows":                           {"TestR4*"},
	"R5 5xx forbids":                          {"TestR5*"},
	"R6 a day in the cache":                   {"TestR6*"},
	"R7 500 KiB are read":                     {"TestR7*"},
	"R8 Crawl-delay":                          {"TestR8*"},
	"W1 discovery":                            {"TestW1*"},
	"W2 the topic is rel=self":                {"TestW2*"},
	"W3 only what was asked for is confirmed": {"TestW3*"},
	"W4 callbacks nobody can guess":           {"TestW4*"},
	"W5 signatures":                           {"TestW5*"},
	"W6 answered before worked on":            {"TestW6*"},
	"W7 renewed before the lease ends":        {"TestW7*"},
	"W8 a delivery moves no subscription":     {"TestW8*"},
	"W9 denied":                               {"TestW9*"},

	"ask 1 no bursts at a host":                  {"TestAsk1Gap*", "TestAsk1Robots*"},
	"ask 2 the scope of a rate limit":            {"TestAsk2Private*", "TestAsk2Scope*"},
	"ask 3 no feed dies":                         {"TestAsk3*", "TestFailuresOfALocalOutageAreNotCounted"},
	"ask 4 walls are named with their remedy":    {"TestAsk4*"},
	"ask 5 validators do not latch":              {"TestAsk5*"},
	"ask 6 an ETag that never changes":           {"TestH4AnAuditFindsWhatA304Hides", "TestAFrozenSourceIsFoundByItsDates"},
	"ask 7 one bad byte":                         {"TestAsk7*", "TestDuelFeedsThatThePeerRefused"},
	"ask 8 charsets":                             {"TestAsk8*", "TestCharsetFailures"},
	"ask 9 guids that change":                    {"TestAsk9*"},
	"ask 10 one article from several feeds":      {"TestAsk10*"},
	"ask 11 one event in many words":             {"TestDemoTellsTheTruth"},
	"ask 12 fake updates":                        {"TestAsk12*"},
	"ask 13 corrections":                         {"TestAsk13*", "TestACorrectedStoryIsToldOnce"},
	"ask 14 no flood of old entries":             {"TestAsk14*"},
	"ask 15 the interval follows the feed":       {"TestAsk15*"},
	"ask 16 nothing missed on fast feeds":        {"TestAsk16*"},
	"ask 17 301 learnt, and not learnt wrongly":  {"TestH8*"},
	"ask 18 hubs that fall silent":               {"TestAsk18*", "TestAPushPostponesNoPoll"},
	"ask 19 no way leads inside":                 {"TestAsk19*"},
	"ask 20 limits, and they are named":          {"TestAsk20*"},
	"ask 21 one request at first":                {"TestAsk21*"},
	"ask 22 dates without a zone, or an odd one": {"TestAsk22*", "TestZoneIsLearntFromTheSecondDocumentOn"},
	"ask 23 Google News":                         {"TestAsk23*"},
	"ask 24 a bot that says who it is and obeys": {"TestH10*", "TestR2*", "TestPagesObeyRobots"},
	"ask 25 a source that breaks is told":        {"TestAsk25*"},
	"peers: charsets that gofeed fails on":       {"TestCharsetFailures"},
	"peers: dates":                               {"TestAsk22DateForms"},
	"peers: 15 of 15 items delivered":            {"TestDuelEveryItemIsDeliveredOnce"},
	"peers: who wants to be left alone is":       {"TestDuelWhoWantsToBeLeftAloneIs"},
	"peers: mislabelled feeds, and bad bytes":    {"TestDuelFeedsThatThePeerRefused"},
}

// TestConformance holds that each rule has a test of that name in the repository.
// The tests themselves run where the code is.
func TestConformance(t *testing.T) {
	var names []string
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
				names = append(names, f.Name.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for rule, patterns := range held {
		for _, pattern := range patterns {
			found := false
			for _, name := range names {
				prefix, all := strings.CutSuffix(pattern, "*")
				rest, begins := strings.CutPrefix(name, prefix)
				more := rest != "" && rest[0] >= '0' && rest[0] <= '9' // TestH1* is not TestH10
				found = found || name == pattern || all && begins && !more
			}
			if !found {
				t.Errorf("%s: no test %s", rule, pattern)
			}
		}
	}
}
