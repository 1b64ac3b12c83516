package embed

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// serverLog hands the server's log lines to slog and remembers the last error:
// where the server does not start, that line is all it says.
type serverLog struct {
	log  *slog.Logger
	mu   sync.Mutex
	last string
}

func (l *serverLog) lastError() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == "" {
		return "it says no more"
	}
	return l.last
}

func (l *serverLog) remember(format string, v []any) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = fmt.Sprintf(format, v...)
	return l.last
}

// plaintext begins a warning that does not apply: the configuration with the
// passwords is never a file.
const plaintext = "Plaintext passwords detected"

// Noticef is debug here: the server announces each start in a dozen lines.
func (l *serverLog) Noticef(format string, v ...any) {
	l.log.Debug("nats server", "says", fmt.Sprintf(format, v...))
}

// Warnf implements server.Logger.
func (l *serverLog) Warnf(format string, v ...any) {
	if strings.HasPrefix(format, plaintext) {
		return
	}
	l.log.Warn("nats server", "says", fmt.Sprintf(format, v...))
}

// Errorf implements server.Logger.
func (l *serverLog) Errorf(format string, v ...any) {
	l.log.Error("nats server", "says", l.remember(format, v))
}

// Fatalf implements server.Logger.
func (l *serverLog) Fatalf(format string, v ...any) {
	l.log.Error("nats server", "says", l.remember(format, v))
}

// Debugf implements server.Logger.
func (l *serverLog) Debugf(format string, v ...any) {
	l.log.Debug("nats server", "says", fmt.Sprintf(format, v...))
}

// Tracef implements server.Logger.
func (l *serverLog) Tracef(format string, v ...any) {
	l.log.Debug("nats server", "says", fmt.Sprintf(format, v...))
}
