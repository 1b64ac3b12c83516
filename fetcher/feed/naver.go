package feed

import (
	"encoding/json"
	"strings"

	"github.com/mmcdole/gofeed"
)

// A naverItem is a hit of Naver's search in the news.
type naverItem struct {
	Title        loose `json:"title"` // with the words that were searched for in <b>
	OriginalLink loose `json:"originallink"`
	Link         loose `json:"link"` // Naver's own copy where it has one
	Description  loose `json:"description"`
	PubDate      loose `json:"pubDate"`
}

// isNaver reports whether a JSON document is an answer of that search: it is
// known by two names of its head that no JSON Feed has.
func isNaver(text string) bool {
	head := text[:min(len(text), 1024)]
	return strings.Contains(head, `"lastBuildDate"`) && strings.Contains(head, `"display"`)
}

// parseNaver reads the hits of a search. They are known by the address at their
// publisher: Naver's copies may not be read by programs.
func parseNaver(text string) (*parsed, error) {
	if !json.Valid([]byte(text)) {
		items, broken := wholeItems(text)
		if !ended(broken) && len(items) == 0 {
			return nil, errorf(Malformed, "no JSON that can be read: %v", broken)
		}
		return naverFeed(items), errorf(Truncated, "the document breaks off, %d whole items before the cut", len(items))
	}
	var answer struct {
		Items []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return nil, errorf(Malformed, "%v", err)
	}
	return naverFeed(answer.Items), nil
}

func naverFeed(items []json.RawMessage) *parsed {
	p := &parsed{format: "naver", feed: &gofeed.Feed{Language: "ko"}}
	for _, raw := range items {
		var it naverItem
		if len(p.feed.Items) >= MaxItems || json.Unmarshal(raw, &it) != nil {
			p.skipped++
			continue
		}
		e := &gofeed.Item{Title: string(it.Title), Link: string(it.OriginalLink), Description: string(it.Description), Published: string(it.PubDate)}
		if strings.TrimSpace(e.Link) == "" {
			e.Link = string(it.Link)
		}
		p.feed.Items = append(p.feed.Items, e)
	}
	return p
}
