package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/chipwire/chipwire/internal/urls"
)

// A Status is the token of what went wrong: one of the constants below, or
// "http-" and the code of an answer other than 200 and 304.
type Status string

// The statuses of an [*Error].
const (
	StatusDNS        Status = "dns"         // the host's name was not resolved
	StatusRefused    Status = "refused"     // nobody answers at the address
	StatusTimeout    Status = "timeout"     // the answer took too long
	StatusTLS        Status = "tls"         // the certificate or the handshake is not good
	StatusReset      Status = "reset"       // the connection ended before the answer
	StatusTooBig     Status = "too-big"     // the body or its headers are over a limit
	StatusBomb       Status = "bomb"        // the body grew too much in decompression
	StatusCut        Status = "cut"         // the connection ended inside the body
	StatusAddress    Status = "address"     // the address may not be asked
	StatusRedirect   Status = "redirect"    // too many redirects, or one that cannot be followed
	StatusRetryAfter Status = "retry-after" // 429 or 503 with a time to wait
	StatusProtocol   Status = "protocol"    // the answer is not HTTP that can be read
	StatusURL        Status = "url"         // the URL cannot be asked for
	StatusCanceled   Status = "canceled"    // the caller gave up
	StatusResting    Status = "resting"     // not asked: the URL, its host or its domain asked to be left alone
	StatusChallenge  Status = "challenge"   // a page that wants to see a person instead of the answer
	StatusRobots     Status = "robots"      // not asked: robots.txt forbids the page, or could not be read
	StatusAuth       Status = "auth"        // not asked: the secret of the request cannot be read
	StatusProxy      Status = "proxy"       // the proxy does not do its part
)

// An Error is why a [Request] has no [Response].
type Error struct {
	Status     Status
	URL        string        // as asked for, without a password
	Code       int           // HTTP status, 0 when there was no answer
	RetryAfter time.Duration // how long the server asks to be left alone, 0 when it did not say
	Err        error         // the cause; nil for a plain HTTP status

	// Partial is the answer with what came of its body before a limit, a
	// time-out or the end of the connection cut it; nil when nothing did. It is
	// never a whole document: its validators must not be kept.
	Partial *Response

	posted bool
}

// Error implements error.
func (e *Error) Error() string {
	s := string(e.Status)
	if e.Code != 0 && e.Status != httpStatus(e.Code) {
		s += fmt.Sprintf(" (http %d)", e.Code)
	}
	if e.RetryAfter > 0 {
		s += " " + e.RetryAfter.String()
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if e.URL == "" {
		return s
	}
	if e.posted {
		return "post to " + e.URL + ": " + s
	}
	return "get " + e.URL + ": " + s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

var advice = map[Status]string{
	StatusDNS:        "the host's name has no address: check the spelling of the URL, and the name server if other hosts fail too",
	StatusRefused:    "nobody answers at that host and port: check the port, or wait until the site is back",
	StatusTimeout:    "the site did not finish its answer in time: it will be asked again later; if every site does this, check the network",
	StatusTLS:        "the site's certificate is not valid for this host, or its TLS is too old: open it in a browser to compare, check this machine's clock and root certificates",
	StatusReset:      "the site closed the connection without an answer: some sites do that to programs; compare with a browser from the same network",
	StatusTooBig:     "the answer is larger than a feed or an article can be: check that the URL is not a download or an archive",
	StatusBomb:       "the answer swells in decompression as no text does: check the URL; a site that means it cannot be read",
	StatusCut:        "the connection ended in the middle of the answer: it will be asked again later; if it stays, the site or a proxy on the way is broken",
	StatusAddress:    "that address or port is never asked on the open internet: if it is in your own network, set fetcher.allow_private: true",
	StatusRedirect:   "the redirects lead nowhere: open the URL in a browser and put the address it ends at in the configuration",
	StatusRetryAfter: "the site asked to be left alone for a while, and it will be: if this repeats, ask it less often",
	StatusProtocol:   "the answer is not HTTP that can be read: check the scheme and the port of the URL",
	StatusURL:        "the URL cannot be asked for: it must begin with http:// or https:// and name a host",
	StatusCanceled:   "the request was given up before its answer, as at a stop or a reload: nothing to do",
	StatusResting:    "the site, or one of its other addresses, asked to be left alone, so it was not asked: nothing to do; if this repeats, ask the feeds of that site less often",
	StatusChallenge:  "the site wants proof that a person asks, which this program does not pretend: ask the owner to let its user_agent through, use another feed of the publisher, or take this one out",
	StatusRobots:     "the site's robots.txt keeps programs from this page, so the feed's own text is used: ask the owner, or set fetcher.robots: false if they allowed it",
	StatusAuth:       "the password, token or header of the feed cannot be read: check the path, its owner and its mode, and that the file holds one line, or the environment of the daemon",
	StatusProxy:      "the proxy does not answer or does not let this request through: check fetcher.proxy, or HTTP_PROXY and HTTPS_PROXY in the environment, and the proxy's own rules",
	"http-304":       "the site said that nothing changed although it was not asked: its cache is broken",
	"http-401":       "the site wants a name and a password: give the feed its auth",
	"http-403":       "the site refuses this client: ask its owner, or set the user_agent of the feed to what they agreed to",
	"http-404":       "there is nothing at this URL any more: look for the feed's new address on the site",
	"http-410":       "the site says that this URL is gone for good: take the feed out or look for its new address",
	"http-429":       "the site is asked too often for its taste: ask it less often",
	"http-451":       "the site may not show this page for legal reasons: nothing can be done from here",
}

// Advice tells an operator in one sentence what to do.
func (e *Error) Advice() string {
	if unread := (*unreadError)(nil); e.Status == StatusRobots && errors.As(e.Err, &unread) {
		return "without the site's robots.txt nothing of it is read, and the feed's own text is used: it will be asked for again in a few minutes; open it in a browser to compare"
	}
	if s, ok := advice[e.Status]; ok {
		return s
	}
	if e.Code >= 500 {
		return "the site has a fault of its own: it will be asked again later"
	}
	return fmt.Sprintf("the site answered %d, which is no feed and no page: open the URL in a browser to see what it wants", e.Code)
}

// toError turns what happened to a request into an *Error with its URL.
func toError(ctx context.Context, rawURL string, err error) *Error {
	e := asError(err)
	// Whatever it looked like on the connection, the caller's own end comes first.
	if errors.Is(ctx.Err(), context.Canceled) {
		e = &Error{Status: StatusCanceled, Err: context.Canceled}
	}
	e.URL = urls.Shown(rawURL)
	return e
}

// asError gives an error that has no status its status.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Status: classify(err), Err: err}
}

// classify finds the status of an error before the body.
func classify(err error) Status {
	var (
		dns     *net.DNSError
		address *addressError
		timeout net.Error
	)
	switch {
	case isProxy(err):
		return StatusProxy
	case errors.As(err, &address):
		return StatusAddress
	case errors.As(err, &dns):
		return StatusDNS
	case errors.Is(err, context.Canceled):
		return StatusCanceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return StatusTimeout
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return StatusRefused
	case isTLS(err):
		return StatusTLS
	case isReset(err):
		return StatusReset
	case strings.Contains(err.Error(), "response headers exceeded"), strings.Contains(err.Error(), "header list larger"):
		return StatusTooBig
	}
	return StatusProtocol
}

// isTLS knows failures of the handshake and of the certificate. A fatal alert of
// the peer has no exported type.
func isTLS(err error) bool {
	var (
		verify    *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		host      x509.HostnameError
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
	)
	return errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &host) ||
		errors.As(err, &authority) || errors.As(err, &invalid) ||
		errors.Is(err, http.ErrSchemeMismatch) || strings.Contains(err.Error(), "tls: ")
}

