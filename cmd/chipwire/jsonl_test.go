package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/chipwire/chipwire/config"
	"github.com/chipwire/chipwire/internal/app"
)

func TestEachLine(t *testing.T) {
	answer := func(line []byte) any { return string(line) }
	long := strings.Repeat("가", 5<<20/3)
	broken := errors.New("broken")
	for _, tt := range []struct {
		name, in, out string
	}{
		{"nothing", "", ""},
		{"one", "a\n", "\"a\"\n"},
		{"no end on the last", "a\nb", "\"a\"\n\"b\"\n"},
		{"lines of Windows", "a\r\nb\r\n", "\"a\"\n\"b\"\n"},
		{"blank ones", "\n \t\na\n\n", "\"a\"\n"},
		{"nothing escaped", "<&>\n", "\"<&>\"\n"},
		{"5 MB", long + "\nb\n", "\"" + long + "\"\n\"b\"\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := eachLine(strings.NewReader(tt.in), &out, answer); err != nil {
				t.Fatal(err)
			}
			if out.String() != tt.out {
				t.Errorf("%d bytes, want %d: %.200q", out.Len(), len(tt.out), out.String())
			}
		})
	}
	t.Run("what cannot be read", func(t *testing.T) {
		var out bytes.Buffer
		err := eachLine(io.MultiReader(strings.NewReader("a\n"), iotest.ErrReader(broken)), &out, answer)
		if !errors.Is(err, broken) || out.String() != "\"a\"\n" {
			t.Errorf("%v, %q", err, out.String())
		}
	})
	t.Run("what cannot be written", func(t *testing.T) {
		if err := eachLine(strings.NewReader("a\nb\n"), brokenWriter{broken}, answer); !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
	})
}

// TestLinesAreAnsweredAtOnce writes a line, reads its answer, and only then
// writes the next: a command that waits for more input never answers here.
func TestLinesAreAnsweredAtOnce(t *testing.T) {
	for _, tt := range []struct{ command, line, want string }{
		{"classify", `{"id":%d,"title":"Rain on Sunday"}`, `{"id":%d,"flagged":false`},
		{"read", `{"id":%d,"html":"no page"}`, `{"id":%d,"`},
	} {
		t.Run(tt.command, func(t *testing.T) {
			t.Chdir(t.TempDir())
			t.Setenv("XDG_CONFIG_HOME", t.TempDir())
			stdin, send := io.Pipe()
			receive, stdout := io.Pipe()
			var stderr bytes.Buffer
			code := make(chan int, 1)
			go func() {
				code <- run([]string{tt.command, "--jsonl"}, stdin, stdout, &stderr)
				_ = stdout.Close()
			}()
			watch := time.AfterFunc(patience, func() { _ = receive.CloseWithError(errors.New("no answer")) })
			defer watch.Stop()
			lines := bufio.NewReader(receive)
			for i := range 3 {
				if _, err := fmt.Fprintf(send, tt.line+"\n", i); err != nil {
					t.Fatal(err)
				}
				got, err := lines.ReadString('\n')
				if want := fmt.Sprintf(tt.want, i); err != nil || !strings.HasPrefix(got, want) {
					t.Fatalf("%q, %v, want %s…", got, err, want)
				}
			}
			if err := send.Close(); err != nil {
				t.Fatal(err)
			}
			if rest, err := io.ReadAll(lines); len(rest) > 0 || err != nil {
				t.Errorf("%q, %v after the last answer", rest, err)
			}
			if c := <-code; c != exitGood || stderr.Len() > 0 {
				t.Errorf("exit code %d: %s", c, stderr.String())
			}
		})
	}
}

// FuzzReadLine and FuzzClassifyLine feed lines that nobody has checked: each is
// answered by one line of JSON that holds an id or an error.
func FuzzReadLine(f *testing.F) {
	for _, s := range []string{
		`{"id":1,"html":"<p>x</p>"}`, `{"id":"a","html_base64":"PHA+"}`, `{"id":1,"html_base64":"%"}`, `null`, `[]`, `{"id":`, `{"url":"::","html":"<a"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) { oneAnswer(t, line, readLine) })
}

func FuzzClassifyLine(f *testing.F) {
	for _, s := range []string{
		`{"id":1,"title":"x"}`, `{"id":"a","title":"삼성전자, 엔비디아에 HBM4 공급 계약 체결","body":"x","published_at":"2026-11-20T09:00:00Z"}`, `{"id":{}}`, `null`, `"`, "{}\n\n[]",
	} {
		f.Add([]byte(s))
	}
	c, err := app.NewClassifier(config.Default)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		oneAnswer(t, line, func(line []byte) any { return classifyLine(c, line) })
	})
}

// oneAnswer fails unless each line of data gets one answer in JSON, with the id
// that the line gives.
func oneAnswer(t *testing.T, data []byte, answer func([]byte) any) {
	t.Helper()
	var asked [][]byte
	var out bytes.Buffer
	err := eachLine(bytes.NewReader(data), &out, func(line []byte) any {
		asked = append(asked, bytes.Clone(line))
		return answer(line)
	})
	if err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if out.Len() > 0 && len(got) != len(asked) || out.Len() == 0 && len(asked) > 0 {
		t.Fatalf("%d answers to %d lines", len(got), len(asked))
	}
	for i, line := range asked {
		var in, back struct{ ID any }
		if err := json.Unmarshal([]byte(got[i]), &back); err != nil {
			t.Fatalf("answer %q is no JSON: %v", got[i], err)
		}
		if json.Unmarshal(line, &in) == nil && fmt.Sprint(in.ID) != fmt.Sprint(back.ID) {
			t.Errorf("id %v came back as %v", in.ID, back.ID)
		}
	}
}
