package extract

import "fmt"

// A Status says in one word why a page gave no article.
type Status string

// The statuses.
const (
	Empty   Status = "empty"    // no bytes, or only space
	NotHTML Status = "not-html" // an image, a document, a feed, or bytes that are no text
	TooBig  Status = "too-big"  // more bytes or deeper nesting than is read
	NoBody  Status = "no-body"  // a page, but nothing in it that reads as an article
	Wall    Status = "wall"     // a login, consent or bot check in place of the article
)

// An Error reports a page that gave no article.
type Error struct {
	Status Status
	Detail string // what was found, for the log
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("page: %s", e.Status)
	}
	return fmt.Sprintf("page: %s: %s", e.Status, e.Detail)
}

// Advice tells the operator in a sentence what it means and what to do.
func (e *Error) Advice() string {
	switch e.Status {
	case Empty:
		return "The server answered without a page; the story is judged by its feed entry."
	case NotHTML:
		return "The link leads to something that is not a web page; the story is judged by its feed entry."
	case TooBig:
		return "The page is larger or nested deeper than any article; the story is judged by its feed entry."
	case Wall:
		return "The site answers with a login, consent or bot check instead of the article; stories of this site are judged by their feed entries unless it lets the reader in."
	default:
		return "No text of an article was found; if this lasts for a site, give the selector of its article body under selectors: of the feed."
	}
}

func errorf(s Status, format string, args ...any) *Error {
	return &Error{Status: s, Detail: fmt.Sprintf(format, args...)}
}
