package extract

import "fmt"

// A Status says in one word why a page gave no article.
type Status string

// The statuses.
const (
	Empty      Status = "empty"       // no bytes, or only space
	NotHTML    Status = "not-html"    // an image, a document, a feed, or bytes that are no text
	TooBig     Status = "too-big"     // more bytes or deeper nesting than is read
	Truncated  Status = "truncated"   // the page breaks off inside of the article, or before it
	NoBody     Status = "no-body"     // a page, but nothing in it that reads as an article
	ScriptOnly Status = "script-only" // a page that a browser's scripts would fill
	Wall       Status = "wall"        // a check whether a person asks, in place of the article
	Login      Status = "login"       // the article is for members
	Consent    Status = "consent"     // a question for consent in place of the article
	Denied     Status = "denied"      // a page that turns this program away
	NotFound   Status = "not-found"   // a page that says that there is no such article, with a code that all is well
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
	case Truncated:
		return "The answer broke off, and half a story is none; it is judged by its feed entry. If this lasts, the server or a proxy cuts its answers."
	case ScriptOnly:
		return "A browser's scripts would load the text; stories of this site are judged by their feed entries. Look for a feed of the site that carries the full text."
	case Wall:
		return "The site answers with a bot check instead of the article; stories of this site are judged by their feed entries unless it lets the reader in."
	case Login:
		return "The article is for members of the site; its stories are judged by their feed entries."
	case Consent:
		return "The site asks for consent instead of showing the article; its stories are judged by their feed entries."
	case Denied:
		return "The site turns this program away; ask the owner to let its user_agent through, or leave it at the feed entries, by which its stories are judged."
	case NotFound:
		return "The site says that the article is not there: it may have been deleted, or not be out yet; the story is judged by its feed entry."
	default:
		return "No text of an article was found; if this lasts for a site, give the selector of its article body under selectors: of the feed."
	}
}

func errorf(s Status, format string, args ...any) *Error {
	return &Error{Status: s, Detail: fmt.Sprintf(format, args...)}
}