// isReset knows the ends of a connection that came before an answer. The errors
// of HTTP/2 streams and of reused connections have no exported types.
func isReset(err error) bool {
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true
	}
	s := err.Error()
	return strings.Contains(s, "server closed") || strings.Contains(s, "http2: ") || strings.Contains(s, "stream error")
}

// bodyError gives an error inside a body its status: whatever ended the
// connection there has cut the body.
func bodyError(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	status := classify(err)
	switch status {
	case StatusTimeout, StatusCanceled:
	case StatusReset, StatusTLS:
		status = StatusCut
	default:
		status = StatusProtocol
	}
	return &Error{Status: status, Err: fmt.Errorf("reading the body: %w", err)}
}

// statusError is the error of an answer that is neither 200 nor 304.
// body is the beginning of its body, where that can say more.
func statusError(hr *http.Response, body []byte, now time.Time) *Error {
	e := &Error{Status: httpStatus(hr.StatusCode), Code: hr.StatusCode}
	if d, err := http.ParseTime(hr.Header.Get("Date")); err == nil {
		now = d // the server's clock counts for the server's date
	}
	e.RetryAfter = retryAfter(hr.Header.Get("Retry-After"), now)
	switch limited := e.Code == http.StatusTooManyRequests || e.Code == http.StatusServiceUnavailable; {
	case isChallenge(hr.Header, e.Code, body):
		e.Status = StatusChallenge
	case e.RetryAfter > 0 && limited:
		e.Status = StatusRetryAfter
	case e.Code == http.StatusProxyAuthRequired:
		e.Status = StatusProxy
	}
	return e
}

// mayChallenge reports whether an answer's body can be that of a page that wants
// to see a person.
func mayChallenge(h http.Header, code int) bool {
	return (code == http.StatusForbidden || code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable) &&
		strings.Contains(strings.ToLower(h.Get("Content-Type")), "html")
}

// challengeMarks are in the pages that test who asks, and not in those that web
// servers write of a plain refusal.
var challengeMarks = [][]byte{
	[]byte("<script"), []byte("captcha"), []byte("challenge"), []byte("just a moment"), []byte("unusual traffic"), []byte("verify you are"),
}

// isChallenge reports whether an answer wants to see a person: it says so in a
// header, or its page does.
func isChallenge(h http.Header, code int, body []byte) bool {
	if h.Get("Cf-Mitigated") != "" || h.Get("X-Amzn-Waf-Action") != "" {
		return true
	}
	if !mayChallenge(h, code) {
		return false
	}
	body = bytes.ToLower(body)
	return slices.ContainsFunc(challengeMarks, func(mark []byte) bool { return bytes.Contains(body, mark) })
}

func httpStatus(code int) Status { return Status("http-" + strconv.Itoa(code)) }

// maxRetryAfter bounds what is believed of a server.
const maxRetryAfter = 366 * 24 * time.Hour

// retryAfter reads both forms of the header, seconds and a date. It is 0 when
// the header says nothing, nothing legible, or a time that has passed.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if strings.Trim(value, "0123456789") == "" && value != "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}

// bare takes off the wrapping that repeats the URL, password and all.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func basicAuth(name, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
}
