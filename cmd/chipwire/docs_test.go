package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chipwire/chipwire/config"
)

// pagesOf are the pages that users read, from the root of the repository.
func pagesOf(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, pattern := range []string{"README*.md", "docs/*.md", "deploy/*/README.md"} {
		files, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			pages[strings.TrimPrefix(filepath.ToSlash(f), "../../")] = string(data)
		}
	}
	if len(pages) < 8 {
		t.Fatalf("only %d pages", len(pages))
	}
	return pages
}

var (
	fenced = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")
	inline = regexp.MustCompile("`(chipwire [a-z][^`]*)`")
)

// TestCommandsInDocs holds that every command line of the pages is one: its
// command, its flags and the number of its arguments.
func TestCommandsInDocs(t *testing.T) {
	found := 0
	for page, text := range pagesOf(t) {
		var lines []string
		for _, block := range fenced.FindAllStringSubmatch(text, -1) {
			if block[1] == "sh" || block[1] == "console" {
				for line := range strings.Lines(strings.ReplaceAll(block[2], "\\\n", " ")) {
					lines = append(lines, strings.TrimPrefix(strings.TrimSpace(line), "$ "))
				}
			}
		}
		for _, m := range inline.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			lines = append(lines, strings.Join(strings.Fields(m[1]), " "))
		}
		for _, line := range lines {
			for _, part := range commandsIn(line) {
				found++
				if err := checkCommand(part); err != nil {
					t.Errorf("%s: %s: %v", page, line, err)
				}
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d command lines found", found)
	}
}

// assignment is a variable that a line of shell sets for its command.
var assignment = regexp.MustCompile(`^[A-Z_]+=`)

// commandsIn are the words of each call of chipwire in a line of shell.
func commandsIn(line string) [][]string {
	var calls [][]string
	var word strings.Builder
	var words []string
	quote, started := rune(0), false
	endWord := func() {
		if started {
			words = append(words, word.String())
		}
		word.Reset()
		started = false
	}
	endCall := func() {
		endWord()
		for len(words) > 0 && assignment.MatchString(words[0]) {
			words = words[1:]
		}
		if len(words) > 0 && words[0] == "chipwire" {
			calls = append(calls, words[1:])
		}
		words = nil
	}
	for i, r := range line {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				word.WriteRune(r)
			}
		case r == '\'' || r == '"':
			quote, started = r, true
		case r == '#' && (i == 0 || line[i-1] == ' '):
			endCall()
			return calls
		case r == '|' || r == ';' || r == '&':
			endCall()
		case r == '<' || r == '>':
			endCall()
			words = []string{"(file)"}
		case r == ' ':
			endWord()
		default:
			word.WriteRune(r)
			started = true
		}
	}
	endCall()
	return calls
}

// checkCommand reads a command line as the program does, and runs nothing.
func checkCommand(words []string) error {
	root := newRoot()
	cmd, rest, err := root.Find(words)
	if err != nil {
		return err
	}
	if cmd == root && len(words) > 0 && !strings.HasPrefix(words[0], "-") {
		return fmt.Errorf("no command %q", words[0])
	}
	cmd.InitDefaultHelpFlag()
	if slices.Contains(words, "…") || slices.Contains(words, "...") {
		return nil // a form, not a line
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if cmd.Args != nil && cmd != root && !cmd.HasSubCommands() && len(cmd.Flags().Args()) > 0 { // a command may be named without its arguments
		return cmd.Args(cmd, cmd.Flags().Args())
	}
	return nil
}

func TestCommandsIn(t *testing.T) {
	for line, want := range map[string]string{
		"chipwire sub --stage agreed --json | jq .headline":           "[[sub --stage agreed --json]]",
		"chipwire run   # until stopped | never":                      "[[run]]",
		"chipwire classify --jsonl < stories.jsonl":                   "[[classify --jsonl]]",
		"journalctl -u chipwire; chipwire doctor":                     "[[doctor]]",
		"chipwire sub --exec 'curl -d @- http://a.example/?x=1#frag'": "[[sub --exec curl -d @- http://a.example/?x=1#frag]]",
		"nats sub 'alerts.>'":                                         "[]",
		"A_B=http://x chipwire run":                                   "[[run]]",
	} {
		if got := fmt.Sprint(commandsIn(line)); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
	for _, bad := range []string{"cook", "run --fast", "version x", "feeds list --nothing"} {
		if checkCommand(strings.Fields(bad)) == nil {
			t.Errorf("chipwire %s is let through", bad)
		}
	}
}

// TestConfigsInDocs holds that every piece of configuration in the pages is read
// without a fault.
func TestConfigsInDocs(t *testing.T) {
	sections := regexp.MustCompile(`(?m)^(data_dir|nats|fetcher|feeds|classifier|companies|lexicon|desk|web|log):`)
	found := 0
	for page, text := range pagesOf(t) {
		for _, block := range fenced.FindAllStringSubmatch(text, -1) {
			if block[1] != "yaml" || !sections.MatchString(block[2]) {
				continue
			}
			found++
			if _, err := config.Parse(page, []byte(block[2])); err != nil {
				t.Errorf("%v\nin\n%s", err, block[2])
			}
		}
	}
	if found < 4 {
		t.Errorf("only %d pieces found", found)
	}
}

// shape is what two readings of one page in different languages have in common.
func shape(text string) []string {
	var out []string
	comment := regexp.MustCompile(` *#.*`)
	for _, block := range fenced.FindAllStringSubmatch(text, -1) {
		out = append(out, block[1]+": "+comment.ReplaceAllString(block[2], ""))
	}
	prose := fenced.ReplaceAllString(text, "```")
	for line := range strings.Lines(prose) {
		switch {
		case strings.HasPrefix(line, "#"):
			level, _, _ := strings.Cut(line, " ")
			out = append(out, level)
		case strings.HasPrefix(line, "- "), strings.HasPrefix(line, "```"):
			out = append(out, line[:1])
		}
		for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(line, -1) {
			if !strings.HasPrefix(m[1], "README") {
				out = append(out, m[1])
			}
		}
	}
	return out
}

// TestKoreanTwin holds README.ko.md equal to README.md in headings, lists, code,
// tables and links.
func TestKoreanTwin(t *testing.T) {
	pages := pagesOf(t)
	en, ko := shape(pages["README.md"]), shape(pages["README.ko.md"])
	for i := range max(len(en), len(ko)) {
		if i >= len(en) || i >= len(ko) || en[i] != ko[i] {
			t.Fatalf("the twins differ at %d:\n%q\n%q", i, en[min(i, len(en)):min(i+2, len(en))], ko[min(i, len(ko)):min(i+2, len(ko))])
		}
	}
}

// TestLinksInDocs holds that what the pages link to in the repository is there.
func TestLinksInDocs(t *testing.T) {
	for page, text := range pagesOf(t) {
		for _, m := range regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`).FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join("../..", filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
			}
		}
	}
}
