package feed

import "fmt"

// A Status says in one word why a document is not a good feed.
type Status string

// The statuses.
const (
	Empty     Status = "empty"     // no bytes, or only space
	HTML      Status = "html"      // a web page where a feed was expected
	Truncated Status = "truncated" // the document ends before its root does
	Charset   Status = "charset"   // the bytes cannot be read as text
	Malformed Status = "malformed" // neither RSS nor Atom nor JSON Feed nor a news sitemap

	SitemapIndex Status = "sitemap-index" // a list of sitemaps, not one of articles
)

// An Error reports a document that is not a good feed.
type Error struct {
	Status Status
	Detail string // what was found, for the log
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("feed: %s", e.Status)
	}
	return fmt.Sprintf("feed: %s: %s", e.Status, e.Detail)
}

// Advice tells the operator in a sentence what it means and what to do.
func (e *Error) Advice() string {
	switch e.Status {
	case Empty:
		return "The server answered without a document; if this lasts, the feed has moved or is switched off: look for its new address on the site."
	case HTML:
		return "The address answers with a web page: a login, consent or bot check, or the feed has moved; open it in a browser and give the address of the feed itself."
	case Truncated:
		return "The document breaks off before its end; items read so far are kept, and the next poll asks for the whole again. If this lasts, the server or a proxy cuts its answers."
	case Charset:
		return "The text cannot be read in the encoding it declares nor in a likely one; set charset: for this feed, for example charset: cp949."
	case SitemapIndex:
		return "The address lists sitemaps and no articles; give the address of the news sitemap that it names, often one with news in its name."
	default:
		return "The document is neither RSS nor Atom nor JSON Feed nor a news sitemap; check the address, and tell the publisher if a feed reader refuses it too."
	}
}

func errorf(s Status, format string, args ...any) *Error {
	return &Error{Status: s, Detail: fmt.Sprintf(format, args...)}
}
