// Package house has no code, only one test: it holds the repository to the rules
// of its house that the compiler does not know. Packages stand on floors and
// import only from lower ones, every package says what it is for, only one
// links the NATS server, and some habits do not creep in.
//
// A new package is entered in the table of house_test.go.
package house
