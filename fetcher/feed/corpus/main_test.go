package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"good/a.xml": "<!--\nHeader: Content-type: text/xml; charset=euc-kr\n-->\n<rss><channel><item><guid>1</guid><title>\xbb\xef\xbc\xba</title></item><item><guid>2</guid><title>b</title></item></channel></rss>",
		"cut.xml":    "<rss><channel><item><title>a</title></item>",
		"readme.txt": "no feed",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs strings.Builder
	if code := run([]string{"-v", "-diff", dir}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	for _, want := range []string{
		"truncated  cut.xml: feed: truncated",
		"  2 items  0 skipped cp949          good/a.xml",
		"1 of 2 files parsed\n",
		"0 of 10 comparisons differ; 5 were cut to the unknown items\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
	if code := run(nil, &out, &errs); code != 64 {
		t.Errorf("no folder: exit code %d, want 64", code)
	}
	if code := run([]string{filepath.Join(dir, "none")}, &out, &errs); code != 1 {
		t.Errorf("no such folder: exit code %d, want 1", code)
	}
}
