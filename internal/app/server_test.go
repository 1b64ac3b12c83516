package app_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/chipwire/chipwire/internal/bus"
)

// serverFile names the variable that makes of this test binary a NATS server: a
// process of its own can be killed, and its memory is its own.
const serverFile = "CHIPWIRE_TEST_NATS"

func TestMain(m *testing.M) {
	if file := os.Getenv(serverFile); file != "" {
		if err := serve(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve runs a NATS server until its standard input ends, as it does when the test
// that has started it is gone.
func serve(file string) error {
	opts, err := server.ProcessConfigFile(file)
	if err != nil {
		return err
	}
	opts.NoSigs = true
	s, err := server.NewServer(opts)
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	s.Start()
	_, _ = io.Copy(io.Discard, os.Stdin)
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}

var (
	coreLogin = bus.Login{User: "core", Password: "c"}
	wireLogin = bus.Login{User: "wire", Password: "w"}
)

// A natsServer is a process that serves NATS, alone or as one of a cluster.
type natsServer struct {
	t     *testing.T
	name  string
	file  string
	port  int
	cmd   *exec.Cmd
	stdin io.Closer
}

// newServers writes the configurations of n servers, which are a cluster if they
// are more than one.
func newServers(t *testing.T, n int) []*natsServer {
	t.Helper()
	ports := freePorts(t, 2*n)
	var routes []string
	for _, p := range ports[n:] {
		routes = append(routes, fmt.Sprintf("\"nats://127.0.0.1:%d\"", p))
	}
	var all []*natsServer
	for i := range n {
		dir := t.TempDir()
		s := &natsServer{t: t, name: fmt.Sprint("s", i), file: filepath.Join(dir, "nats.conf"), port: ports[i]}
		conf := fmt.Sprintf("server_name: %s\nlisten: \"127.0.0.1:%d\"\nlog_file: %q\n", s.name, s.port, filepath.Join(dir, "log")) +
			fmt.Sprintf("jetstream {store_dir: %q, max_file_store: 8GB, sync_interval: always}\n", filepath.Join(dir, "store")) +
			"accounts {\nCORE {jetstream: enabled, users: [{user: core, password: c}]}\nWIRE {jetstream: enabled, users: [{user: wire, password: w}]}\n}\n"
		if n > 1 {
			conf += fmt.Sprintf("cluster {name: c, listen: \"127.0.0.1:%d\", routes: [%s]}\n", ports[n+i], strings.Join(routes, ", "))
		}
		if err := os.WriteFile(s.file, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.stop)
		all = append(all, s)
	}
	return all
}

// address is where clients reach some servers.
func address(servers ...*natsServer) string {
	var list []string
	for _, s := range servers {
		list = append(list, fmt.Sprintf("nats://127.0.0.1:%d", s.port))
	}
	return strings.Join(list, ",")
}

func (s *natsServer) start() {
	s.t.Helper()
	s.cmd = exec.Command(os.Args[0])
	s.cmd.Env = append(os.Environ(), serverFile+"="+s.file)
	s.cmd.Stderr = os.Stderr
	var err error
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
}

// stop ends the server in good order.
func (s *natsServer) stop() {
	if s.cmd != nil {
		_ = s.stdin.Close()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// kill ends it as a power cut does.
func (s *natsServer) kill() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait() // killed: the status says no more
	_ = s.stdin.Close()
	s.cmd = nil
}

func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // all at once, so that none comes twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}
