package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// eachLine answers every line of r with one line on w, in order, as it comes.
// answer gets the line without its end; a blank one is passed over.
func eachLine(r io.Reader, w io.Writer, answer func(line []byte) any) error {
	in := bufio.NewReaderSize(r, 1<<20)
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if err := enc.Encode(answer(line)); err != nil {
				return err
			}
			// Whoever waits for the answer before sending more must get it.
			if err := out.Flush(); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read lines: %w", err)
		}
	}
}

// lineFault is the answer to a line that cannot be worked on.
type lineFault struct {
	ID    json.RawMessage `json:"id"`
	Error string          `json:"error"`
}

// decodeLine reads a line into v. A fault names the id if there is one.
func decodeLine(line []byte, v any) *lineFault {
	err := json.Unmarshal(line, v)
	if err == nil {
		return nil
	}
	var head struct {
		ID json.RawMessage `json:"id"`
	}
	_ = json.Unmarshal(line, &head) // the fault is told already; without an id it is told so too
	return &lineFault{head.ID, "not the JSON that is wanted: " + err.Error()}
}
