package main

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// releaseProgram takes the pages of the program's own file out of this process:
// some 30 MB after a start, of which the work needs 20. Each comes back out of the
// file, mostly from memory, when it is used next. What fails changes nothing.
func releaseProgram() {
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	for _, m := range programMappings(text, program) {
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.start, m.size, syscall.MADV_DONTNEED)
	}
}

// A mapping is a part of the memory of a process.
type mapping struct{ start, size uintptr }

// programMappings finds the mappings of a file in the text of /proc/self/smaps
// that hold nothing but what is in the file: they cannot be written, and no page
// of them was, as a linker does that moves a program.
func programMappings(smaps []byte, file string) (list []mapping) {
	var at mapping
	lines := bufio.NewScanner(bytes.NewReader(smaps))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 {
			continue
		}
		if low, high, is := strings.Cut(fields[0], "-"); is {
			start, err := strconv.ParseUint(low, 16, 64)
			end, err2 := strconv.ParseUint(high, 16, 64)
			at = mapping{}
			if err == nil && err2 == nil && end > start && strings.HasPrefix(fields[1], "r-") && fields[len(fields)-1] == file {
				at = mapping{uintptr(start), uintptr(end - start)}
			}
			continue
		}
		if fields[0] == "Anonymous:" && fields[1] == "0" && at.size > 0 {
			list = append(list, at)
		}
	}
	return list
}
