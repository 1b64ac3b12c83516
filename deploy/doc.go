// Package deploy holds no code, only tests: that what stands in this folder fits
// the program it deploys.
package deploy
