// Command train makes the weights of the classifier's model from the training
// split of the gold set:
//
//	go run ./classifier/train            # writes classifier/weights/weights.txt and weights.bin
//	go run ./classifier/train -pack      # makes weights.bin of weights.txt again, learns nothing
//	go run ./classifier/train -cv        # how well unseen authors are judged
//
// It is deterministic: the same stories, registry and lexicon give the same files,
// byte for byte. Each weight is the mean of several runs of stochastic gradient
// descent with per-feature steps (Adagrad; Duchi, Hazan, Singer 2011) over the
// candidates in different orders, with an L2 penalty.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chipwire/chipwire/classifier"
	"github.com/chipwire/chipwire/classifier/company"
	"github.com/chipwire/chipwire/classifier/lexicon"
	"github.com/chipwire/chipwire/classifier/weights"
)

func main() {
	dir := flag.String("dir", "classifier", "folder of the classifier's sources")
	cv := flag.Bool("cv", false, "judge each author of train and dev by weights made from the others; write nothing")
	worst := flag.Int("worst", 0, "with -cv: print so many wrong candidates")
	repack := flag.Bool("pack", false, "only pack the weights.txt that is there")
	flag.Parse()
	out := filepath.Join(*dir, "weights")
	do := func() error { return run(*dir, out, *cv, *worst) }
	if *repack {
		do = func() error { return pack(out) }
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

// pack makes weights.bin of the weights.txt in a folder.
func pack(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "weights.txt"))
	if err != nil {
		return err
	}
	packed, err := weights.Pack(string(text))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "weights.bin"), packed, 0o644)
}

// run learns from the stories below dir and writes the weights to the folder out,
// or, for cv, only tells how well unseen authors are judged.
func run(dir, out string, cv bool, worst int) error {
	reg, err := company.Default()
	if err != nil {
		return err
	}
	lex, err := lexicon.Default()
	if err != nil {
		return err
	}
	c, err := classifier.New(classifier.Default, reg, lex)
	if err != nil {
		return err
	}
	train, err := read(filepath.Join(dir, "testdata", "stories.jsonl"), filepath.Join(dir, "testdata", "timeline.jsonl"), filepath.Join(dir, "testdata", "gold", "train-*.jsonl"))
	if err != nil {
		return err
	}
	more, err := imagined()
	if err != nil {
		return err
	}
	train = append(train, more...)
	dev, err := read(filepath.Join(dir, "testdata", "gold", "dev-??.jsonl"))
	if err != nil {
		return err
	}
	tx, lost := examples(c, train)
	fmt.Printf("train: %d stories, %d candidates, %d of them deals, %d deals without candidate\n", len(train), len(tx), positives(tx), lost)
	dx, lost := examples(c, dev)
	fmt.Printf("dev: %d stories, %d candidates, %d of them deals, %d deals without candidate\n", len(dev), len(dx), positives(dx), lost)
	if cv {
		cross(append(train, dev...), append(tx, shift(dx, len(train))...), worst)
		return nil
	}
	m := fit(tx)
	m.calibrate(dx)
	m.calibrateLanguages(dx, dev)
	for _, p := range []float64{0.3, 0.4, 0.5, 0.6} {
		fmt.Printf("dev at %.2f\n", p)
		judge(dev, dx, m, p)
	}
	if err := os.WriteFile(filepath.Join(out, "weights.txt"), []byte(m.file()), 0o644); err != nil {
		return err
	}
	return pack(out)
}
