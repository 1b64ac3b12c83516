package news

// Marks are what tells two deals of the same firms apart: what is delivered, for
// how much, where. They are read from the passages that a finding rests on.
type Marks struct {
	Products []string  `json:"products,omitempty"` // family:model, such as hbm:4e, node:2, tool:tc-bonder
	Amounts  []float64 `json:"amounts,omitempty"`  // in US dollars
	Places   []string  `json:"places,omitempty"`   // of the plant or site
	Further  bool      `json:"further,omitempty"`  // the text says that there was another deal before, which this is not
	Recalls  bool      `json:"recalls,omitempty"`  // it points at an earlier report of the deal
	Resumes  bool      `json:"resumes,omitempty"`  // it says that the deal was over and is on again
}

// A Note is what a publisher says of its own text.
type Note string

// The notes. An article without one has "".
const (
	NoteCorrected Note = "corrected" // something in it was wrong and is mended
	NoteRetracted Note = "retracted" // it does not stand
)

// A Print says where the words of an article come from, so that ten reprints of
// an agency count as one voice, and how they can be asked for again.
type Print struct {
	Agency string `json:"agency,omitempty"`        // token of the agency that is credited
	Sketch uint64 `json:"sketch,omitempty,string"` // near texts differ in few bits; 0 for a text too short
	Note   Note   `json:"note,omitempty"`
	Sum    string `json:"sum,omitempty"` // [SumOf] the body

	ETag         string `json:"etag,omitempty"`          // of the page, for a conditional request
	LastModified string `json:"last_modified,omitempty"` // of the page
}

// SumOf stands for a text: equal texts have equal sums.
func SumOf(text string) string { return Hash(text)[:16] }
